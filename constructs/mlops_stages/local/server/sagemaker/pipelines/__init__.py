"""Pipeline definitions interpreted: read, ordered, evaluated and executed step by step."""

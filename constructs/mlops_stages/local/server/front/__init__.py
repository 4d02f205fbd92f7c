"""The way in: the process, its gate, who may do what, and which services and resource types there are."""

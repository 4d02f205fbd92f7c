"""Glue: the encryption of the catalog, and what calls are judged on."""

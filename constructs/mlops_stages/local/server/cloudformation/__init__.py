"""What resource types have in common: a type over an API, and what its properties refer to."""

"""Lambda: whom functions act as."""

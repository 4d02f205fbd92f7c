"""What callers may take of the server: bytes, depth, time, connections, lines of its log."""

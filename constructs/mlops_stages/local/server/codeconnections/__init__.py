"""CodeConnections: connections to repositories."""

"""CodeArtifact: domains, repositories and package groups."""

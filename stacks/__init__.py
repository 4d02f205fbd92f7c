"""The deployables: a file a stage, each a thin composition of constructs."""

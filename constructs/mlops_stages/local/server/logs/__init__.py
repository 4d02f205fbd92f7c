"""CloudWatch Logs: log groups, and the patterns of metric filters."""

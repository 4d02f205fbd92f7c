"""CloudWatch Logs: log groups, metric filters and their patterns."""

"""IAM Identity Center: permission sets, assignments and attributes."""

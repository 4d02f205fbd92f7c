"""AWS Budgets: what CloudFormation makes of budgets."""

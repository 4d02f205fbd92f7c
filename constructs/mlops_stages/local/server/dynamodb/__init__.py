"""DynamoDB: what ministack's CloudFormation drops of a table."""

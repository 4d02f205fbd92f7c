"""ECR: what CloudFormation makes of repositories."""

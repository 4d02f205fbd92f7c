"""IAM: what CloudFormation makes of roles, policies and OIDC providers."""

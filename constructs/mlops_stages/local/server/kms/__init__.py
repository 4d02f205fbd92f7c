"""KMS: what CloudFormation makes of keys."""

"""SNS: what CloudFormation makes of topics."""

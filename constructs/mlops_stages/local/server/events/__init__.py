"""EventBridge: what CloudFormation makes of it beside ministack's types."""

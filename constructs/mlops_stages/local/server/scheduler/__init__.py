"""EventBridge Scheduler: what ministack's CloudFormation drops of a schedule."""

"""SageMaker's batch transform: a model's container scores what lies in S3."""

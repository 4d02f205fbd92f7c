"""SageMaker's model registry: groups and packages."""

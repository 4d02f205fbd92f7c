"""SageMaker: Studio, the feature store, the model registry, jobs and pipelines."""

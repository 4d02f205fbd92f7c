"""SageMaker Studio: domains, user profiles, spaces, apps and MLflow apps."""

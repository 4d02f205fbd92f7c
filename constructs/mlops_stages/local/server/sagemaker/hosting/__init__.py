"""SageMaker hosting: models, endpoint configurations, and endpoints that truly serve."""

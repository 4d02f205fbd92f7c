"""CodePipeline: pipelines, kept as they are declared; none runs."""

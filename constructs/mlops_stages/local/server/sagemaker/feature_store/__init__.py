"""SageMaker's feature store: groups, records online and their history."""

"""What SageMaker captures of an endpoint: records of requests with their answers, read as hostile input.

Anybody who may call an endpoint writes in them. Runs inside AWS: the standard library alone, imports are relative.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

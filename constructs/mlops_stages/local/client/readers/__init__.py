"""Readers: how each resource type is read back from the API, and what the local AWS stores but does not enact."""

from mlops_stages.local.client.readers import (
    application_autoscaling,
    athena,
    budgets,
    chatbot,
    cloudtrail,
    cloudwatch,
    code_services,
    codeartifact,
    codeconnections,
    cost_explorer,
    dynamodb,
    ec2,
    ecr,
    events,
    glue,
    hosting,
    iam,
    identity_center,
    kms,
    lambda_functions,
    logs,
    organizations,
    ram,
    s3,
    sagemaker,
    scheduler,
    sns,
    sqs,
    step_functions,
)
from mlops_stages.local.client.readers.api import Reader
from mlops_stages.local.client.readers.behaviours import BEHAVIOURS

__all__ = ["BEHAVIOURS", "READERS"]

_MODULES = (
    application_autoscaling,
    athena,
    budgets,
    chatbot,
    cloudtrail,
    cloudwatch,
    code_services,
    codeartifact,
    codeconnections,
    cost_explorer,
    dynamodb,
    ec2,
    ecr,
    events,
    glue,
    hosting,
    iam,
    identity_center,
    kms,
    lambda_functions,
    logs,
    organizations,
    ram,
    s3,
    sagemaker,
    scheduler,
    sns,
    sqs,
    step_functions,
)

READERS: dict[str, Reader] = {reader.type: reader for module in _MODULES for reader in module.READERS}
"""Every reader, by resource type."""

"""Readers: how each resource type is read back from the API, and what the local AWS stores but does not enact."""

from mlops_stages.local.client.readers import (
    application_autoscaling,
    budgets,
    cloudtrail,
    cloudwatch,
    codeartifact,
    codeconnections,
    cost_explorer,
    ec2,
    ecr,
    events,
    glue,
    hosting,
    iam,
    identity_center,
    kms,
    logs,
    organizations,
    ram,
    s3,
    sagemaker,
    sns,
)
from mlops_stages.local.client.readers.api import Reader
from mlops_stages.local.client.readers.behaviours import BEHAVIOURS

__all__ = ["BEHAVIOURS", "READERS"]

_MODULES = (
    application_autoscaling,
    budgets,
    cloudtrail,
    cloudwatch,
    codeartifact,
    codeconnections,
    cost_explorer,
    ec2,
    ecr,
    events,
    glue,
    hosting,
    iam,
    identity_center,
    kms,
    logs,
    organizations,
    ram,
    s3,
    sagemaker,
    sns,
)

READERS: dict[str, Reader] = {reader.type: reader for module in _MODULES for reader in module.READERS}
"""Every reader, by resource type."""

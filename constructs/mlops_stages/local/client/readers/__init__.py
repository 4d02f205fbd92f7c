"""Readers: how each resource type is read back from the API, and what the local AWS stores but does not enact."""

from mlops_stages.local.client.readers import (
    budgets,
    cloudtrail,
    cloudwatch,
    codeartifact,
    ec2,
    ecr,
    events,
    iam,
    identity_center,
    kms,
    logs,
    model_building,
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
    cloudwatch,
    s3,
    codeartifact,
    budgets,
    ram,
    events,
    iam,
    identity_center,
    kms,
    logs,
    model_building,
    ec2,
    organizations,
    ecr,
    sagemaker,
    sns,
    cloudtrail,
)

READERS: dict[str, Reader] = {reader.type: reader for module in _MODULES for reader in module.READERS}
"""Every reader, by resource type."""

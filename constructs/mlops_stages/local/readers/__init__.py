"""Readers: how each resource type is read back from the API, and what the local AWS stores but does not enact."""

from mlops_stages.local.readers import (
    alarms,
    buckets,
    codeartifact,
    cost,
    data_sharing,
    events,
    iam,
    identity_center,
    keys,
    logs,
    model_building,
    network,
    organizations,
    repositories,
    sagemaker,
    topics,
    trails,
)
from mlops_stages.local.readers.api import Reader
from mlops_stages.local.readers.behaviours import BEHAVIOURS

__all__ = ["BEHAVIOURS", "READERS"]

_MODULES = (
    alarms,
    buckets,
    codeartifact,
    cost,
    data_sharing,
    events,
    iam,
    identity_center,
    keys,
    logs,
    model_building,
    network,
    organizations,
    repositories,
    sagemaker,
    topics,
    trails,
)

READERS: dict[str, Reader] = {reader.type: reader for module in _MODULES for reader in module.READERS}
"""Every reader, by resource type."""

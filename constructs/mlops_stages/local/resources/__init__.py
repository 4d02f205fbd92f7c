"""CloudFormation types that ministack lacks, and what it drops of those that it has. Server only."""

from mlops_stages.local import engine
from mlops_stages.local.resources import (
    cloudtrail,
    codeartifact,
    codeconnections,
    cost,
    data_sharing,
    ecr,
    flow_logs,
    group_rules,
    iam,
    identity_center,
    kms,
    logs,
    model_building,
    network,
    oidc,
    organizations,
    s3,
    sagemaker,
    sns,
)
from mlops_stages.local.resources.api import ApiType

API_TYPES: tuple[ApiType, ...] = (
    *sagemaker.TYPES,
    *model_building.TYPES,
    *cost.TYPES,
    *data_sharing.TYPES,
    cloudtrail.TRAIL,
    flow_logs.FLOW_LOG,
    *codeartifact.TYPES,
    *codeconnections.TYPES,
    *oidc.TYPES,
    *organizations.TYPES,
    *identity_center.TYPES,
)
"""The types that are wholly ours."""


def register() -> None:
    """Teach the engine of this process every type here. Once."""
    for api_type in API_TYPES:
        engine.add_resource_type(api_type.type, api_type.resource_type())
    for module in (data_sharing, ecr, group_rules, iam, kms, logs, network, s3, sns):
        module.register()

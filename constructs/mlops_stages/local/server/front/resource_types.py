"""CloudFormation types that ministack lacks, and what it drops of those that it has. Server only."""

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import ApiType
from mlops_stages.local.server.cloudtrail import resource_types as cloudtrail
from mlops_stages.local.server.codeartifact import resource_types as codeartifact
from mlops_stages.local.server.codeconnections import resource_types as codeconnections
from mlops_stages.local.server.cost_explorer import resource_types as cost
from mlops_stages.local.server.ec2 import flow_logs, group_rules
from mlops_stages.local.server.ec2 import networks as network
from mlops_stages.local.server.ecr import resource_types as ecr
from mlops_stages.local.server.iam import oidc_providers as oidc
from mlops_stages.local.server.iam import resource_types as iam
from mlops_stages.local.server.identity_center import resource_types as identity_center
from mlops_stages.local.server.kms import resource_types as kms
from mlops_stages.local.server.logs import resource_types as logs
from mlops_stages.local.server.organizations import resource_types as organizations
from mlops_stages.local.server.s3 import resource_types as s3
from mlops_stages.local.server.sagemaker.feature_store import resource_types as data_sharing
from mlops_stages.local.server.sagemaker.pipelines import resource_types as model_building
from mlops_stages.local.server.sagemaker.studio import resource_types as sagemaker
from mlops_stages.local.server.sns import resource_types as sns

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

"""CloudFormation types that ministack lacks, and what it drops of those that it has."""

from mlops_stages.local.server import engine
from mlops_stages.local.server.application_autoscaling import resource_types as application_autoscaling
from mlops_stages.local.server.budgets import resource_types as budgets
from mlops_stages.local.server.chatbot import resource_types as chatbot
from mlops_stages.local.server.cloudformation.api_types import ApiType
from mlops_stages.local.server.cloudtrail import resource_types as cloudtrail
from mlops_stages.local.server.cloudwatch import resource_types as cloudwatch
from mlops_stages.local.server.codeartifact import resource_types as codeartifact
from mlops_stages.local.server.codeconnections import resource_types as codeconnections
from mlops_stages.local.server.codepipeline import resource_types as codepipeline
from mlops_stages.local.server.cost_explorer import resource_types as cost_explorer
from mlops_stages.local.server.dynamodb import resource_types as dynamodb
from mlops_stages.local.server.ec2 import flow_logs, group_rules, networks
from mlops_stages.local.server.ecr import resource_types as ecr
from mlops_stages.local.server.events import resource_types as events
from mlops_stages.local.server.glue import resource_types as glue
from mlops_stages.local.server.iam import oidc_providers
from mlops_stages.local.server.iam import resource_types as iam
from mlops_stages.local.server.identity_center import resource_types as identity_center
from mlops_stages.local.server.kms import resource_types as kms
from mlops_stages.local.server.lambda_functions import resource_types as lambda_functions
from mlops_stages.local.server.logs import resource_types as logs
from mlops_stages.local.server.organizations import resource_types as organizations
from mlops_stages.local.server.ram import resource_types as ram
from mlops_stages.local.server.s3 import resource_types as s3
from mlops_stages.local.server.sagemaker.feature_store import resource_types as feature_store
from mlops_stages.local.server.sagemaker.hosting import resource_types as hosting
from mlops_stages.local.server.sagemaker.pipelines import resource_types as pipelines
from mlops_stages.local.server.sagemaker.registry import resource_types as registry
from mlops_stages.local.server.sagemaker.studio import resource_types as studio
from mlops_stages.local.server.scheduler import resource_types as scheduler
from mlops_stages.local.server.sns import resource_types as sns
from mlops_stages.local.server.step_functions import resource_types as step_functions

API_TYPES: tuple[ApiType, ...] = (
    *studio.TYPES,
    pipelines.PIPELINE,
    registry.PACKAGE_GROUP,
    *hosting.TYPES,
    *application_autoscaling.TYPES,
    budgets.BUDGET,
    *chatbot.TYPES,
    *cost_explorer.TYPES,
    feature_store.FEATURE_GROUP,
    ram.RESOURCE_SHARE,
    cloudtrail.TRAIL,
    *cloudwatch.TYPES,
    flow_logs.FLOW_LOG,
    *codeartifact.TYPES,
    *codeconnections.TYPES,
    *codepipeline.TYPES,
    *oidc_providers.TYPES,
    *organizations.TYPES,
    *identity_center.TYPES,
)
"""The types that are wholly ours."""


_MENDED = (
    dynamodb,
    ecr,
    events,
    glue,
    group_rules,
    iam,
    kms,
    lambda_functions,
    logs,
    networks,
    s3,
    scheduler,
    sns,
    step_functions,
)
"""Modules that correct types of ministack."""


def register() -> None:
    """Teach the engine of this process every type here. Once."""
    known = engine.resource_types()
    for api_type in API_TYPES:
        add = engine.replace_resource_type if api_type.type in known else engine.add_resource_type
        add(api_type.type, api_type.resource_type())
    engine.wait_apart(hosting.WAITS)
    for module in _MENDED:
        module.register()

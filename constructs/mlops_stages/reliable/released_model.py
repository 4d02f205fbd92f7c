"""The model of a release, made from its package."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import CfnCondition, Stack
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.foundation import retain
from mlops_stages.reliable.served_model import ServedModel

HASH_CHARACTERS = 6


def hash_of(scope: Construct, said: Sequence[Any]) -> str:
    """What the name of a model or configuration ends in: a hash of what the template says about it.

    Of values alone, each in its place: a new version of this toolkit must not deploy every model anew.
    """
    # Resolved: a token has another number in each synth.
    text = json.dumps(Stack.of(scope).resolve(list(said)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_CHARACTERS]


def released_model(
    scope: Construct,
    id: str,
    *,
    served: ServedModel,
    role_arn: str,
    package_arn: str,
    name: str,
    condition: CfnCondition,
) -> sagemaker.CfnModel:
    """A model without a network for its container, kept when the next release replaces it.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
    """
    network = served.network
    model = sagemaker.CfnModel(
        scope,
        id,
        model_name=name,
        execution_role_arn=role_arn,
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            model_package_name=package_arn,
            # The container says it in each answer: what is captured during a rollout names no version otherwise.
            environment={"MODEL_PACKAGE_ARN": package_arn},
        ),
        enable_network_isolation=None if network is None else True,
        vpc_config=None
        if network is None
        else sagemaker.CfnModel.VpcConfigProperty(
            subnets=list(network.subnet_ids), security_group_ids=[network.workload_security_group_id]
        ),
    )
    model.cfn_options.condition = condition
    retain(model)
    return model

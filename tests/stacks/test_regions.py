"""The regions offered are those where CloudFormation has every type of resource that the stacks use."""

import importlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from mlops_stages.platform import OFFER, Stage
from mlops_stages.platform.regions import PARTITIONS
from tests.conftest import Assembly

WITH_EVERY_TYPE = "us-east-1"


def types_in(region: str) -> frozenset[str]:
    return frozenset(PROVIDER_SCHEMA_MANAGER.get_resource_types(region))


def regions_with_data() -> set[str]:
    """For some regions cfn-lint has no list of its own and takes that of us-east-1."""
    everything = types_in(WITH_EVERY_TYPE)
    return {region for region in PARTITIONS if region == WITH_EVERY_TYPE or types_in(region) != everything}


# What the first is given from outside, the second makes itself.
ORGANIZATIONS = {
    Stage.INITIAL: ("comprehensive", "minimal"),
    Stage.REPEATABLE: ("several_accounts", "repeatable"),
    Stage.RELIABLE: ("staging_with_production", "reference"),
}
TYPICAL = {
    Stage.INITIAL: {"AWS::Budgets::Budget", "AWS::SageMaker::MlflowApp"},
    Stage.REPEATABLE: {"AWS::CodeArtifact::Domain", "AWS::SageMaker::FeatureGroup", "AWS::Organizations::Policy"},
    Stage.RELIABLE: {
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::SageMaker::Endpoint",
        "AWS::Scheduler::Schedule",
    },
}


@pytest.mark.parametrize("stage", OFFER.regions)
def test_the_regions_offered_are_all_that_have_every_type(stage: Stage, assembly: Callable[[str], Assembly]) -> None:
    used = {
        resource["Type"]
        for organization in ORGANIZATIONS[stage]
        for template in assembly(organization).templates.values()
        for resource in template["Resources"].values()
    }
    assert TYPICAL[stage] <= used
    assert {region for region in regions_with_data() if used <= types_in(region)} == OFFER.regions[stage]


# What the name of an endpoint service is called among the endpoints of SDKs, where that differs.
SDK_NAMES = {
    "codeartifact.api": "codeartifact",
    "codeartifact.repositories": "codeartifact",
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "monitoring": "cloudwatch",
    "sagemaker.api": "sagemaker",
    "sagemaker.runtime": "sagemaker-runtime",
}
NOT_IN_SDK_DATA = {"experiments", "mlflow-app", "notebook", "sagemaker.featurestore-runtime", "studio"}
"""Endpoint services of SageMaker's own pages: which regions and zones have them, `mlops-stages preflight` asks."""


@pytest.mark.parametrize("stage", OFFER.regions)
def test_every_service_with_an_endpoint_in_our_networks_is_in_every_region_offered(
    stage: Stage, assembly: Callable[[str], Assembly]
) -> None:
    named = {
        resource["Properties"]["ServiceName"]
        for organization in ORGANIZATIONS[stage]
        for template in assembly(organization).templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::EC2::VPCEndpoint"
    }
    endpoints = {re.sub(r"^.*[a-z]-[0-9]\.", "", name) for name in named}
    session: Any = importlib.import_module("botocore.session").get_session()  # botocore has no types
    assert len(endpoints - NOT_IN_SDK_DATA) >= 5
    for endpoint in sorted(endpoints - NOT_IN_SDK_DATA):
        # Whether the service answers there at all: of endpoints, and of their zones, the SDK's data says nothing.
        assert OFFER.regions[stage] <= set(session.get_available_regions(SDK_NAMES.get(endpoint, endpoint))), endpoint


def test_the_regions_that_cfn_lint_knows_nothing_of_are_few_and_not_offered() -> None:
    assert all(regions <= regions_with_data() for regions in OFFER.regions.values())
    assert len(regions_with_data()) > len(PARTITIONS) * 3 / 4

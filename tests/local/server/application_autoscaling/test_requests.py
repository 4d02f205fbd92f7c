"""Application Auto Scaling: which target a request is on, by which keys policies know it."""

from __future__ import annotations

import pytest

from mlops_stages.local.server import engine
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.front import authorization
from mlops_stages.local.server.front.authorization import Check

ACCOUNT = "222222222222"
TARGETS = f"arn:aws:application-autoscaling:eu-west-1:{ACCOUNT}:scalable-target/*"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "ResourceId": "endpoint/late/variant/main",
}
KEYS = {
    "application-autoscaling:service-namespace": "sagemaker",
    "application-autoscaling:scalable-dimension": "sagemaker:variant:DesiredInstanceCount",
}


def checks(name: str, **parameters: object) -> tuple[Check, ...]:
    with engine.within(ACCOUNT, "eu-west-1"):
        return authorization.checks(Operation("application-autoscaling", name, parameters), with_lookups=False)


@pytest.mark.parametrize("name", ["RegisterScalableTarget", "PutScalingPolicy", "DeregisterScalableTarget"])
def test_a_request_is_on_targets_of_its_namespace_and_dimension(name: str) -> None:
    assert checks(name, **TARGET) == (Check(f"application-autoscaling:{name}", TARGETS, KEYS),)


def test_what_is_listed_is_on_everything_and_tags_are_a_targets() -> None:
    described = checks("DescribeScalableTargets", ServiceNamespace="sagemaker")
    assert described == (Check("application-autoscaling:DescribeScalableTargets", "*", {}),)
    target = TARGETS.replace("*", "0a1b")
    assert checks("ListTagsForResource", ResourceARN=target)[0].resource == target

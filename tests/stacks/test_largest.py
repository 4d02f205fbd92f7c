"""What the platform file allows at most can be deployed."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from mlops_stages.foundation.statement import MANAGED_POLICY_MAX_CHARACTERS
from mlops_stages.platform import Platform, parse
from mlops_stages.platform.studio import MOST_INSTANCE_TYPES
from stacks.platform_app import platform_app

MOST_SUBNETS = 16
LONG_ARN = "arn:aws:kms:ap-northeast-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def largest() -> Platform:
    """The longest names, and the most instance types and subnets."""
    return parse(
        {
            "name": "abcdefghijkl",
            "region": "ap-northeast-1",
            "organization_id": f"o-{'a' * 32}",
            "stage": "initial",
            "owner": "ann@tiny.example",
            "cost_center": "1",
            "accounts": {"experimentation": "111111111111"},
            "network": {
                "vpc_id": "vpc-0123456789abcdef0",
                "subnet_ids": [f"subnet-{number:017}" for number in range(MOST_SUBNETS)],
            },
            "people": {"platform_engineers": ["ann@tiny.example"]},
            "studio": {"instance_types": [f"ml.p{number:011}.{'x' * 12}" for number in range(MOST_INSTANCE_TYPES)]},
        }
    )


def resolved(node: object) -> object:
    """The same with a long ARN, that of a key, for every reference to another resource."""
    if isinstance(node, list):
        return [resolved(item) for item in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    entries = cast("dict[str, object]", node)
    if entries.keys() & {"Ref", "Fn::GetAtt"}:
        return LONG_ARN
    return {key: resolved(value) for key, value in entries.items()}


def test_the_most_instance_types_and_subnets_fit_the_policies_of_the_personas(
    largest: Platform, tmp_path: Path
) -> None:
    platform_app(largest, outdir=str(tmp_path)).synth()
    template: dict[str, Any] = json.loads((tmp_path / "abcdefghijkl-experimentation.template.json").read_text("utf-8"))
    sizes = [
        len(json.dumps(resolved(resource["Properties"]["PolicyDocument"]), separators=(",", ":")))
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    ]
    assert MANAGED_POLICY_MAX_CHARACTERS * 3 / 4 < max(sizes) <= MANAGED_POLICY_MAX_CHARACTERS

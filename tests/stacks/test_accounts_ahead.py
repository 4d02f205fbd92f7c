"""An account that comes with a later stage is added to what is deployed in place: nothing is replaced."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from mlops_stages.platform import Platform, Purpose, load
from stacks.organization import OrganizationStack
from stacks.tooling import ToolingStack, ToolingTeamStack

Resources = dict[str, dict[str, Any]]
LATER = (Purpose.STAGING, Purpose.PRODUCTION, Purpose.GOVERNANCE)


def resources(platform: Platform) -> dict[str, Resources]:
    """The stacks that name accounts of other purposes, without their checks: those have their own tests."""
    app = App()
    assert platform.guardrails is not None
    stacks: tuple[Stack, ...] = (
        OrganizationStack(app, platform, platform.guardrails, qualifier="hnb659fds"),
        ToolingStack(app, platform),
        ToolingTeamStack(app, platform, platform.team("arrivals"), qualifier="hnb659fds"),
    )
    return {stack.stack_name: Template.from_stack(stack).to_json()["Resources"] for stack in stacks}


def create_only(kind: str) -> set[str]:
    """The properties of a type whose change replaces the resource, by CloudFormation's registry."""
    schema = cast("dict[str, list[str]]", PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema)  # pyright: ignore[reportUnknownMemberType] - untyped
    return {path.split("/")[2] for path in schema.get("createOnlyProperties", ())}


def test_accounts_of_a_later_stage_are_added_in_place(
    platform_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = load(platform_file("repeatable"))
    before = resources(platform)
    every = {purpose: platform.account(purpose) for purpose in Purpose}
    monkeypatch.setattr(Platform, "deployed", property(lambda _: every))
    after = resources(platform)
    changed: set[str] = set()
    for stack, was in before.items():
        assert {name: each["Type"] for name, each in was.items()} == {
            name: each["Type"] for name, each in after[stack].items()
        }
        for name, each in was.items():
            old, new = each["Properties"], after[stack][name]["Properties"]
            different = {key for key in {*old, *new} if old.get(key) != new.get(key)}
            assert not different & create_only(each["Type"]), f"{stack}/{name}: {different}"
            changed |= {f"{each['Type']}.{key}" for key in different}
    assert changed == {
        "AWS::ECR::Repository.RepositoryPolicyText",
        "AWS::KMS::Key.KeyPolicy",
        "AWS::Organizations::Policy.TargetIds",
        "AWS::S3::BucketPolicy.PolicyDocument",
        "AWS::SageMaker::ModelPackageGroup.ModelPackageGroupPolicy",
    }
    for purpose in LATER:
        assert every[purpose] in str(after)
        assert every[purpose] not in str(before)

"""The second approval in the tooling account: a role for each model that serves, in teams of stage reliable."""

from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from stacks.tooling import ToolingTeamStack
from tests.platform.test_served_models import SLA, served


def template(**options: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data of platform.yaml
    platform = served(sla=SLA, endpoint={"instance_type": "ml.m5.large"}, **options)
    return dict(
        Template.from_stack(ToolingTeamStack(App(), platform, platform.teams[0], qualifier="hnb659fds")).to_json()
    )


def roles(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    properties = [body["Properties"] for body in found["Resources"].values() if body["Type"] == "AWS::IAM::Role"]
    return {each["RoleName"]: each for each in properties}


def group_policy(found: dict[str, Any]) -> list[dict[str, Any]]:
    (group,) = (
        b["Properties"] for b in found["Resources"].values() if b["Type"] == "AWS::SageMaker::ModelPackageGroup"
    )
    return group["ModelPackageGroupPolicy"]["Statement"]


@pytest.fixture(scope="module")
def reliable() -> dict[str, Any]:
    return template()


@pytest.fixture(scope="module")
def repeatable() -> dict[str, Any]:
    return template(stage="repeatable")


def test_a_reliable_teams_model_has_a_role_for_its_approvers(reliable: dict[str, Any]) -> None:
    role = roles(reliable)["tiny-card-fraud.release"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["StringEquals"]["aws:PrincipalTag/email"] == ["ann@tiny.example", "bo@tiny.example"]
    assert {"Key": "model", "Value": "card-fraud"} in role["Tags"]
    assert {"Key": "team", "Value": "fraud"} in role["Tags"]


def test_sessions_of_both_approvals_bear_the_persons_address(reliable: dict[str, Any]) -> None:
    for duty in ("approve", "release"):
        (trust,) = roles(reliable)[f"tiny-card-fraud.{duty}"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"]["StringEquals"]["sts:RoleSessionName"] == "${aws:PrincipalTag/email}"


def test_the_registry_lets_that_role_alone_move_a_version(reliable: dict[str, Any]) -> None:
    exempt = {
        each["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
        for each in group_policy(reliable)
        if each["Sid"].startswith("DenyLifeCycleStageToOthers")
    }
    assert exempt == {"arn:aws:iam::012345678901:role/tiny/fraud/tiny-card-fraud.release"}


def test_before_that_stage_nobody_releases_and_nothing_else_of_the_stack_differs(
    reliable: dict[str, Any], repeatable: dict[str, Any]
) -> None:
    assert "tiny-card-fraud.release" not in roles(repeatable)
    assert not any("ToOthers" in each["Sid"] for each in group_policy(repeatable))
    more = set(reliable["Resources"]) - set(repeatable["Resources"])
    assert set(repeatable["Resources"]) <= set(reliable["Resources"])
    assert {reliable["Resources"][name]["Type"] for name in more} == {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"}

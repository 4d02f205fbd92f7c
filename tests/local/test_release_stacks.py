"""The second approval, deployed to the local AWS: two roles, each in a session that bears its person's address."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, refusal
from tests.local.test_registry_stacks import METADATA, registered
from tests.local.tooling_account import Tooling, deployed

LENA, FLORA = "lena@acme.example", "flora@acme.example"


@pytest.fixture(scope="module")
def tooling(local_aws: LocalAws) -> Tooling:
    return deployed(local_aws, is_released=True)


@pytest.fixture
def version(tooling: Tooling) -> str:
    """A version that is approved for staging."""
    arn = registered(tooling, tooling.pipeline())
    lena = tooling.aws.client("sagemaker", tooling.person(LENA, "approve", LENA))
    lena.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    return arn


def move(stage: str, status: str, why: str = "") -> dict[str, Any]:
    return {"ModelLifeCycle": {"Stage": stage, "StageStatus": status, "StageDescription": why}}


@pytest.mark.parametrize(
    ("stage", "status"),
    [("Production", "Approved"), ("Production", "Rejected"), ("Production", "Restored"), ("Staging", "Requested")],
)
def test_a_releaser_moves_a_version_and_the_registry_says_who(
    tooling: Tooling, version: str, stage: str, status: str
) -> None:
    flora = tooling.aws.client("sagemaker", tooling.person(FLORA, "release", FLORA))
    flora.update_model_package(ModelPackageArn=version, **move(stage, status, "fine"))
    found = flora.describe_model_package(ModelPackageName=version)
    assert (found["ModelLifeCycle"]["Stage"], found["ModelLifeCycle"]["StageStatus"]) == (stage, status)
    assert (found["ModelApprovalStatus"], found["CustomerMetadataProperties"]) == ("Approved", METADATA)
    assert found["LastModifiedBy"]["IamIdentity"]["Arn"].endswith(f"/acme-late-arrival.release/{FLORA}")


def test_a_releaser_does_nothing_else(tooling: Tooling, version: str) -> None:
    flora = tooling.aws.client("sagemaker", tooling.person(FLORA, "release", FLORA))
    for change in (
        move("Production", "Ready"),
        move("Staging", "Approved"),
        move("Test", "Approved"),
        {"ModelApprovalStatus": "Rejected"},
        {"ApprovalDescription": "mine"},
        {**move("Production", "Approved"), "ModelApprovalStatus": "Approved"},
        {**move("Production", "Approved"), "CustomerMetadataProperties": {"commit": "x"}},
        {**move("Production", "Approved"), "CustomerMetadataPropertiesToRemove": ["commit"]},
    ):
        refusal(lambda change=change: flora.update_model_package(ModelPackageArn=version, **change))
    refusal(lambda: flora.delete_model_package(ModelPackageName=version))


def test_nobody_else_moves_a_version_the_approver_and_an_administrator_neither(tooling: Tooling, version: str) -> None:
    for who in (
        tooling.person(LENA, "approve", LENA),
        tooling.role(tooling.addresses.tooling, allow("sagemaker:*")),
        tooling.role(tooling.addresses.tooling, allow("sagemaker:*"), path="/acme/arrivals/"),
        tooling.pipeline(),
    ):
        sagemaker = tooling.aws.client("sagemaker", who)
        for cycle in (move("Production", "Approved"), move("Staging", "Requested")):
            refusal(lambda s=sagemaker, c=cycle: s.update_model_package(ModelPackageArn=version, **c))


@pytest.mark.parametrize("duty", ["approve", "release"])
@pytest.mark.parametrize("name", [FLORA, "lena", "somebody@acme.example"])
def test_a_session_under_another_name_is_refused(tooling: Tooling, duty: str, name: str) -> None:
    refusal(lambda: tooling.person(LENA, duty, name))
    assert tooling.person(LENA, duty, LENA)


def test_who_is_in_both_duties_is_let_into_both_roles_under_one_name(tooling: Tooling, version: str) -> None:
    """What IAM lets pass: the promotion compares the names, and refuses."""
    lena = tooling.aws.client("sagemaker", tooling.person(LENA, "release", LENA))
    lena.update_model_package(ModelPackageArn=version, **move("Production", "Approved"))
    who = lena.describe_model_package(ModelPackageName=version)["LastModifiedBy"]["IamIdentity"]["Arn"]
    assert who.endswith(f".release/{LENA}")


def test_a_model_without_the_second_approval_is_moved_by_nobody(tooling: Tooling) -> None:
    group = tooling.addresses.package_group("arrivals", "gate-change")
    pipeline = tooling.aws.client("sagemaker", tooling.pipeline("arrivals", "gate-change"))
    arn = pipeline.create_model_package(
        ModelPackageGroupName=group, ModelApprovalStatus="PendingManualApproval", CustomerMetadataProperties=METADATA
    )["ModelPackageArn"]
    flora = tooling.aws.client("sagemaker", tooling.person(FLORA, "release", FLORA))
    administrator = tooling.aws.client("sagemaker", tooling.role(tooling.addresses.tooling, allow("sagemaker:*")))
    for who in (flora, administrator):
        refusal(lambda w=who: w.update_model_package(ModelPackageArn=arn, **move("Production", "Approved")))

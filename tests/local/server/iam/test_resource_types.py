"""Roles, policies and keys through CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.clients import LocalAws, refusal
from tests.local.stacks import RefusedStackError, Stack, Value, att, changed, ref, resource, role, trust


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def policy(*actions: str, count: int = 1) -> dict[str, Any]:
    statements = [{"Sid": f"S{n}", "Effect": "Allow", "Action": list(actions), "Resource": "*"} for n in range(count)]
    return {"Version": "2012-10-17", "Statement": statements}


def bounded() -> dict[str, Any]:
    return {
        "Boundary": resource("AWS::IAM::ManagedPolicy", PolicyDocument=policy("s3:*")),
        "Other": resource("AWS::IAM::ManagedPolicy", PolicyDocument=policy("s3:GetObject")),
        "Role": role(PermissionsBoundary=ref("Boundary")),
    }


def boundary(stack: Stack) -> str | None:
    found: dict[str, Any] = stack.client("iam").get_role(RoleName=stack.id_of("Role"))["Role"]
    return found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")


def test_a_role_keeps_its_permissions_boundary(stack: Stack) -> None:
    out = stack.create(bounded(), Boundary=ref("Boundary"))
    assert boundary(stack) == out["Boundary"]


def test_a_roles_permissions_boundary_changes_with_its_template(stack: Stack) -> None:
    resources = bounded()
    out = stack.create(resources, Other=ref("Other"))
    stack.update(changed(resources, "Role", PermissionsBoundary=ref("Other")))
    assert boundary(stack) == out["Other"]
    stack.update(changed(resources, "Role", PermissionsBoundary=None))
    assert boundary(stack) is None


def test_a_boundary_limits_what_a_roles_policies_allow(stack: Stack, local_aws: LocalAws) -> None:
    trusted = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{stack.account}:root"},
        "Action": "sts:AssumeRole",
    }
    everything = {"PolicyName": "all", "PolicyDocument": policy("*")}
    document = {"Version": "2012-10-17", "Statement": [trusted]}
    resources = changed(bounded(), "Role", AssumeRolePolicyDocument=document, Policies=[everything])
    out = stack.create(resources, Role=att("Role", "Arn"))
    who = local_aws.assume(out["Role"])
    local_aws.client("s3", who).list_buckets()
    refusal(lambda: local_aws.client("iam", who).list_roles())


def test_a_boundary_that_does_not_exist_is_refused(stack: Stack) -> None:
    arn = f"arn:aws:iam::{stack.account}:policy/nowhere"
    with pytest.raises(RefusedStackError, match="does not exist"):
        stack.create({"Role": role(PermissionsBoundary=arn)})
    assert stack.client("iam").list_roles()["Roles"] == []


def test_a_policy_too_long_for_aws_is_refused(stack: Stack) -> None:
    with pytest.raises(RefusedStackError, match="6144"):
        stack.create({"Policy": resource("AWS::IAM::ManagedPolicy", PolicyDocument=policy("s3:GetObject", count=100))})


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Policies": [{"PolicyName": "x", "PolicyDocument": policy("s3:GetObject", count=200)}]}, "10240"),
        ({"ManagedPolicyArns": [f"arn:aws:iam::aws:policy/P{n}" for n in range(11)]}, "PoliciesPerRole"),
        ({"AssumeRolePolicyDocument": {**trust(), "Statement": trust()["Statement"] * 30}}, "2048"),
    ],
)
def test_a_role_over_awss_quotas_is_refused(stack: Stack, properties: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed({"Role": role()}, "Role", **properties))


def key(account: str, **more: Value) -> dict[str, Any]:
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    return resource("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": [root]}, **more)


def test_a_key_keeps_policy_rotation_and_tags(stack: Stack) -> None:
    wanted = key(
        stack.account,
        Description="data",
        EnableKeyRotation=True,
        RotationPeriodInDays=180,
        PendingWindowInDays=7,
        Tags=[{"Key": "team", "Value": "fraud"}],
    )
    stack.create({"Key": wanted, "Alias": resource("AWS::KMS::Alias", AliasName="alias/data", TargetKeyId=ref("Key"))})
    kms, key_id = stack.client("kms"), stack.id_of("Key")
    assert kms.describe_key(KeyId="alias/data")["KeyMetadata"]["KeyId"] == key_id
    rotation = kms.get_key_rotation_status(KeyId=key_id)
    assert (rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]) == (True, 180)
    assert {"TagKey": "team", "TagValue": "fraud"} in kms.list_resource_tags(KeyId=key_id)["Tags"]
    said = json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
    assert said == wanted["Properties"]["KeyPolicy"]


def test_a_deleted_key_waits_as_long_as_its_template_says(stack: Stack) -> None:
    stack.create({"Key": key(stack.account, PendingWindowInDays=7)})
    key_id = stack.id_of("Key")
    stack.delete()
    found = stack.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]
    assert found["KeyState"] == "PendingDeletion"
    assert 6 <= (found["DeletionDate"] - found["CreationDate"]).days <= 7


@pytest.mark.parametrize("days", [{"PendingWindowInDays": 3}, {"RotationPeriodInDays": 30, "EnableKeyRotation": True}])
def test_days_that_kms_would_refuse_are_refused(stack: Stack, days: dict[str, Any]) -> None:
    with pytest.raises(RefusedStackError, match=next(iter(days))):
        stack.create({"Key": key(stack.account, **days)})


def test_an_alias_needs_its_key(stack: Stack) -> None:
    target = "11111111-2222-3333-4444-555555555555"
    with pytest.raises(RefusedStackError, match="NotFoundException"):
        stack.create({"Alias": resource("AWS::KMS::Alias", AliasName="alias/data", TargetKeyId=target)})
    assert stack.client("kms").list_aliases()["Aliases"] == []


def test_a_second_role_of_one_name_is_refused_and_the_first_one_stays(stack: Stack) -> None:
    stack.create({"Role": role(RoleName="only-one")})
    second = Stack(stack.aws, stack.account)
    with pytest.raises(RefusedStackError, match="already exists"):
        second.create({"Role": role(RoleName="only-one")})
    assert stack.client("iam").get_role(RoleName="only-one")["Role"]["RoleName"] == "only-one"


def test_a_second_managed_policy_of_one_name_is_refused(stack: Stack) -> None:
    named = resource("AWS::IAM::ManagedPolicy", ManagedPolicyName="only-one", PolicyDocument=policy("s3:GetObject"))
    stack.create({"Policy": named})
    with pytest.raises(RefusedStackError, match="already exists"):
        Stack(stack.aws, stack.account).create({"Policy": named})


def test_a_role_that_moves_to_another_logical_id_is_refused_as_aws_refuses_it(stack: Stack) -> None:
    """The new one is made before the old one goes: with one name, that cannot be."""
    stack.create({"Old": role(RoleName="moved")})
    with pytest.raises(RefusedStackError, match="already exists"):
        stack.update({"New": role(RoleName="moved")})
    assert stack.client("iam").get_role(RoleName="moved")["Role"]["RoleName"] == "moved"

"""Roles and policies through CloudFormation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.clients import LocalAws, refusal
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource, role, trust


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

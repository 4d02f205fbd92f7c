"""AWS::SSO types: created, changed in place, taken away."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.local.clients import LocalAws, refusal
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource

DENY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}],
}


TAGS = [{"Key": "team", "Value": "platform"}]


GROUP = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def root() -> str:
    return f"r-{secrets.token_hex(3)}"


@pytest.fixture
def member() -> str:
    return str(100_000_000_000 + secrets.randbelow(800_000_000_000))


@pytest.fixture
def stack(local_aws: LocalAws, account: str, root: str, member: str) -> Stack:
    content = {"id": f"o-{secrets.token_hex(6)}", "accounts": [member], "management": account, "root": root}
    assert local_aws.ask("POST", "/_mlops-stages/organization", content)[0] == 200
    return Stack(local_aws, account)


@pytest.fixture
def instance() -> str:
    return f"arn:aws:sso:::instance/ssoins-{secrets.token_hex(8)}"


def a_set(instance: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - a template's values
    given = {"Name": "acme-auditor", "InstanceArn": instance, "SessionDuration": "PT8H", "InlinePolicy": DENY}
    return resource("AWS::SSO::PermissionSet", **{**given, **more})


def an_assignment(instance: str, account: str) -> dict[str, Any]:
    return resource(
        "AWS::SSO::Assignment",
        InstanceArn=instance,
        PermissionSetArn=att("Set", "PermissionSetArn"),
        PrincipalType="GROUP",
        PrincipalId=GROUP,
        TargetType="AWS_ACCOUNT",
        TargetId=account,
    )


def test_a_permission_set_is_changed_in_place(stack: Stack, instance: str) -> None:
    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    resources = {"Set": a_set(instance, ManagedPolicies=[managed], Tags=TAGS)}
    arn = stack.create(resources, Arn=att("Set", "PermissionSetArn"))["Arn"]
    named = {"InstanceArn": instance, "PermissionSetArn": arn}
    api = stack.client("sso-admin")
    assert api.describe_permission_set(**named)["PermissionSet"]["SessionDuration"] == "PT8H"
    assert json.loads(api.get_inline_policy_for_permission_set(**named)["InlinePolicy"]) == DENY
    stack.update(
        changed(
            resources,
            "Set",
            SessionDuration="PT1H",
            Description="audits",
            InlinePolicy=None,
            ManagedPolicies=[],
            RelayStateType="https://acme.example",
            Tags=[{"Key": "team", "Value": "audit"}],
        )
    )
    described = api.describe_permission_set(**named)["PermissionSet"]
    assert (described["SessionDuration"], described["Description"]) == ("PT1H", "audits")
    assert described["RelayState"] == "https://acme.example"
    assert api.get_inline_policy_for_permission_set(**named)["InlinePolicy"] == ""
    assert api.list_managed_policies_in_permission_set(**named)["AttachedManagedPolicies"] == []
    tags = api.list_tags_for_resource(InstanceArn=instance, ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "audit"}]
    stack.delete()
    refusal(lambda: api.describe_permission_set(**named), code="ResourceNotFound")


def test_a_renamed_permission_set_is_another_one(stack: Stack, instance: str) -> None:
    resources = {"Set": a_set(instance)}
    before = stack.create(resources, Arn=ref("Set"))["Arn"]
    after_all = stack.update(changed(resources, "Set", Name="acme-data-engineer"), Arn=ref("Set"))["Arn"]
    assert before != after_all
    assert stack.client("sso-admin").list_permission_sets(InstanceArn=instance)["PermissionSets"] == [after_all]


def test_a_group_is_assigned_and_taken_off(stack: Stack, instance: str, member: str) -> None:
    resources = {"Set": a_set(instance), "Assignment": an_assignment(instance, member)}
    arn = stack.create(resources, Arn=ref("Set"))["Arn"]
    listed = {"InstanceArn": instance, "AccountId": member, "PermissionSetArn": arn}
    api = stack.client("sso-admin")
    (assignment,) = api.list_account_assignments(**listed)["AccountAssignments"]
    assert assignment["PrincipalId"] == GROUP
    refusal(lambda: api.delete_permission_set(InstanceArn=instance, PermissionSetArn=arn), code="Conflict")
    stack.update({"Set": a_set(instance)})
    assert api.list_account_assignments(**listed)["AccountAssignments"] == []


def test_an_instances_attributes_are_made_once(stack: Stack, instance: str, account: str) -> None:
    kind = "AWS::SSO::InstanceAccessControlAttributeConfiguration"
    email = [{"Key": "email", "Value": {"Source": ["${path:emails[primary eq true].value}"]}}]
    resources = {"Attributes": resource(kind, InstanceArn=instance, AccessControlAttributes=email)}
    stack.create(resources)
    with pytest.raises(RefusedStackError, match="ConflictException"):
        Stack(stack.aws, account).create(resources)
    name = [{"Key": "name", "Value": {"Source": ["${path:name.givenName}"]}}]
    stack.update(changed(resources, "Attributes", AccessControlAttributes=[*email, *name]))
    describe = stack.client("sso-admin").describe_instance_access_control_attribute_configuration
    found = describe(InstanceArn=instance)["InstanceAccessControlAttributeConfiguration"]["AccessControlAttributes"]
    assert found == [*email, *name]
    stack.delete()
    refusal(lambda: describe(InstanceArn=instance), code="ResourceNotFound")


def test_an_instance_is_of_one_account(stack: Stack, instance: str, member: str) -> None:
    stack.create({"Set": a_set(instance)})
    refusal(lambda: stack.aws.client("sso-admin", member).list_permission_sets(InstanceArn=instance))


def test_what_is_not_emulated_of_identity_center_is_told_so(stack: Stack) -> None:
    sso = stack.client("sso-admin")
    arn = "arn:aws:sso:::instance/ssoins-00000000000000aa"
    refusal(lambda: sso.list_trusted_token_issuers(InstanceArn=arn), code="NotImplemented")


def test_a_user_is_assigned_to_an_application_once_and_taken_away(stack: Stack) -> None:
    arn = f"arn:aws:sso::{stack.account}:application/ssoins-{secrets.token_hex(8)}/apl-{secrets.token_hex(8)}"
    user = {"ApplicationArn": arn, "PrincipalType": "USER", "PrincipalId": GROUP}
    stack.create({"Assignment": resource("AWS::SSO::ApplicationAssignment", **user)})
    api = stack.client("sso-admin")
    assert api.list_application_assignments(ApplicationArn=arn)["ApplicationAssignments"] == [user]
    assert "exists already" in refusal(lambda: api.create_application_assignment(**user), code="ConflictException")
    stack.delete()
    assert api.list_application_assignments(ApplicationArn=arn)["ApplicationAssignments"] == []


def test_nobody_is_assigned_to_another_accounts_application(stack: Stack) -> None:
    arn = f"arn:aws:sso::999999999999:application/ssoins-{secrets.token_hex(8)}/apl-{secrets.token_hex(8)}"
    user = {"ApplicationArn": arn, "PrincipalType": "USER", "PrincipalId": GROUP}
    api = stack.client("sso-admin")
    refusal(lambda: api.create_application_assignment(**user), code="ResourceNotFoundException")

"""AWS::Organizations types: created, changed in place, taken away."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.local.clients import LocalAws, refusal
from tests.local.stacks import RefusedStackError, Stack, after, att, changed, ref, resource

DENY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}],
}
UNIT, POLICY = "AWS::Organizations::OrganizationalUnit", "AWS::Organizations::Policy"
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


def a_unit(parent: Any, name: str = "work") -> dict[str, Any]:  # noqa: ANN401 - a template's value
    return resource(UNIT, Name=name, ParentId=parent, Tags=TAGS)


def a_policy(targets: list[Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - a template's values
    given = {"Name": "guard", "Type": "SERVICE_CONTROL_POLICY", "Content": DENY, "TargetIds": targets, "Tags": TAGS}
    return resource(POLICY, **{**given, **more})


def test_a_unit_has_the_path_that_leads_to_it(stack: Stack, root: str) -> None:
    units = {"Outer": a_unit(root), "Inner": after("Outer", a_unit(att("Outer", "Id"), "inner"))}
    told = stack.create(units, Path=att("Inner", "Path"), Arn=att("Inner", "Arn"), Id=ref("Inner"))
    outer = stack.id_of("Outer")
    assert told["Path"].endswith(f"/{root}/{outer}/{told['Id']}/")
    assert told["Arn"].endswith(f"/{told['Id']}")


def test_a_unit_is_renamed_in_place_and_goes_with_its_stack(stack: Stack, root: str) -> None:
    units = {"Unit": a_unit(root)}
    stack.create(units)
    id_before = stack.id_of("Unit")
    stack.update(changed(units, "Unit", Name="renamed", Tags=[{"Key": "team", "Value": "other"}]))
    api = stack.client("organizations")
    assert stack.id_of("Unit") == id_before
    assert api.describe_organizational_unit(OrganizationalUnitId=id_before)["OrganizationalUnit"]["Name"] == "renamed"
    assert api.list_tags_for_resource(ResourceId=id_before)["Tags"] == [{"Key": "team", "Value": "other"}]
    stack.delete()
    missing = api.describe_organizational_unit
    refusal(lambda: missing(OrganizationalUnitId=id_before), code="OrganizationalUnitNotFound")


def test_two_units_of_one_name_are_refused(stack: Stack, root: str) -> None:
    with pytest.raises(RefusedStackError, match="DuplicateOrganizationalUnitException"):
        stack.create({"One": a_unit(root), "Other": after("One", a_unit(root))})


def test_a_policy_is_attached_moved_and_taken_away(stack: Stack, root: str, member: str) -> None:
    resources = {"Unit": a_unit(root), "Policy": a_policy([att("Unit", "Id"), member])}
    stack.create(resources)
    api, policy, unit = stack.client("organizations"), stack.id_of("Policy"), stack.id_of("Unit")

    def targets() -> set[str]:
        return {target["TargetId"] for target in api.list_targets_for_policy(PolicyId=policy)["Targets"]}

    assert targets() == {unit, member}
    other = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}]}
    stack.update(changed(resources, "Policy", TargetIds=[member], Content=other, Name="renamed"))
    assert stack.id_of("Policy") == policy
    assert targets() == {member}
    described = api.describe_policy(PolicyId=policy)["Policy"]
    assert json.loads(described["Content"]) == other
    assert described["PolicySummary"]["Name"] == "renamed"
    stack.delete()
    assert [each["Id"] for each in api.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]] == [
        "p-FullAWSAccess"
    ]


def test_a_policy_that_is_too_large_fails_the_stack(stack: Stack, member: str) -> None:
    actions = [f"s3:{'x' * 80}{number}" for number in range(100)]
    large = {**DENY, "Statement": [{"Effect": "Deny", "Action": actions, "Resource": "*"}]}
    with pytest.raises(RefusedStackError, match="5120"):
        stack.create({"Policy": a_policy([member], Content=large)})


def test_a_member_account_cannot_deploy_them(stack: Stack, root: str, member: str) -> None:
    with pytest.raises(RefusedStackError, match="AccessDenied"):
        Stack(stack.aws, member).create({"Unit": a_unit(root)})


# Identity Center

"""Organizations in the local AWS: given accounts, units, and policies that take effect."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from tests.local.clients import Credentials, LocalAws, allow, deny, policy, refusal

FULL = "p-FullAWSAccess"


@dataclass(frozen=True)
class Organization:
    """An organization that no other test uses."""

    aws: LocalAws
    id: str
    root: str
    management: str
    member: str
    other: str

    def client(self, service: str, who: Credentials | str) -> Any:  # noqa: ANN401 - built at run time
        return self.aws.client(service, who)

    @property
    def api(self) -> Any:  # noqa: ANN401 - built at run time
        """Organizations, as the management account's root."""
        return self.client("organizations", self.management)

    def forbid(self, target: str, *statements: dict[str, Any]) -> str:
        """Attach a new policy of these statements; its id."""
        made = self.api.create_policy(
            Name=f"policy-{secrets.token_hex(4)}",
            Description="",
            Type="SERVICE_CONTROL_POLICY",
            Content=policy(*statements),
        )["Policy"]["PolicySummary"]["Id"]
        self.api.attach_policy(PolicyId=made, TargetId=target)
        return str(made)

    def told(self, accounts: list[str]) -> int:
        """Say again which accounts are members; the status."""
        content = {"id": self.id, "accounts": accounts, "management": self.management, "root": self.root}
        return self.aws.ask("POST", "/_mlops-stages/organization", content)[0]


@pytest.fixture
def organization(local_aws: LocalAws) -> Organization:
    management, member, other = (str(100_000_000_000 + secrets.randbelow(800_000_000_000)) for _ in range(3))
    made = Organization(
        aws=local_aws,
        id=f"o-{secrets.token_hex(6)}",
        root=f"r-{secrets.token_hex(3)}",
        management=management,
        member=member,
        other=other,
    )
    assert made.told([member, other]) == 200
    return made


def test_every_member_sees_the_same_organization(organization: Organization) -> None:
    for account in (organization.management, organization.member):
        seen = organization.client("organizations", account).describe_organization()["Organization"]
        assert (seen["Id"], seen["MasterAccountId"]) == (organization.id, organization.management)
    (root,) = organization.api.list_roots()["Roots"]
    assert root["Id"] == organization.root
    listed = {account["Id"] for account in organization.api.list_accounts()["Accounts"]}
    assert listed == {organization.management, organization.member, organization.other}


def test_an_account_of_no_organization_is_told_so(local_aws: LocalAws, account: str) -> None:
    refusal(local_aws.client("organizations", account).describe_organization, code="AWSOrganizationsNotInUse")


def test_a_member_changes_nothing(organization: Organization) -> None:
    api = organization.client("organizations", organization.member)
    refusal(lambda: api.create_organizational_unit(ParentId=organization.root, Name="mine"))
    refusal(api.list_roots)


def test_an_operation_that_is_not_emulated_is_told_so(organization: Organization) -> None:
    refusal(organization.api.list_handshakes_for_organization, code="NotImplemented")


def test_units_hold_accounts(organization: Organization) -> None:
    api, member = organization.api, organization.member
    unit = api.create_organizational_unit(ParentId=organization.root, Name="work")["OrganizationalUnit"]["Id"]
    api.move_account(AccountId=member, SourceParentId=organization.root, DestinationParentId=unit)
    assert [each["Id"] for each in api.list_accounts_for_parent(ParentId=unit)["Accounts"]] == [member]
    assert api.list_parents(ChildId=member)["Parents"] == [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]
    assert api.list_children(ParentId=unit, ChildType="ACCOUNT")["Children"] == [{"Id": member, "Type": "ACCOUNT"}]
    refusal(lambda: api.delete_organizational_unit(OrganizationalUnitId=unit), code="OrganizationalUnitNotEmpty")
    again = api.create_organizational_unit
    refusal(lambda: again(ParentId=organization.root, Name="work"), code="DuplicateOrganizationalUnit")
    api.move_account(AccountId=member, SourceParentId=unit, DestinationParentId=organization.root)
    api.delete_organizational_unit(OrganizationalUnitId=unit)
    refusal(lambda: api.describe_organizational_unit(OrganizationalUnitId=unit), code="OrganizationalUnitNotFound")


def test_what_is_said_again_keeps_units_and_policies(organization: Organization) -> None:
    unit = organization.api.create_organizational_unit(ParentId=organization.root, Name="kept")["OrganizationalUnit"]
    forbidding = organization.forbid(organization.member, deny("s3:CreateBucket"))
    organization.told([organization.member])
    assert organization.api.describe_organizational_unit(OrganizationalUnitId=unit["Id"])["OrganizationalUnit"] == unit
    attached = organization.api.list_policies_for_target(TargetId=organization.member, Filter="SERVICE_CONTROL_POLICY")
    assert {each["Id"] for each in attached["Policies"]} == {FULL, forbidding}
    assert organization.other not in {each["Id"] for each in organization.api.list_accounts()["Accounts"]}


def test_a_root_that_is_none_is_refused(local_aws: LocalAws) -> None:
    content: dict[str, Any] = {"id": "o-0123456789", "accounts": [], "management": "111111111111", "root": "everything"}
    assert local_aws.ask("POST", "/_mlops-stages/organization", content)[0] == 400


def test_a_policy_over_the_size_is_refused(organization: Organization) -> None:
    message = refusal(
        lambda: organization.forbid(organization.member, deny(*(f"s3:{'x' * 50}{n}" for n in range(100)))),
        code="ConstraintViolation",
    )
    assert "5120" in message


def test_a_policy_without_statements_is_refused(organization: Organization) -> None:
    made = {"Name": "none", "Description": "", "Type": "SERVICE_CONTROL_POLICY"}
    refusal(lambda: organization.api.create_policy(**made, Content=json.dumps({})), code="MalformedPolicyDocument")
    refusal(lambda: organization.api.create_policy(**made, Content="{"), code="MalformedPolicyDocument")


def test_a_sixth_policy_on_one_target_is_refused(organization: Organization) -> None:
    for _ in range(4):
        organization.forbid(organization.member, deny("s3:CreateBucket"))
    refusal(lambda: organization.forbid(organization.member, deny("s3:CreateBucket")), code="ConstraintViolation")


def test_a_policy_in_use_stays_and_the_last_one_cannot_be_taken_off(organization: Organization) -> None:
    made = organization.forbid(organization.member, deny("s3:CreateBucket"))
    refusal(lambda: organization.api.delete_policy(PolicyId=made), code="PolicyInUse")
    organization.api.detach_policy(PolicyId=made, TargetId=organization.member)
    organization.api.delete_policy(PolicyId=made)
    last = {"PolicyId": FULL, "TargetId": organization.member}
    refusal(lambda: organization.api.detach_policy(**last), code="ConstraintViolation")


@pytest.mark.parametrize("above", ["account", "unit", "root"])
def test_a_policy_at_any_level_limits_the_administrators_below_it(organization: Organization, above: str) -> None:
    member = organization.member
    unit = organization.api.create_organizational_unit(ParentId=organization.root, Name="work")["OrganizationalUnit"]
    where = {"SourceParentId": organization.root, "DestinationParentId": unit["Id"]}
    organization.api.move_account(AccountId=member, **where)
    administrator = organization.aws.as_role(member, allow("*"))
    organization.forbid({"account": member, "unit": unit["Id"], "root": organization.root}[above], deny("s3:Create*"))
    for who in (administrator, member):  # a member's root is no exception
        message = refusal(lambda who=who: organization.client("s3", who).list_buckets() and _bucket(organization, who))
        assert "explicit deny in a service control policy" in message
        organization.client("s3", who).list_buckets()


def _bucket(organization: Organization, who: Credentials | str) -> object:
    return organization.client("s3", who).create_bucket(
        Bucket=f"bucket-{secrets.token_hex(6)}", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )


def test_other_accounts_and_the_management_account_are_not_limited(organization: Organization) -> None:
    organization.forbid(organization.member, deny("s3:CreateBucket"))
    organization.forbid(organization.management, deny("s3:CreateBucket"))
    _bucket(organization, organization.other)
    _bucket(organization, organization.management)


def test_what_no_policy_of_a_level_allows_is_refused(organization: Organization) -> None:
    organization.forbid(organization.member, allow("s3:ListAllMyBuckets"))
    organization.api.detach_policy(PolicyId=FULL, TargetId=organization.member)
    organization.client("s3", organization.member).list_buckets()
    message = refusal(lambda: _bucket(organization, organization.member))
    assert "no service control policy allows the s3:CreateBucket action" in message


def test_a_policy_taken_off_limits_nobody(organization: Organization) -> None:
    made = organization.forbid(organization.member, deny("s3:CreateBucket"))
    organization.api.detach_policy(PolicyId=made, TargetId=organization.member)
    _bucket(organization, organization.member)


def test_services_that_are_forwarded_are_limited_too(organization: Organization) -> None:
    organization.forbid(organization.member, deny("sagemaker:ListModels"), deny("ce:GetAnomalyMonitors"))
    administrator = organization.aws.as_role(organization.member, allow("*"))
    for who in (administrator, organization.member):
        refusal(organization.client("sagemaker", who).list_models)
        refusal(organization.client("ce", who).get_anomaly_monitors)
        organization.client("sagemaker", who).list_training_jobs()


def test_a_policy_asks_for_the_principal_and_the_region(organization: Organization) -> None:
    exempt = organization.aws.role(organization.member, allow("*"))
    condition = {
        "StringEquals": {"aws:RequestedRegion": "eu-west-1"},
        "ArnNotLike": {"aws:PrincipalArn": exempt},
    }
    organization.forbid(organization.member, deny("sns:CreateTopic", when=condition))
    administrator = organization.aws.as_role(organization.member, allow("*"))
    refusal(lambda: organization.client("sns", administrator).create_topic(Name="here"), code="Authorization")
    organization.aws.client("sns", administrator, region="eu-central-1").create_topic(Name="there")
    organization.client("sns", organization.aws.assume(exempt)).create_topic(Name="here")


def test_service_linked_roles_are_exempt(organization: Organization) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{organization.member}:root"},
        "Action": "sts:AssumeRole",
    }
    path = "/aws-service-role/sagemaker.amazonaws.com/"
    linked = organization.aws.role(organization.member, allow("*"), trust=trust, Path=path)
    session = organization.aws.assume(linked)
    organization.forbid(organization.member, deny("s3:CreateBucket"))
    _bucket(organization, session)


def test_a_member_that_leaves_is_no_longer_limited_unless_it_may_not_leave(organization: Organization) -> None:
    organization.forbid(organization.member, deny("organizations:LeaveOrganization"))
    organization.forbid(organization.other, deny("s3:CreateBucket"))
    refusal(organization.client("organizations", organization.member).leave_organization)
    organization.client("organizations", organization.other).leave_organization()
    _bucket(organization, organization.other)

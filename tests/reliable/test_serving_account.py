"""ServingAccount: where models serve, without a way out."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.initial import ImportedNetworkOptions, OwnNetworkOptions
from mlops_stages.reliable import ServingAccount, serving_actions
from mlops_stages.reliable.serving_account import actions_in_use
from tests.foundation.built import Built, built
from tests.reliable.serving import HERE, OWNER, SERVED


def an_account(stack: Stack, id: str = "Account", **options: Any) -> ServingAccount:  # noqa: ANN401
    """The production account."""
    given: dict[str, Any] = {
        "platform": "acme",
        "environment": "production",
        "owner": OWNER,
        "perimeter": HERE,
        "network": OwnNetworkOptions(),
    }
    return ServingAccount(stack, id, **{**given, **options})


@pytest.fixture(scope="module")
def found() -> Built:
    return built(an_account)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_boundary_is_of_exactly_the_actions_in_use(found: Built) -> None:
    (boundary,) = [p for p in found.all("AWS::IAM::ManagedPolicy") if p.get("ManagedPolicyName")]
    assert boundary["ManagedPolicyName"] == "acme-production-boundary"
    actions = {action for each in boundary["PolicyDocument"]["Statement"] for action in each["Action"]}
    assert actions == set(actions_in_use())
    assert set(serving_actions(SERVED)) <= actions


def test_nobody_in_the_account_trains_registers_approves_or_makes_roles() -> None:
    wrong = {"CreateTrainingJob", "CreateModelPackage", "UpdateModelPackage", "CreateRole", "PutKeyPolicy"}
    assert {action.split(":")[1] for action in actions_in_use()}.isdisjoint(wrong)


def test_only_s3_is_reached_from_the_network(found: Built) -> None:
    endpoint = found.one("AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert not {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route"} & found.types.keys()


def test_every_role_is_under_the_boundary(found: Built) -> None:
    assert all("PermissionsBoundary" in role for role in found.all("AWS::IAM::Role"))


def test_an_existing_network_is_used() -> None:
    options = ImportedNetworkOptions(vpc_id="vpc-1", subnet_ids=["subnet-1", "subnet-2"])
    assert "AWS::EC2::VPC" not in built(lambda stack: an_account(stack, network=options)).types


def test_staging_and_production_in_one_account_share_no_name() -> None:
    def both(stack: Stack) -> None:
        an_account(stack)
        an_account(stack, "Staging", environment="staging", with_audit_trail=False)

    found = built(both)
    assert found.findings == ()
    assert found.types["AWS::CloudTrail::Trail"] == 1
    aliases = [each["AliasName"] for each in found.all("AWS::KMS::Alias")]
    policies = [name for each in found.all("AWS::IAM::ManagedPolicy") if (name := each.get("ManagedPolicyName"))]
    assert len({*aliases}) == len(aliases) == 3
    assert sorted(policies) == ["acme-production-boundary", "acme-staging-boundary"]


def test_an_account_in_no_organization_is_one_too() -> None:
    assert built(lambda stack: an_account(stack, perimeter=replace(HERE, organization_id=None))).findings == ()

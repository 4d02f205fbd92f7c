"""DevelopmentAccount: where pipelines train, without a way out."""

from dataclasses import replace

import pytest

from mlops_stages.initial import ImportedNetworkOptions
from mlops_stages.repeatable.development_account import actions_in_use
from tests.foundation.built import Built, built, refused
from tests.repeatable.development import ADDRESSES, ALONE, ONE_ACCOUNT, an_account


@pytest.fixture(scope="module")
def found() -> Built:
    return built(an_account)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_boundary_is_of_exactly_the_actions_in_use(found: Built) -> None:
    (boundary,) = [p for p in found.all("AWS::IAM::ManagedPolicy") if p.get("ManagedPolicyName")]
    assert boundary["ManagedPolicyName"] == "acme-development-boundary"
    actions = {action for each in boundary["PolicyDocument"]["Statement"] for action in each["Action"]}
    assert actions == set(actions_in_use())


def test_nobody_in_the_account_may_change_a_pipeline_or_approve() -> None:
    assert not [
        action
        for action in actions_in_use()
        if action.split(":")[1] in {"CreatePipeline", "UpdatePipeline", "DeletePipeline", "UpdateModelPackage"}
    ]


def test_only_s3_is_reached_from_the_network(found: Built) -> None:
    endpoint = found.one("AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert not {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route"} & found.types.keys()


def test_every_role_is_under_the_boundary(found: Built) -> None:
    assert all("PermissionsBoundary" in role for role in found.all("AWS::IAM::Role"))


def test_an_account_of_several_purposes_has_one_trail() -> None:
    assert "AWS::CloudTrail::Trail" not in built(lambda stack: an_account(stack, with_audit_trail=False)).types


def test_an_existing_network_is_used() -> None:
    options = ImportedNetworkOptions(vpc_id="vpc-1", subnet_ids=["subnet-1", "subnet-2"])
    types = built(lambda stack: an_account(stack, network=options)).types
    assert "AWS::EC2::VPC" not in types


def test_one_account_for_all_purposes_is_an_organization_too() -> None:
    assert built(lambda stack: an_account(stack, addresses=ONE_ACCOUNT, perimeter=ALONE)).findings == ()


def test_addresses_of_another_account_are_refused() -> None:
    elsewhere = replace(ADDRESSES, development="999999999999")
    message, created = refused(lambda stack: an_account(stack, addresses=elsewhere))
    assert message.startswith("REP-084: ")
    assert created == []

"""PermissionsBoundary: the named actions, in the home region, and nothing else."""

import pytest

from mlops_stages.foundation import Perimeter, PermissionsBoundary, all_actions
from tests.foundation.built import HERE, Built, built, refused
from tests.foundation.judge import Caller

ACTIONS = ("s3:GetObject", "sagemaker:CreateModel", "iam:PassRole", "ce:GetCostAndUsage", "sts:GetCallerIdentity")


def boundary(*actions: str) -> Built:
    return built(
        lambda stack: PermissionsBoundary(stack, "Boundary", perimeter=HERE, name="acme-boundary", actions=actions)
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return boundary(*ACTIONS)


@pytest.fixture(scope="module")
def administrator(found: Built) -> Caller:
    """Someone who was given everything by mistake."""
    everything = {"Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return Caller(policies=[everything], boundary=found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"])


@pytest.mark.parametrize("action", ACTIONS)
def test_a_named_action_passes(administrator: Caller, action: str) -> None:
    assert administrator.may(action)


@pytest.mark.parametrize("action", ["iam:CreateUser", "s3:DeleteBucket", "kms:ScheduleKeyDeletion", "s3:GetObjectAcl"])
def test_what_is_not_named_is_refused_even_to_an_administrator(administrator: Caller, action: str) -> None:
    assert not administrator.may(action)


def test_another_region_is_refused_but_to_global_services(administrator: Caller) -> None:
    assert not administrator.may("s3:GetObject", region="us-east-1")
    assert not administrator.may("sagemaker:CreateModel", region="us-east-1")
    assert administrator.may("iam:PassRole", region="us-east-1")
    assert administrator.may("ce:GetCostAndUsage", region="us-east-1")


def test_events_of_global_services_are_looked_up_where_they_are_kept() -> None:
    """IAM, STS and the sign-in record in us-east-1, wherever the home region is."""
    document = boundary("cloudtrail:LookupEvents", "s3:GetObject").one("AWS::IAM::ManagedPolicy")["PolicyDocument"]
    everything = {"Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}]}
    auditor = Caller(policies=[everything], boundary=document)
    assert auditor.may("cloudtrail:LookupEvents")
    assert auditor.may("cloudtrail:LookupEvents", region="us-east-1")
    assert not auditor.may("cloudtrail:LookupEvents", region="us-west-2")
    assert not auditor.may("s3:GetObject", region="us-east-1")


@pytest.mark.parametrize(
    ("partition", "region"), [("aws", "us-east-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-iso-e", "eu-isoe-west-1")]
)
def test_where_global_events_are_at_home_or_nobody_says_where_home_is_enough(partition: str, region: str) -> None:
    here = Perimeter(partition=partition, account="111111111111", region=region)
    found = built(
        lambda stack: PermissionsBoundary(
            stack, "Boundary", perimeter=here, name="acme-boundary", actions=["cloudtrail:LookupEvents"]
        )
    )
    (statement,) = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": region}}


def test_a_boundary_of_home_services_only_has_one_statement() -> None:
    document = boundary("s3:GetObject", "s3:GetObject").one("AWS::IAM::ManagedPolicy")["PolicyDocument"]
    (statement,) = document["Statement"]
    assert statement["Action"] == ["s3:GetObject"]


def test_it_has_the_given_name(found: Built) -> None:
    assert found.one("AWS::IAM::ManagedPolicy")["ManagedPolicyName"] == "acme-boundary"
    assert found.types == {"AWS::IAM::ManagedPolicy": 1}


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_every_action_of_every_persona_fits_into_one() -> None:
    assert boundary(*all_actions()).findings == ()


@pytest.mark.parametrize("wild", ["s3:*", "*", "s3:Get*"])
def test_a_wildcard_is_refused(wild: str) -> None:
    message, created = refused(
        lambda stack: PermissionsBoundary(stack, "Boundary", perimeter=HERE, name="b", actions=["s3:GetObject", wild])
    )
    assert message.startswith("FND-030")
    assert wild in message
    assert created == []


def test_more_than_iam_takes_is_refused() -> None:
    many = [f"sagemaker:CreateSomethingLong{number}" for number in range(300)]
    message, created = refused(
        lambda stack: PermissionsBoundary(stack, "Boundary", perimeter=HERE, name="b", actions=many)
    )
    assert message.startswith("FND-031")
    assert created == []

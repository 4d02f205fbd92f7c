"""Each construct alone, in a stack that knows neither its account nor its region, as in someone else's CDK app."""

import json
from collections.abc import Callable, Mapping

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import AccessLogBucket, AlarmTopic, IamSignIn, Perimeter, RetainedBucket
from mlops_stages.initial import (
    AccountParts,
    AuditTrail,
    Budget,
    CostAnomalyWatch,
    ExperimentationAccount,
    ExperimentTracking,
    LandingZone,
    OwnNetworkOptions,
    SecurityAlarms,
    StudioDomain,
    StudioOptions,
    TeamBudget,
    TeamWorkspace,
)
from mlops_stages.platform import DataClassification
from tests.foundation.built import BOUNDARY, NETWORK, Built, a_key, built
from tests.initial.given import PEOPLE

Make = Callable[[Stack, Perimeter], object]
OWNER = "platform@acme.example"


def audit_trail(stack: Stack, here: Perimeter) -> None:
    logs = AccessLogBucket(stack, "Logs", perimeter=here).bucket
    AuditTrail(stack, "Trail", name="acme", perimeter=here, access_log_bucket=logs, permissions_boundary_arn=BOUNDARY)


def tracking(stack: Stack, here: Perimeter) -> None:
    logs = AccessLogBucket(stack, "Logs", perimeter=here).bucket
    bucket = RetainedBucket(stack, "Bucket", key=a_key(stack, here), perimeter=here, access_log_bucket=logs)
    ExperimentTracking(stack, "Tracking", perimeter=here, name="acme", bucket=bucket, permissions_boundary_arn=BOUNDARY)


def account(stack: Stack, here: Perimeter) -> None:
    ExperimentationAccount(
        stack,
        "Account",
        platform="acme",
        owner=OWNER,
        perimeter=here,
        network=OwnNetworkOptions(),
        studio=StudioOptions(instance_types=["ml.t3.medium"]),
        sign_in=IamSignIn(account=here.account),
    )


def landing_zone(stack: Stack, here: Perimeter) -> None:
    LandingZone(
        stack,
        "Data",
        platform="acme",
        team="fraud",
        classifications=list(DataClassification),
        perimeter=here,
        access_log_bucket=AccessLogBucket(stack, "Logs", perimeter=here).bucket,
    )


def alarms(stack: Stack, here: Perimeter) -> None:
    topic = AlarmTopic(stack, "Topic", perimeter=here, key_arn=a_key(stack, here).key_arn, owners=[OWNER])
    SecurityAlarms(
        stack, "Alarms", platform="acme", log_group_name="trail", topic=topic, permissions_boundary_arn=BOUNDARY
    )


def domain(stack: Stack, here: Perimeter) -> None:
    StudioDomain(
        stack,
        "Studio",
        perimeter=here,
        name="acme",
        network=NETWORK,
        key=a_key(stack, here),
        permissions_boundary_arn=BOUNDARY,
    )


def team(stack: Stack, here: Perimeter) -> None:
    parts = AccountParts(
        domain_id="d-abcdefghijkl",
        permissions_boundary_arn=BOUNDARY,
        access_log_bucket=AccessLogBucket(stack, "Logs", perimeter=here).bucket,
        perimeter=here,
        sign_in=IamSignIn(account=here.account),
    )
    TeamWorkspace(
        stack,
        "Team",
        platform="acme",
        team="fraud",
        people=PEOPLE,
        classifications=[DataClassification.INTERNAL],
        budget=Budget(monthly_usd=1, notify=[OWNER]),
        account=parts,
    )


CONSTRUCTS: Mapping[str, Make] = {
    "AuditTrail": audit_trail,
    "CostAnomalyWatch": lambda s, _: CostAnomalyWatch(s, "Watch", name="acme", owner=OWNER),
    "ExperimentTracking": tracking,
    "ExperimentationAccount": account,
    "LandingZone": landing_zone,
    "SecurityAlarms": alarms,
    "StudioDomain": domain,
    "TeamBudget": lambda s, _: TeamBudget(s, "B", name="acme", team="fraud", monthly_usd=1, notify=[OWNER]),
    "TeamWorkspace, StudioProfile": team,
}


@pytest.fixture(scope="module", params=CONSTRUCTS)
def alone(request: pytest.FixtureRequest) -> Built:
    """The construct in a stack of its own, where account, region and partition are references."""
    make = CONSTRUCTS[str(request.param)]
    return built(lambda stack: make(stack, Perimeter.of(stack)))


def test_the_packs_and_cloudformation_find_nothing(alone: Built) -> None:
    assert alone.findings == ()


def test_no_partition_account_or_region_is_written_down(alone: Built) -> None:
    given = json.dumps(alone.body).replace(BOUNDARY, "")
    for literal in ("arn:aws:", "111111111111", "eu-west-1", "us-east-1"):
        assert literal not in given


def test_no_reference_is_left_unresolved(alone: Built) -> None:
    assert "${Token[" not in json.dumps(alone.body)


def test_there_is_no_custom_resource_and_no_function(alone: Built) -> None:
    assert not [kind for kind in alone.types if kind.startswith(("Custom::", "AWS::CloudFormation::", "AWS::Lambda::"))]


def test_every_role_is_under_the_boundary(alone: Built) -> None:
    assert all(role.get("PermissionsBoundary") for role in alone.all("AWS::IAM::Role"))

"""ExperimentationAccount: all of an account in one construct, secure with no option given."""

from collections.abc import Mapping, Sequence

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IdentityCenterSignIn, SignIn
from mlops_stages.initial import (
    ExperimentationAccount,
    GivenFromOutside,
    ImportedNetworkOptions,
    OwnNetworkOptions,
    StudioOptions,
)
from mlops_stages.initial.experimentation_account import actions_in_use
from tests.foundation.built import HERE, NETWORK, Built, built
from tests.initial.given import BY_IAM

OWNER = "platform@acme.example"
GIVEN_BOUNDARY = "arn:aws:iam::111111111111:policy/ControlTowerBoundary"
IMPORTED = ImportedNetworkOptions(vpc_id=NETWORK.vpc_id, subnet_ids=NETWORK.subnet_ids)


def account(
    stack: Stack,
    *,
    network: OwnNetworkOptions | ImportedNetworkOptions | None = None,
    sign_in: SignIn = BY_IAM,
    given: GivenFromOutside | None = None,
    beyond: Sequence[str] = (),
) -> ExperimentationAccount:
    return ExperimentationAccount(
        stack,
        "Account",
        platform="acme",
        owner=OWNER,
        perimeter=HERE,
        network=network if network is not None else OwnNetworkOptions(),
        studio=StudioOptions(instance_types=["ml.t3.medium"]),
        sign_in=sign_in,
        given=given,
        beyond=beyond,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    """An account with no option given."""
    return built(account)


@pytest.fixture(scope="module")
def imported() -> Built:
    """An account with everything from outside."""
    given = GivenFromOutside(
        permissions_boundary_arn=GIVEN_BOUNDARY,
        access_log_bucket="central-logs",
        cost_anomaly_monitor_arn="arn:aws:ce::111111111111:anomalymonitor/11111111-2222-3333-4444-555555555555",
    )
    return built(lambda stack: account(stack, network=IMPORTED, given=given))


def test_the_packs_find_nothing(found: Built, imported: Built) -> None:
    assert found.findings == imported.findings == ()


def test_it_has_one_of_each(found: Built) -> None:
    expected = {
        "AWS::CE::AnomalyMonitor": 1,
        "AWS::CloudTrail::Trail": 1,
        "AWS::EC2::VPC": 1,
        "AWS::SNS::Topic": 1,
        "AWS::SageMaker::Domain": 1,
    }
    assert {kind: found.types[kind] for kind in expected} == expected


def test_the_network_is_a_16_in_two_zones_unless_asked_for_otherwise(found: Built) -> None:
    assert found.one("AWS::EC2::VPC")["CidrBlock"] == "10.20.0.0/16"
    assert found.types["AWS::EC2::Subnet"] == 2


def test_studio_lies_in_the_network(found: Built) -> None:
    domain = found.one("AWS::SageMaker::Domain")
    (vpc,) = found.resources("AWS::EC2::VPC")
    assert domain["VpcId"] == {"Ref": vpc}
    assert [subnet["Ref"] for subnet in domain["SubnetIds"]] == list(found.resources("AWS::EC2::Subnet"))


def test_studios_endpoints_reach_sts_so_that_sdks_know_who_they_are(found: Built) -> None:
    services = {endpoint["ServiceName"] for endpoint in found.all("AWS::EC2::VPCEndpoint")}
    assert "com.amazonaws.eu-west-1.sts" in services


def test_every_role_is_under_the_boundary(found: Built) -> None:
    (boundary,) = [name for name in found.resources("AWS::IAM::ManagedPolicy") if "Boundary" in name]
    assert [role["PermissionsBoundary"] for role in found.all("AWS::IAM::Role")] == [{"Ref": boundary}] * 3


def test_every_action_of_a_role_is_within_the_boundary(found: Built) -> None:
    policies: Mapping[str, set[str]] = {
        name: {action for s in r["Properties"]["PolicyDocument"]["Statement"] for action in s["Action"]}
        for name, r in found.resources("AWS::IAM::ManagedPolicy").items()
    }
    (boundary,) = [actions for name, actions in policies.items() if "Boundary" in name]
    assert boundary == set(actions_in_use())


def test_what_people_do_in_other_accounts_is_within_the_boundary_and_has_an_endpoint() -> None:
    more = built(lambda stack: account(stack, beyond=["glue:GetTable"]))
    (boundary,) = [p for p in more.all("AWS::IAM::ManagedPolicy") if p.get("ManagedPolicyName") == "acme-boundary"]
    assert "glue:GetTable" in str(boundary)
    (glue,) = [e for e in more.all("AWS::EC2::VPCEndpoint") if e["ServiceName"].endswith(".glue")]
    assert "glue:GetTable" in str(glue["PolicyDocument"])


def test_the_owner_hears_of_alarms_and_of_unusual_costs(found: Built) -> None:
    assert found.one("AWS::SNS::Subscription")["Endpoint"] == OWNER
    assert found.one("AWS::CE::AnomalySubscription")["Subscribers"][0]["Address"] == OWNER


def test_keys_are_apart_for_trail_operations_and_studio(found: Built) -> None:
    names = {alias["AliasName"] for alias in found.all("AWS::KMS::Alias")}
    assert names == {"alias/acme-audit", "alias/acme/operations", "alias/acme/studio"}


def test_every_bucket_logs_but_the_one_for_logs(found: Built) -> None:
    silent = [n for n, r in found.resources("AWS::S3::Bucket").items() if "LoggingConfiguration" not in r["Properties"]]
    assert len(silent) == 1
    assert "AccessLogs" in silent[0]


def test_what_comes_from_outside_is_used_and_not_made(imported: Built) -> None:
    made = {"AWS::EC2::VPC", "AWS::EC2::VPCEndpoint", "AWS::EC2::FlowLog", "AWS::CE::AnomalyMonitor"}
    assert not made & imported.types.keys()
    assert {role["PermissionsBoundary"] for role in imported.all("AWS::IAM::Role")} == {GIVEN_BOUNDARY}
    assert not [p for p in imported.all("AWS::IAM::ManagedPolicy") if p.get("ManagedPolicyName") == "acme-boundary"]
    bucket = imported.one("AWS::S3::Bucket")
    assert bucket["LoggingConfiguration"]["DestinationBucketName"] == "central-logs"


def test_studio_lies_in_the_imported_network(imported: Built) -> None:
    domain = imported.one("AWS::SageMaker::Domain")
    assert domain["VpcId"] == NETWORK.vpc_id
    assert domain["SubnetIds"] == list(NETWORK.subnet_ids)
    assert domain["AppNetworkAccessType"] == "VpcOnly"


def test_jobs_are_bound_to_the_imported_network(imported: Built) -> None:
    (jobs,) = [
        p for p in imported.all("AWS::IAM::ManagedPolicy") if p.get("ManagedPolicyName") == "acme-run-isolated-jobs"
    ]
    (run, *_) = jobs["PolicyDocument"]["Statement"]
    assert run["Condition"]["ForAllValues:StringEquals"]["sagemaker:VpcSubnets"] == list(NETWORK.subnet_ids)


def test_the_domains_sign_in_follows_the_platforms(found: Built) -> None:
    by_identity_center = built(lambda stack: account(stack, sign_in=IdentityCenterSignIn()))
    assert found.one("AWS::SageMaker::Domain")["AuthMode"] == "IAM"
    assert by_identity_center.one("AWS::SageMaker::Domain")["AuthMode"] == "SSO"


def test_its_parts_are_handed_to_teams() -> None:
    def make(stack: Stack) -> None:
        made = account(stack, network=IMPORTED)
        assert made.network.vpc_id == NETWORK.vpc_id
        assert made.alarm_topic.owners == (OWNER,)
        assert stack.resolve(made.domain_id)["Fn::GetAtt"][1] == "DomainId"
        assert stack.resolve(made.permissions_boundary_arn)
        assert stack.resolve(made.access_log_bucket.bucket_name)

    built(make)

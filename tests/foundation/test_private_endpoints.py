"""PrivateEndpoints: only the listed actions, of our principals, on our resources."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import Perimeter, PrivateEndpoints, all_actions
from mlops_stages.foundation.private_endpoints import INTERFACE_ENDPOINTS
from tests.foundation.built import ACCOUNT, ALONE, HERE, NETWORK, ORGANIZATION, Built, Json, built, refused
from tests.foundation.judge import Caller, Service

ACTIONS = (*all_actions(), "s3:GetObject", "s3:PutObject", "sts:GetCallerIdentity")
US = Caller()
STRANGER = Caller(account="999999999999", organization="o-stranger00")
NEIGHBOUR = Caller(account="232323232323")
"""Of another account of the organization, which is none of the platform's."""
SERVICE = Service(principal="sagemaker.amazonaws.com")
DATA, TOOLING_OF_ANOTHER_PLATFORM = "444444444444", "232323232323"
PLATFORM = replace(HERE, platform_accounts=(ACCOUNT, DATA))
OURS = {"aws__ResourceAccount": ACCOUNT, "aws__ResourceOrgID": ORGANIZATION}
THEIRS = {"aws__ResourceAccount": "999999999999", "aws__ResourceOrgID": "o-stranger00"}
OF_THE_ORGANIZATION = {"aws__ResourceAccount": TOOLING_OF_ANOTHER_PLATFORM, "aws__ResourceOrgID": ORGANIZATION}
OF_SAGEMAKER = {"aws__ResourceAccount": "141502667606"}


def made(
    stack: Stack, *actions: str, perimeter: Perimeter = HERE, tracking_service: str | None = None
) -> PrivateEndpoints:
    return PrivateEndpoints(
        stack,
        "Endpoints",
        vpc_id=NETWORK.vpc_id,
        cidr="10.20.0.0/16",
        subnet_ids=NETWORK.subnet_ids,
        route_table_ids=["rtb-0123456789abcdef0"],
        perimeter=perimeter,
        actions=actions,
        tracking_service=tracking_service,
    )


def endpoints(*actions: str, perimeter: Perimeter = HERE) -> Built:
    return built(lambda stack: made(stack, *actions, perimeter=perimeter))


@pytest.fixture(scope="module")
def found() -> Built:
    return endpoints(*ACTIONS)


def services(found: Built) -> set[str]:
    return {e["ServiceName"] for e in found.all("AWS::EC2::VPCEndpoint")}


def policy(found: Built, service: str) -> Json:
    (endpoint,) = [e for e in found.all("AWS::EC2::VPCEndpoint") if e["ServiceName"].endswith(service)]
    return endpoint["PolicyDocument"]


def test_every_service_that_studio_needs_has_an_endpoint(found: Built) -> None:
    needed = {e.service for e in INTERFACE_ENDPOINTS if e.id not in ("Glue", "SageMakerFeatures")}
    assert services(found) == {name.replace("{region}", "eu-west-1") for name in needed} | {
        "com.amazonaws.eu-west-1.s3"
    }


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("sagemaker:CreateProcessingJob", []),
        ("sagemaker:GetRecord", ["com.amazonaws.eu-west-1.sagemaker.featurestore-runtime"]),
        ("sagemaker:InvokeEndpoint", ["com.amazonaws.eu-west-1.sagemaker.runtime"]),
        ("sagemaker:CallMlflowAppApi", ["aws.sagemaker.eu-west-1.experiments"]),
    ],
)
def test_a_service_with_several_endpoints_has_those_that_are_used(action: str, expected: list[str]) -> None:
    assert services(endpoints(action)) == {"com.amazonaws.eu-west-1.sagemaker.api", *expected}


def test_mlflow_is_reached_by_the_service_that_is_named() -> None:
    service = "aws.sagemaker.eu-west-1.mlflow-app"
    found = built(lambda stack: made(stack, "sagemaker:CallMlflowAppApi", tracking_service=service))
    assert services(found) == {"com.amazonaws.eu-west-1.sagemaker.api", service}


def test_a_service_for_mlflow_where_nobody_uses_it_is_refused() -> None:
    message, created = refused(lambda stack: made(stack, "kms:Decrypt", tracking_service="aws.sagemaker.eu-west-1.x"))
    assert message.startswith("FND-023: Endpoints: ")
    assert created == []


def test_interface_endpoints_answer_by_their_usual_names_in_every_subnet(found: Built) -> None:
    for endpoint in found.all("AWS::EC2::VPCEndpoint"):
        if endpoint["VpcEndpointType"] == "Interface":
            assert endpoint["PrivateDnsEnabled"] is True
            assert endpoint["SubnetIds"] == list(NETWORK.subnet_ids)
            assert len(endpoint["SecurityGroupIds"]) == 1


def test_s3_has_a_gateway(found: Built) -> None:
    (gateway,) = [e for e in found.all("AWS::EC2::VPCEndpoint") if e["VpcEndpointType"] == "Gateway"]
    assert gateway["RouteTableIds"] == ["rtb-0123456789abcdef0"]


def test_one_group_lets_https_in_from_the_vpc_and_nothing_out(found: Built) -> None:
    group = found.one("AWS::EC2::SecurityGroup")
    (into,), (out,) = group["SecurityGroupIngress"], group["SecurityGroupEgress"]
    assert (into["IpProtocol"], into["FromPort"], into["ToPort"], into["CidrIp"]) == ("tcp", 443, 443, "10.20.0.0/16")
    assert (out["IpProtocol"], out["CidrIp"]) == ("icmp", "255.255.255.255/32")


def test_a_service_without_an_action_has_no_endpoint() -> None:
    found = endpoints("kms:Decrypt")
    assert [e["ServiceName"] for e in found.all("AWS::EC2::VPCEndpoint")] == ["com.amazonaws.eu-west-1.kms"]


def test_no_policy_says_everything(found: Built) -> None:
    actions = [
        action
        for endpoint in found.all("AWS::EC2::VPCEndpoint")
        for statement in endpoint["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    ]
    assert [action for action in actions if "*" in action] == []


@pytest.mark.parametrize(
    ("service", "action", "resource"),
    [
        (".s3", "s3:PutObject", "arn:aws:s3:::data/file"),
        (".kms", "kms:Decrypt", "*"),
        (".sagemaker.api", "sagemaker:CreateTrainingJob", "*"),
        (".sts", "sts:GetCallerIdentity", "*"),
        (".logs", "logs:PutLogEvents", "*"),
    ],
)
def test_a_listed_action_passes_for_us_on_ours_alone(found: Built, service: str, action: str, resource: str) -> None:
    document = policy(found, service)
    assert US.passes(document, action, resource, **OURS) == "Allow"
    assert US.passes(document, action, resource, **THEIRS) == "ImplicitDeny"
    assert STRANGER.passes(document, action, resource, **OURS) == "ImplicitDeny"
    assert STRANGER.passes(document, action, resource, **THEIRS) == "ImplicitDeny"
    assert US.passes(document, action, resource, **OF_THE_ORGANIZATION) == "ImplicitDeny"
    assert NEIGHBOUR.passes(document, action, resource, **OF_THE_ORGANIZATION) == "ImplicitDeny"
    assert NEIGHBOUR.passes(document, action, resource, **OURS) == "ImplicitDeny"


def test_resources_of_the_platforms_other_accounts_pass_and_their_principals_do_not() -> None:
    document = policy(endpoints(*ACTIONS, perimeter=PLATFORM), ".s3")
    shared = {"aws__ResourceAccount": DATA}
    assert US.passes(document, "s3:GetObject", "arn:aws:s3:::data/file", **shared) == "Allow"
    assert US.passes(document, "s3:GetObject", "arn:aws:s3:::data/file", **OURS) == "Allow"
    assert Caller(account=DATA).passes(document, "s3:GetObject", "arn:aws:s3:::data/file", **OURS) == "ImplicitDeny"
    elsewhere = US.passes(document, "s3:PutObject", "arn:aws:s3:::data/file", **OF_THE_ORGANIZATION)
    assert elsewhere == "ImplicitDeny"


@pytest.mark.parametrize(
    ("service", "action"),
    [
        (".s3", "s3:DeleteBucket"),
        (".s3", "s3:PutBucketPolicy"),
        (".kms", "kms:ScheduleKeyDeletion"),
        (".sagemaker.api", "sagemaker:CreateEndpoint"),
        (".ec2", "ec2:CreateInternetGateway"),
        (".sts", "sts:AssumeRole"),
    ],
)
def test_what_is_not_listed_does_not_pass(found: Built, service: str, action: str) -> None:
    assert US.passes(policy(found, service), action, "*", **OURS) == "ImplicitDeny"


def test_images_of_aws_are_pulled_by_us_alone(found: Built) -> None:
    for service in (".ecr.api", ".ecr.dkr"):
        document = policy(found, service)
        assert US.passes(document, "ecr:BatchGetImage", "*", **OF_SAGEMAKER) == "Allow"
        assert US.passes(document, "ecr:BatchGetImage", "*", **OURS) == "Allow"
        for others in (THEIRS, OF_THE_ORGANIZATION):
            assert US.passes(document, "ecr:BatchGetImage", "*", **others) == "ImplicitDeny"
        assert US.passes(document, "ecr:PutImage", "*", **OURS) == "ImplicitDeny"
        for caller in (STRANGER, NEIGHBOUR):
            assert caller.passes(document, "ecr:BatchGetImage", "*", **OURS) == "ImplicitDeny"


def test_signing_in_to_a_registry_is_on_no_resource_and_for_us_alone(found: Built) -> None:
    document = policy(found, ".ecr.api")
    assert US.passes(document, "ecr:GetAuthorizationToken") == "Allow"
    for caller in (STRANGER, NEIGHBOUR):
        assert caller.passes(document, "ecr:GetAuthorizationToken", **OURS) == "ImplicitDeny"


def test_layers_of_images_come_from_the_bucket_of_ecr_and_nothing_goes_there(found: Built) -> None:
    layer = "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/layer"
    document = policy(found, ".s3")
    assert US.passes(document, "s3:GetObject", layer, **THEIRS) == "Allow"
    assert US.passes(document, "s3:PutObject", layer, **THEIRS) == "ImplicitDeny"
    assert US.passes(document, "s3:GetObject", "arn:aws:s3:::others/layer", **THEIRS) == "ImplicitDeny"


@pytest.mark.parametrize("service", [".s3", ".kms", ".sagemaker.api", ".sts", ".logs", ".ecr.api"])
def test_services_of_aws_pass_with_the_listed_actions_alone(found: Built, service: str) -> None:
    document = policy(found, service)
    (allowed,) = [each for each in document["Statement"] if each["Sid"] == "AllowAwsServices"]
    for action in allowed["Action"]:
        assert SERVICE.passes(document, action, "*", **THEIRS) == "Allow"
        assert STRANGER.passes(document, action, "*", **THEIRS) == "ImplicitDeny"
    listed = {action for each in document["Statement"] for action in each["Action"]}
    for action in ("s3:DeleteBucket", "kms:ScheduleKeyDeletion", "sagemaker:CreateEndpoint"):
        assert action not in listed
        assert SERVICE.passes(document, action, "*", **THEIRS) == "ImplicitDeny"


def test_nothing_is_written_to_s3_with_an_address_that_a_service_signed(found: Built) -> None:
    """Of a stranger's CloudFormation wait condition, for one: its address takes whatever is sent."""
    document = policy(found, ".s3")
    assert SERVICE.passes(document, "s3:GetObject", "*", **THEIRS) == "Allow"
    assert SERVICE.passes(document, "s3:PutObject", "*", **THEIRS) == "ImplicitDeny"


def test_without_an_organization_the_account_is_the_perimeter() -> None:
    document = policy(endpoints(*ACTIONS, perimeter=ALONE), ".kms")
    key = "arn:aws:kms:eu-west-1:111111111111:key/x"
    cases: list[tuple[Caller, dict[str, Any], str]] = [
        (US, {"resource": key}, "Allow"),
        (US, {"resource": key.replace("111111111111", "222222222222")}, "ImplicitDeny"),
        (Caller(account="222222222222"), {"resource": key}, "ImplicitDeny"),
    ]
    for caller, asked, verdict in cases:
        assert caller.passes(document, "kms:Decrypt", **asked) == verdict


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()

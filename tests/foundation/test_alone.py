"""Each construct alone, in a stack that knows neither its account nor its region, as in someone else's CDK app."""

import json
from collections.abc import Callable, Mapping

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import (
    AccessLogBucket,
    Account,
    AlarmTopic,
    CustomerManagedKey,
    EncryptedLogGroup,
    FlowLog,
    IamSignIn,
    ImportedNetwork,
    IsolatedNetwork,
    Perimeter,
    PermissionsBoundary,
    PersonaPolicies,
    PersonRole,
    PrivateEndpoints,
    RetainedBucket,
    SamlSignIn,
    ServiceRole,
    Statement,
    WorkloadSecurityGroup,
    all_actions,
)
from mlops_stages.platform import Persona
from tests.foundation.built import BOUNDARY, NETWORK, Built, a_key, built

Make = Callable[[Stack, Perimeter], object]


def bucket(stack: Stack, here: Perimeter) -> None:
    logs = AccessLogBucket(stack, "Logs", perimeter=here)
    RetainedBucket(stack, "Bucket", key=a_key(stack, here), perimeter=here, access_log_bucket=logs.bucket)


def personas(stack: Stack, here: Perimeter) -> None:
    key = CustomerManagedKey(stack, "Key", perimeter=here, alias="a", description="d", via=["sagemaker"])
    account = Account(
        platform="acme", perimeter=here, network=NETWORK, instance_types=["ml.t3.medium"], key_arn=key.key_arn
    )
    PersonaPolicies(stack, "Personas", account=account)


def person(stack: Stack, here: Perimeter, *, saml: bool) -> None:
    PersonRole(
        stack,
        "Role",
        platform="acme",
        team="fraud",
        person="ann",
        email="ann@acme.example",
        persona=Persona.DATA_SCIENTIST,
        sign_in=SamlSignIn(provider_arn="arn:aws:iam::111111111111:saml-provider/x")
        if saml
        else IamSignIn(account=here.account),
        perimeter=here,
        permissions_boundary_arn=BOUNDARY,
    )


def network(stack: Stack, here: Perimeter) -> None:
    IsolatedNetwork(
        stack,
        "Network",
        cidr="10.0.0.0/20",
        perimeter=here,
        endpoint_actions=[*all_actions(), "s3:GetObject"],
        flow_log_key=a_key(stack, here),
        permissions_boundary_arn=BOUNDARY,
    )


def endpoints(stack: Stack, here: Perimeter) -> None:
    PrivateEndpoints(
        stack,
        "Endpoints",
        vpc_id=NETWORK.vpc_id,
        cidr="10.0.0.0/20",
        subnet_ids=NETWORK.subnet_ids,
        route_table_ids=["rtb-0123456789abcdef0"],
        perimeter=here,
        actions=[*all_actions(), "s3:GetObject"],
    )


def flow_log(stack: Stack, here: Perimeter) -> None:
    key = a_key(stack, here)
    FlowLog(stack, "Log", perimeter=here, vpc_id=NETWORK.vpc_id, key=key, permissions_boundary_arn=BOUNDARY)


def service_role(stack: Stack, here: Perimeter) -> None:
    wild = Statement(sid="Logs", actions=["logs:PutLogEvents"], resources=[here.arn("logs", "x:*")], why="its own")
    ServiceRole(
        stack,
        "Role",
        perimeter=here,
        service="lambda.amazonaws.com",
        description="d",
        permissions_boundary_arn=BOUNDARY,
        statements=[wild],
    )


CONSTRUCTS: Mapping[str, Make] = {
    "AlarmTopic": lambda s, p: AlarmTopic(s, "T", perimeter=p, key_arn=a_key(s, p).key_arn, owners=["a@acme.example"]),
    "CustomerManagedKey": lambda s, p: CustomerManagedKey(s, "K", perimeter=p, alias="a", description="d", via=["s3"]),
    "EncryptedLogGroup": lambda s, p: EncryptedLogGroup(s, "G", key=a_key(s, p)),
    "FlowLog": flow_log,
    "ImportedNetwork": lambda s, _: ImportedNetwork(s, "N", vpc_id=NETWORK.vpc_id, subnet_ids=NETWORK.subnet_ids),
    "IsolatedNetwork": network,
    "PermissionsBoundary": lambda s, p: PermissionsBoundary(s, "B", perimeter=p, name="b", actions=all_actions()),
    "PersonRole, IAM": lambda s, p: person(s, p, saml=False),
    "PersonRole, SAML": lambda s, p: person(s, p, saml=True),
    "PersonaPolicies": personas,
    "PrivateEndpoints": endpoints,
    "RetainedBucket and AccessLogBucket": bucket,
    "ServiceRole": service_role,
    "WorkloadSecurityGroup": lambda s, _: WorkloadSecurityGroup(s, "W", vpc_id=NETWORK.vpc_id),
}


@pytest.fixture(scope="module", params=CONSTRUCTS)
def alone(request: pytest.FixtureRequest) -> Built:
    """The construct in a stack of its own, where account, region and partition are references."""
    make = CONSTRUCTS[str(request.param)]
    return built(lambda stack: make(stack, Perimeter.of(stack)))


def test_the_packs_and_cloudformation_find_nothing(alone: Built) -> None:
    assert alone.findings == ()


def test_no_partition_account_or_region_is_written_down(alone: Built) -> None:
    given = json.dumps(alone.body).replace(BOUNDARY, "").replace("arn:aws:iam::111111111111:saml-provider", "")
    for literal in ("arn:aws:", "111111111111", "eu-west-1", "us-east-1"):
        assert literal not in given


def test_no_reference_is_left_unresolved(alone: Built) -> None:
    assert "${Token[" not in json.dumps(alone.body)

"""A release as it is: the template of a model's endpoint, changed by parameters, under the role that releases have."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aws_cdk import Stack as CdkStack

from mlops_stages.foundation import AlarmTopic, Network, Perimeter
from mlops_stages.platform import Addresses
from mlops_stages.reliable import (
    Capture,
    CloudFormationRole,
    Instances,
    ModelEndpoint,
    Rollout,
    ServedModel,
    ServingRole,
)
from tests.foundation.built import built
from tests.local.change_sets import Release, changes
from tests.local.clients import REGION, allow, policy
from tests.local.hosting import SERVING_IMAGE, Hosting, archive, named
from tests.local.laboratory import until
from tests.local.stacks import Stack
from tests.reliable.serving import ADDRESSES, LEVEL, OWNER, SERVED

TEAM, MODEL, ENVIRONMENT = "fraud", "card-fraud", "production"
ON = Instances(type="ml.m5.large", minimum=2, maximum=4, requests_per_minute=600)
HALVES = Rollout(canary_percent=50, bake_minutes=5)


@dataclass
class Place:
    """An account that serves, releases and keeps packages: what a team has in it."""

    hosting: Hosting
    addresses: Addresses
    served: ServedModel
    key_arn: str
    boundary_arn: str

    @property
    def capture(self) -> Capture:
        """Where decisions are kept."""
        bucket = self.hosting.bucket
        return Capture(bucket_arn=f"arn:aws:s3:::{bucket}", destination=f"s3://{bucket}/capture", key_arn=self.key_arn)

    def roles(self, stack: CdkStack) -> None:
        """The role that serves and the one that CloudFormation releases under."""
        given: dict[str, Any] = {"served": self.served, "permissions_boundary_arn": self.boundary_arn}
        ServingRole(stack, "Serve", capture=self.capture, volume_key_arn=self.key_arn, **given)
        CloudFormationRole(stack, "Release", runs_on=ON, volume_key_arn=self.key_arn, **given)

    def endpoint(self, stack: CdkStack) -> None:
        """The model's own stack."""
        here = self.served.perimeter
        topic = AlarmTopic(stack, "Owner", perimeter=here, key_arn=self.key_arn, owners=[OWNER])
        ModelEndpoint(
            stack,
            "Endpoint",
            served=self.served,
            role_arn=self.addresses.serve_role(self.hosting.account, TEAM, MODEL, ENVIRONMENT),
            capacity=ON,
            rollout=HALVES,
            level=LEVEL,
            topic=topic,
            runbook="https://wiki.acme.example/card-fraud",
            log_key_arn=self.key_arn,
            volume_key_arn=self.key_arn,
            capture=self.capture,
        )

    def package(self, program: str) -> str:
        """A version whose code is the program; its ARN."""
        bucket, key = self.addresses.artifacts_bucket(TEAM), f"models/{MODEL}/{secrets.token_hex(6)}/model.tar.gz"
        self.hosting.s3.put_object(Bucket=bucket, Key=key, Body=archive({"code/serve.py": program}))
        container = {"Image": SERVING_IMAGE, "ModelDataUrl": f"s3://{bucket}/{key}"}
        content: dict[str, Any] = {"Containers": [container], "SupportedContentTypes": ["text/csv"]}
        made = self.hosting.sagemaker.create_model_package(
            ModelPackageGroupName=self.addresses.package_group(TEAM, MODEL).rpartition("/")[2],
            ModelApprovalStatus="Approved",
            InferenceSpecification={**content, "SupportedResponseMIMETypes": ["text/csv"]},
        )
        return str(made["ModelPackageArn"])


@pytest.fixture
def place(hosting: Hosting) -> Place:
    account = hosting.account
    addresses = replace(ADDRESSES, tooling=account, production=account)
    ec2, iam, kms = (hosting.aws.client(service, account) for service in ("ec2", "iam", "kms"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="serve", Description="serve", VpcId=vpc)["GroupId"]
    boundary = iam.create_policy(PolicyName="acme-production-boundary", PolicyDocument=policy(allow("*")))["Policy"]
    services = [f"logs.{REGION}.amazonaws.com", "cloudwatch.amazonaws.com", "sagemaker.amazonaws.com"]
    who = {"AWS": f"arn:aws:iam::{account}:root", "Service": services}
    key = kms.create_key(Policy=policy({**allow("kms:*"), "Principal": who}))["KeyMetadata"]
    hosting.s3.create_bucket(
        Bucket=addresses.artifacts_bucket(TEAM), CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    hosting.sagemaker.create_model_package_group(
        ModelPackageGroupName=addresses.package_group(TEAM, MODEL).rpartition("/")[2]
    )
    served = replace(
        SERVED,
        addresses=addresses,
        perimeter=Perimeter(partition="aws", account=account, region=REGION, organization_id=addresses.organization_id),
        network=Network(vpc_id=vpc, subnet_ids=(subnet,), workload_security_group_id=group),
    )
    return Place(hosting, addresses, served, str(key["Arn"]), str(boundary["Arn"]))


def test_versions_are_released_shifted_and_taken_away_by_parameters_under_the_releases_role(place: Place) -> None:
    hosting, addresses = place.hosting, place.addresses
    Stack(hosting.aws, hosting.account).create(built(place.roles).body["Resources"])
    role = addresses.cloudformation_role(TEAM, MODEL, ENVIRONMENT)
    release = Release(Stack(hosting.aws, hosting.account, name=addresses.model_stack_name(MODEL, ENVIRONMENT)))
    template = json.loads(json.dumps(built(place.endpoint).body))
    for section, name in (("Rules", "CheckBootstrapVersion"), ("Parameters", "BootstrapVersion")):
        template.get(section, {}).pop(name, None)
    release.deploy(template, create=True)
    assert hosting.sagemaker.list_endpoints()["Endpoints"] == []

    first = {"ModelPackageArn": place.package(named("one")), "ConfigName": f"{TEAM}-{MODEL}-v1"}
    proposed = release.propose(parameters=first, RoleARN=role)
    assert {action for action, *_ in changes(proposed).values()} == {"Add"}
    stack = release.execute(proposed)
    name = place.served.endpoint_name
    assert stack["RoleARN"] == role
    assert stack["Outputs"][0]["OutputValue"] == hosting.settled(name)["EndpointConfigName"]
    assert hosting.invoke(name, "x") == "one:x"

    second = {"ModelPackageArn": place.package(named("two")), "ConfigName": f"{TEAM}-{MODEL}-v2"}
    proposed = release.propose(parameters=second)
    told = changes(proposed)
    types = {name: each["Type"] for name, each in template["Resources"].items()}
    kinds = {types[logical_id]: said for logical_id, said in told.items()}
    assert kinds["AWS::SageMaker::Endpoint"] == ("Modify", "False")
    assert kinds["AWS::SageMaker::EndpointConfig"] == ("Modify", "True", "ReplaceAndRetain")
    assert kinds["AWS::SageMaker::Model"] == ("Modify", "True", "ReplaceAndRetain")
    formation = release.stack.client("cloudformation")
    formation.execute_change_set(ChangeSetName=proposed["ChangeSetId"])
    hosting.baking(name)
    state = formation.describe_stacks(StackName=release.stack.name)["Stacks"][0]["StackStatus"]
    assert state == "UPDATE_IN_PROGRESS"
    said = formation.describe_change_set(ChangeSetName=proposed["ChangeSetId"])
    assert said["ExecutionStatus"] == "EXECUTE_IN_PROGRESS"

    def arrived() -> bool:
        hosting.advance(600)
        return hosting.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"

    until(arrived)
    assert release.stack.settled(proposed["StackId"])["StackStatus"] == "UPDATE_COMPLETE"
    assert hosting.invoke(name, "x") == "two:x"

    release.deploy(parameters={"ModelPackageArn": "", "ConfigName": ""})
    kept = {each["ModelName"] for each in hosting.sagemaker.list_models()["Models"]}
    assert {each.rpartition("-")[0] for each in kept} == {f"{TEAM}-{MODEL}-v1", f"{TEAM}-{MODEL}-v2"}
    assert hosting.sagemaker.list_endpoints()["Endpoints"] == []

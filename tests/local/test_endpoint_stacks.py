"""A model's endpoint as the construct deploys it: empty, released by change sets, shifted, sent back, emptied."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk import Stack as CdkStack

from mlops_stages.foundation import CustomerManagedKey, Network
from mlops_stages.reliable import (
    CloudFormationRole,
    Instances,
    Rollout,
    ServiceLevel,
    ServingRole,
    ServingSecurityGroup,
)
from tests.foundation.built import a_key
from tests.local.clients import REGION, LocalAws, allow, policy
from tests.local.hosting import SERVING_IMAGE, archive, named, server
from tests.local.laboratory import until
from tests.local.stacks import Stack
from tests.reliable import serving

GROUP = "fraud-card-fraud"
ENDPOINT = "fraud-card-fraud-production"
Json = dict[str, Any]


@dataclass
class Production:
    """A production account with the stack of one endpoint, and the registry that its versions are in."""

    aws: LocalAws
    account: str
    tooling: str
    organization: str = field(default_factory=lambda: f"o-{secrets.token_hex(5)}")
    stack: str = "acme-production-model-card-fraud"

    def __post_init__(self) -> None:
        """Make the network, the boundary, the registry and the place of the artefacts."""
        members = {"id": self.organization, "accounts": [self.account, self.tooling]}
        assert self.aws.ask("POST", "/_mlops-stages/organization", members)[0] == 200
        given = {"tooling": self.tooling, "production": self.account, "organization_id": self.organization}
        self.addresses = replace(serving.ADDRESSES, **given)
        self.bucket = self.addresses.artifacts_bucket("fraud")
        ec2 = self.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in range(2)
        ]
        self.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
        boundary = self.client("iam").create_policy(PolicyName="acme-boundary", PolicyDocument=policy(allow("*")))
        self.boundary = boundary["Policy"]["Arn"]
        self.client("s3").create_bucket(
            Bucket=f"logs-{self.account}", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        owner = {"AWS": f"arn:aws:iam::{self.account}:root"}
        s3, registry = self.aws.client("s3", self.tooling), self.aws.client("sagemaker", self.tooling)
        s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        readable = {**allow("s3:GetObject", on=f"arn:aws:s3:::{self.bucket}/*"), "Principal": owner}
        s3.put_bucket_policy(Bucket=self.bucket, Policy=policy(readable))
        registry.create_model_package_group(ModelPackageGroupName=GROUP)
        packages = self.addresses.packages("fraud", "card-fraud")
        releasing = self.addresses.cloudformation_role("fraud", "card-fraud", "production")
        served = {
            **allow("sagemaker:CreateModel", on=packages),
            "Sid": "Serve",
            "Principal": owner,
            "Condition": {"ArnEquals": {"aws:PrincipalArn": releasing}},
        }
        registry.put_model_package_group_policy(ModelPackageGroupName=GROUP, ResourcePolicy=policy(served))

    def client(self, service: str) -> Any:  # noqa: ANN401  # a boto3 client
        return self.aws.client(service, self.account)

    def version(self, program: str) -> str:
        """Register a version whose code is the program; its package's ARN."""
        key = f"models/card-fraud/{secrets.token_hex(4)}/model.tar.gz"
        content = archive({"code/serve.py": program})
        self.aws.client("s3", self.tooling).put_object(Bucket=self.bucket, Key=key, Body=content)
        container = {"Image": SERVING_IMAGE, "ModelDataUrl": f"s3://{self.bucket}/{key}"}
        made = self.aws.client("sagemaker", self.tooling).create_model_package(
            ModelPackageGroupName=GROUP,
            ModelApprovalStatus="Approved",
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        return str(made["ModelPackageArn"])

    def deploy(self) -> None:
        """Deploy the team's part, and the model's stack with its parameters empty."""
        with tempfile.TemporaryDirectory() as directory:  # without the packs: the constructs' own tests have them
            app = App(outdir=directory, analytics_reporting=False)
            self._construct(CdkStack(app, "Team"), CdkStack(app, "Model"))
            app.synth()
            texts = {name: Path(directory, f"{name}.template.json").read_text("utf-8") for name in ("Team", "Model")}
        for name, stack in (("Team", "acme-production-team-fraud"), ("Model", self.stack)):
            body: Json = json.loads(texts[name])
            body["Resources"].pop("CDKMetadata", None)
            template = Stack(self.aws, self.account, name.lower()).given(json.dumps(body))
            self.client("cloudformation").create_stack(
                StackName=stack, Capabilities=["CAPABILITY_NAMED_IAM"], **template
            )
            assert self.settled(stack) == "CREATE_COMPLETE", self.reasons(stack)

    def _construct(self, team: CdkStack, model: CdkStack) -> None:
        """The team's part with its roles, and the endpoint: two instances, a canary of a half for ten minutes."""
        here = replace(serving.HERE, account=self.account, organization_id=self.organization)
        group = ServingSecurityGroup(team, "Group", vpc_id=self.vpc, model="card-fraud")
        network = Network(vpc_id=self.vpc, subnet_ids=self.subnets, workload_security_group_id=group.group_id)
        served = replace(serving.SERVED, perimeter=here, network=network, addresses=self.addresses)
        logs = serving.import_bucket(team, "Logs", name=f"logs-{self.account}")
        given: Json = {"perimeter": here, "addresses": self.addresses, "access_log_bucket": logs}
        store = serving.a_store(team, **given).capture()
        volumes = CustomerManagedKey(
            team, "Volumes", perimeter=here, alias="acme/serving", description="volumes", via=["sagemaker", "ec2"]
        )
        common: Json = {
            "served": served,
            "volume_key_arn": volumes.key_arn,
            "permissions_boundary_arn": self.boundary,
        }
        role = ServingRole(team, "Serve", capture=store, **common)
        instances = Instances(type="ml.m5.large", minimum=2, maximum=4, requests_per_minute=600)
        CloudFormationRole(team, "Change", runs_on=instances, **common)
        serving.an_endpoint(
            model,
            served=served,
            key=a_key(model, here),
            role_arn=role.role_arn,
            volume_key_arn=volumes.key_arn,
            capture=store,
            capacity=instances,
            rollout=Rollout(canary_percent=50, bake_minutes=10, final_bake_minutes=5),
            level=ServiceLevel(availability_percent=99.9, p99_latency_ms=150),
        )

    def release(self, **parameters: str) -> dict[str, str]:
        """Execute a change set on the deployed template with these parameters; what it changes, by logical id."""
        formation, name = self.client("cloudformation"), f"release-{secrets.token_hex(4)}"
        formation.create_change_set(
            StackName=self.stack,
            ChangeSetName=name,
            UsePreviousTemplate=True,
            RoleARN=self.addresses.cloudformation_role("fraud", "card-fraud", "production"),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        made = formation.describe_change_set(StackName=self.stack, ChangeSetName=name)
        assert made["Status"] == "CREATE_COMPLETE", made.get("StatusReason")
        formation.execute_change_set(StackName=self.stack, ChangeSetName=name)
        changes = [change["ResourceChange"] for change in made["Changes"]]
        return {each["ResourceType"].rpartition("::")[2]: each["Action"] for each in changes}

    def settled(self, stack: str | None = None) -> str:
        """A stack's status once nothing is under way; the model's unless named."""

        def done() -> str | None:
            status = str(
                self.client("cloudformation").describe_stacks(StackName=stack or self.stack)["Stacks"][0]["StackStatus"]
            )
            return None if status.endswith("_IN_PROGRESS") else status

        return str(until(done))

    def reasons(self, stack: str | None = None) -> list[str]:
        """Why resources failed, the newest first."""
        events = self.client("cloudformation").describe_stack_events(StackName=stack or self.stack)["StackEvents"]
        return [
            f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason')}"
            for each in events
            if each["ResourceStatus"].endswith("FAILED")
        ]

    def baking(self) -> Mapping[str, Any]:
        """The endpoint's description once the new fleet bakes."""
        until(self.is_updating)
        self.advance(0.001)  # answered once its container is up

        def done() -> Json | None:
            found: Json = self.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)
            variants = found.get("PendingDeploymentSummary", {}).get("ProductionVariants", [{}])
            return found if variants[0].get("VariantStatus", [{}])[-1].get("Status") == "Baking" else None

        return until(done)

    def output(self) -> str:
        """The full name of the configuration that a release has made."""
        outputs = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]["Outputs"]
        return {each["OutputKey"]: each["OutputValue"] for each in outputs}["EndpointConfigName"]

    def is_updating(self) -> bool:
        """Whether traffic is being shifted."""
        return str(self.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"]) == "Updating"

    def captured(self) -> list[str]:
        """The files of captured requests."""
        s3 = self.client("s3")
        (bucket,) = (each["Name"] for each in s3.list_buckets()["Buckets"] if not each["Name"].startswith("logs-"))
        found = s3.list_objects_v2(Bucket=bucket, Prefix=f"capture/{ENDPOINT}/champion/").get("Contents", [])
        return [str(each["Key"]) for each in found]

    def serves(self) -> str:
        """The configuration that the endpoint is on."""
        return str(self.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"])

    def invoke(self, times: int = 1) -> str:
        """The first letters of what answers requests; `!` for a model's error."""
        runtime, found = self.client("sagemaker-runtime"), ""
        for _ in range(times):
            try:
                answer = runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"1", ContentType="text/csv")
                found += answer["Body"].read().decode()[0]
            except runtime.exceptions.ModelError:
                found += "!"
        return found

    def advance(self, seconds: float) -> None:
        assert self.aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": seconds})[0] == 200


@pytest.fixture(scope="module")
def production(local_aws: LocalAws, serving_image: str) -> Production:
    assert serving_image
    account, tooling = (str(100_000_000_000 + secrets.randbelow(800_000_000_000)) for _ in range(2))
    return Production(local_aws, account, tooling)


def test_a_model_is_released_shifted_sent_back_and_taken_away_by_parameters_alone(production: Production) -> None:
    production.deploy()
    sagemaker = production.client("sagemaker")
    assert sagemaker.list_endpoints()["Endpoints"] == []

    first, second = production.version(named("1")), production.version(named("2"))
    changes = production.release(ModelPackageArn=first, ConfigName="fraud-card-fraud-v1")
    assert (changes["Endpoint"], changes["Model"], changes["ScalableTarget"]) == ("Add", "Add", "Add")
    assert production.settled() == "UPDATE_COMPLETE", production.reasons()
    assert (production.serves(), production.invoke()) == (production.output(), "1")

    changes = production.release(ModelPackageArn=second, ConfigName="fraud-card-fraud-v2")
    assert changes["Endpoint"] == "Modify"
    production.baking()
    assert production.invoke(4) == "1212"
    production.advance(601)
    production.advance(301)
    assert production.settled() == "UPDATE_COMPLETE", production.reasons()
    assert production.serves() == production.output()
    assert production.output().startswith("fraud-card-fraud-v2-")

    bad = production.version(server("self.send(500, b'')"))
    production.release(ModelPackageArn=bad, ConfigName="fraud-card-fraud-v3")
    production.baking()
    assert production.invoke(4) == "2!2!"
    while production.is_updating():  # two minutes of three must be bad, with enough requests in each
        production.invoke(50)
        production.advance(60)
    assert production.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert any("was rolled back to fraud-card-fraud-v2-" in reason for reason in production.reasons())
    assert production.serves().startswith("fraud-card-fraud-v2-")
    assert production.invoke(4) == "2222"

    production.release(ModelPackageArn=first, ConfigName="fraud-card-fraud-v1-2", TrafficShift="AtOnce")
    until(lambda: production.invoke() == "1")
    production.advance(301)
    assert production.settled() == "UPDATE_COMPLETE", production.reasons()
    assert production.captured()

    production.release(ModelPackageArn="", ConfigName="")
    assert production.settled() == "UPDATE_COMPLETE", production.reasons()
    assert sagemaker.list_endpoints()["Endpoints"] == []
    kept = {
        each["EndpointConfigName"].rpartition("-")[0] for each in sagemaker.list_endpoint_configs()["EndpointConfigs"]
    }
    assert {"fraud-card-fraud-v1", "fraud-card-fraud-v2", "fraud-card-fraud-v1-2"} <= kept

"""Deploying small templates to the local AWS, as tests read best: properties in, outputs or the refusal out."""

from __future__ import annotations

import importlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.local.clients import REGION, LocalAws

# By name, because boto3 has no types to check; one session, since each reads botocore's models anew.
_session: Any = importlib.import_module("boto3").session.Session()
_config: Any = importlib.import_module("botocore.config")

LONGEST_BODY = 51_200
"""Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
_clients: dict[tuple[str, str, str], Any] = {}

Value = Any
"""What a template or an API holds: JSON-like."""

Template = Mapping[str, Value]


def resource(type: str, /, **properties: Value) -> dict[str, Value]:
    """A resource of a template."""
    return {"Type": type, "Properties": properties}


def after(name: str, resource: Template) -> dict[str, Value]:
    """The resource, made after another."""
    return {**resource, "DependsOn": name}


def ref(name: str) -> dict[str, str]:
    """A Ref."""
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, list[str]]:
    """An Fn::GetAtt."""
    return {"Fn::GetAtt": [name, attribute]}


class RefusedStackError(Exception):
    """A stack that failed; the message holds every resource's reason."""


@dataclass
class Stack:
    """One stack of an account."""

    aws: LocalAws
    account: str
    name: str = field(default_factory=lambda: f"stack-{secrets.token_hex(4)}")

    def client(self, service: str) -> Value:
        """A client of the stack's account."""
        key = (self.aws.endpoint.url, self.account, service)
        if key not in _clients:
            _clients[key] = _session.client(
                service,
                region_name=REGION,
                endpoint_url=self.aws.endpoint.url,
                aws_access_key_id=self.account,
                aws_secret_access_key=self.aws.endpoint.secret,
                config=_config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
            )
        return _clients[key]

    def create(self, resources: Template, **outputs: Value) -> dict[str, str]:
        """Create the stack; its outputs."""
        return self._operate("create_stack", resources, outputs)

    def update(self, resources: Template, **outputs: Value) -> dict[str, str]:
        """Update the stack; its outputs."""
        return self._operate("update_stack", resources, outputs)

    def delete(self) -> None:
        """Delete the stack."""
        formation = self.client("cloudformation")
        stack_id = formation.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        formation.delete_stack(StackName=self.name)
        self.settled(stack_id)

    def id_of(self, logical_id: str) -> str:
        """A resource's physical id."""
        found = self.client("cloudformation").describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def _operate(self, operation: str, resources: Template, outputs: Mapping[str, Any]) -> dict[str, str]:
        template = {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}
        template = {section: content for section, content in template.items() if content}
        formation = self.client("cloudformation")
        done = getattr(formation, operation)(
            StackName=self.name,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **self.given(json.dumps(template)),
        )
        stack = self.settled(done["StackId"])
        return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}

    def given(self, template: str) -> dict[str, str]:
        """A template in the request, or in a bucket where it is longer than CloudFormation takes there."""
        if len(template) <= LONGEST_BODY:
            return {"TemplateBody": template}
        s3, bucket = self.client("s3"), f"templates-{self.account}-{self.name.lower()}"
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=bucket, Key="template.json", Body=template.encode())
        return {"TemplateURL": f"https://s3.{REGION}.amazonaws.com/{bucket}/template.json"}

    def settled(self, stack_id: str) -> Mapping[str, Any]:
        """Wait for the end of the stack's operation; the stack's description. Raises what was refused."""
        formation = self.client("cloudformation")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            stack: Mapping[str, Any] = formation.describe_stacks(StackName=stack_id)["Stacks"][0]
            if stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"):
                return stack
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                raise RefusedStackError(f"{stack['StackStatus']}: {self._reasons(stack_id)}")
        raise TimeoutError(self.name)

    def _reasons(self, stack_id: str) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
        return "; ".join(
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        )


def trust(service: str = "sagemaker.amazonaws.com") -> dict[str, Any]:
    """A trust policy for an AWS service."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(**more: Value) -> dict[str, Any]:
    """A role of a template that SageMaker may take."""
    return resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust(), **more)


def network() -> dict[str, Any]:
    """A VPC `Vpc` with a subnet `Subnet` and a security group `Group`."""
    return {
        "Vpc": resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True),
        "Subnet": resource(
            "AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a"
        ),
        "Group": resource("AWS::EC2::SecurityGroup", GroupDescription="work", VpcId=ref("Vpc")),
    }


def changed(resources: Template, logical_id: str, **properties: Value) -> dict[str, Any]:
    """A template's resources with some properties of one of them set; None removes."""
    old = resources[logical_id]
    merged = {name: value for name, value in {**old["Properties"], **properties}.items() if value is not None}
    return {**resources, logical_id: {**old, "Properties": merged}}

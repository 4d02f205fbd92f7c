"""An account of the local AWS with a stack of staging, as a synth wrote it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_stages.platform import Platform, load
from mlops_stages.preflight import LocalAccess, Plan
from mlops_stages.preflight.plan import read_plan
from tests.conftest import ROOT
from tests.local.clients import REGION, LocalAws
from tests.local.stacks import Stack, resource

ROLE = "Role"
_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def role(*actions: str) -> dict[str, Any]:
    """A role that may do these."""
    statement = {"Effect": "Allow", "Action": list(actions or ("s3:GetObject",)), "Resource": "arn:aws:s3:::theirs/*"}
    return resource(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [_TRUST]},
        Policies=[{"PolicyName": "all", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}],
    )


def alarm(name: str) -> dict[str, Any]:
    """An alarm on a metric that nothing sends."""
    return resource(
        "AWS::CloudWatch::Alarm",
        AlarmName=name,
        Namespace="AWS/SQS",
        MetricName="NumberOfMessagesSent",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="ignore",
    )


@dataclass
class Staging:
    """The stack `acme-staging` of an account of its own, and the assembly that it was deployed from."""

    aws: LocalAws
    account: str
    directory: Path
    platform: Platform

    @property
    def access(self) -> LocalAccess:
        """The root of each account."""
        endpoint = self.aws.endpoint
        return LocalAccess(endpoint.url, endpoint.secret, REGION, self.account)

    def synthesize(self, **stacks: dict[str, Any]) -> Plan:
        """Write an assembly of stacks, by the end of their names, and return its plan."""
        artifacts: dict[str, Any] = {}
        self.directory.mkdir(exist_ok=True)
        for end, resources in stacks.items():
            name = f"acme-{end.replace('_', '-')}"
            template = json.dumps({"Resources": resources})
            (self.directory / f"{name}.template.json").write_text(template)
            artifacts[name] = {"type": "aws:cloudformation:stack", "environment": f"aws://{self.account}/{REGION}"}
        (self.directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
        return read_plan(self.platform, self.directory)

    def deploy(self, end: str, resources: dict[str, Any]) -> Stack:
        """Deploy a stack with CloudFormation."""
        stack = Stack(self.aws, self.account, name=f"acme-{end}")
        stack.create(resources)
        return stack


def with_account(aws: LocalAws, account: str, directory: Path) -> Staging:
    """The reference organization with one account for all that is looked at; the assembly comes into the directory."""
    given = load(ROOT / "platform.yaml").model_dump()
    given["accounts"]["tooling"] = account
    return Staging(aws, account, directory / "cdk.out", Platform.model_validate(given))

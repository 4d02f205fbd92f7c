"""Team arrivals of the reference: everyone who touches its model, and what `up` told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from mlops_stages.local.client import duties
from mlops_stages.local.client.model_runs import delivery
from mlops_stages.platform import Addresses, DataClassification, Duty, Purpose, Repository, Team
from tests.callers import Caller
from tests.end_to_end.conftest import PlatformUp
from tests.end_to_end.people import as_service

TEAM, MODEL = "arrivals", "late-arrival"
JOB = (
    "AlgorithmSpecification",
    "RoleArn",
    "OutputDataConfig",
    "ResourceConfig",
    "VpcConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
)
"""What a training job is made of."""


@dataclass(frozen=True)
class Arrivals:
    """The team's people, machines and roles, as callers of a deployed platform."""

    up: PlatformUp

    @property
    def addresses(self) -> Addresses:
        """The names of what the team has in each account."""
        return self.up.platform.addresses

    @property
    def team(self) -> Team:
        """Its entry in platform.yaml."""
        return self.up.platform.team(TEAM)

    @property
    def run(self) -> dict[str, Any]:
        """What `up` told of the team's model."""
        (told,) = self.up.told["models"]
        return told

    @property
    def package(self) -> dict[str, Any]:
        """What `up` told of the registered version."""
        return self.run["package"]

    @property
    def group(self) -> str:
        """The ARN of the model's group in the registry."""
        return self.addresses.package_group(TEAM, MODEL)

    @property
    def data(self) -> str:
        """The bucket of the data that the model is made of."""
        return self.addresses.data_bucket(TEAM, DataClassification.INTERNAL)

    def duty(self, duty: Duty, email: str | None = None) -> Caller:
        """A person of the team, the first unless named, who takes on a duty."""
        return self.duty_of(self.team, duty, email)

    def duty_of(self, team: Team, duty: Duty, email: str | None = None) -> Caller:
        """The same of any team."""
        who = email or duty.people(team)[0]
        model = team.models[0] if duty.is_for_one_model else None
        return Caller(duties.session(self.up.endpoint, self.up.platform, team, who, duty, model))

    def ci(self, branch: str | None = None) -> Caller:
        """A job of the team's repository; on its main branch unless told."""
        repository = self.team.repository
        assert repository is not None
        if branch is not None:
            repository = Repository.model_validate({**repository.model_dump(exclude_none=True), "branch": branch})
        return Caller(delivery.ci_session(self.up.endpoint, self.up.platform, TEAM, repository))

    def deliver(self) -> Caller:
        """What CI becomes in the development account."""
        return Caller(delivery.deliver_session(self.ci().variables, self.addresses, TEAM))

    def pipeline(self) -> Caller:
        """The role under which the model's pipeline runs."""
        return as_service(self.up, self.addresses.pipeline_role(TEAM, MODEL))

    def data_jobs(self, classification: DataClassification = DataClassification.INTERNAL) -> Caller:
        """The role of the team's jobs in the data account that make data of one classification."""
        return as_service(self.up, self.addresses.data_jobs_role(TEAM, classification))

    def feature_store(self) -> Caller:
        """The role in which SageMaker's feature store appends the history of features."""
        return as_service(self.up, self.addresses.duty_role(self.addresses.data, TEAM, "feature-store"))

    def executions(self) -> list[dict[str, Any]]:
        """The executions of the model's pipeline."""
        sagemaker = self.up.root(self.addresses.development).client("sagemaker")
        name = self.addresses.pipeline_name(TEAM, MODEL)
        return sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]

    def execution(self) -> str:
        """The execution that made the version which `up` told of: its id is in the place of the evaluation."""
        made = str(self.package["evaluation"]).split("/")[-2]
        return f"{self.addresses.pipeline(TEAM, MODEL)}/execution/{made}"

    def administrator(self, purpose: Purpose) -> Caller:
        """A new role of an account whose own policy allows everything."""
        return everything_in(self.up, self.up.platform.account(purpose))

    def read(self, uri: str) -> bytes:
        """What is at an S3 address, by the management account's way into the account that it is in."""
        bucket, key = place(uri)
        content: bytes = self.up.way_in(bucket[-12:]).client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def registration(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any API's
        """A registration as the pipeline makes it, but for `changes`; those that are None are left out."""
        registered = self.up.root(self.addresses.tooling).client("sagemaker")
        found = registered.describe_model_package(ModelPackageName=self.package["arn"])
        asked: dict[str, Any] = {
            "ModelPackageGroupName": self.group,
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": found["InferenceSpecification"],
            "ModelMetrics": found["ModelMetrics"],
            "CustomerMetadataProperties": found["CustomerMetadataProperties"],
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}


def place(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 address."""
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


def everything_in(up: PlatformUp, account: str) -> Caller:
    """A new role of an account that its own policy allows everything."""
    anyone = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    return role_in(up, account, {"Effect": "Allow", "Action": "*", "Resource": "*"}, anyone)


def role_in(up: PlatformUp, account: str, allowed: Mapping[str, Any], trusted: Mapping[str, Any]) -> Caller:
    """A new role of an account, assumed by its root."""
    root, name = up.root(account), f"test-{uuid4()}"
    iam = root.client("iam")
    trust, policy = (json.dumps({"Version": "2012-10-17", "Statement": [dict(s)]}) for s in (trusted, allowed))
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=policy)
    given = root.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    keys = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    return Caller({**root.variables, **keys})

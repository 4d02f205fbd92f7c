"""A team's corner of the local AWS for tests of jobs and pipelines: a bucket, a role, scripts and definitions."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.local.clients import REGION, Credentials, LocalAws, allow

IMAGE = f"222222222222.dkr.ecr.{REGION}.amazonaws.com/models/python:1"
"""The image that the fixture `image` names: this very Python."""

TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
_PATIENCE_S = 60

Json = dict[str, Any]


def get(path: str) -> Json:
    """A reference of a definition."""
    return {"Get": path}


def join(on: str, *values: Any) -> Json:  # noqa: ANN401  # JSON-like
    """Texts put together."""
    return {"Std:Join": {"On": on, "Values": list(values)}}


def until(done: Callable[[], Any]) -> Any:  # noqa: ANN401  # what the API describes
    """Ask until there is an answer."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        found = done()
        if found:
            return found
    raise TimeoutError


@dataclass
class Laboratory:
    """One account's bucket and role; steps run small scripts of it."""

    aws: LocalAws
    account: str
    bucket: str = field(default_factory=lambda: f"lab-{secrets.token_hex(6)}")

    def __post_init__(self) -> None:
        """Make both."""
        self.s3 = self.aws.client("s3", self.account)
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.role = self.aws.role(self.account, allow("*"), trust=TRUST)
        self.sagemaker = self.aws.client("sagemaker", self.account)

    def uri(self, path: str) -> str:
        """The address of something in the bucket."""
        return f"s3://{self.bucket}/{path}"

    def put(self, key: str, text: str) -> str:
        """Write an object; its address."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return self.uri(key)

    def get(self, uri: str) -> bytes:
        """Read an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        found: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return found

    def keys(self, prefix: str = "") -> list[str]:
        """The objects below a prefix."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]

    # Jobs

    def processing(self, code: str, *arguments: Any, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
        """The parameters of a processing job, without its name, that runs `code` and keeps what is in `out`."""
        where = f"code/{secrets.token_hex(4)}"
        self.put(f"{where}/main.py", code)
        inputs = {"code": self.uri(where)} | more.pop("inputs", {})
        outputs = more.pop("outputs", {"out": self.uri(f"out/{secrets.token_hex(4)}")})
        return {
            "RoleArn": self.role,
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/main.py"],
                **({"ContainerArguments": list(arguments)} if arguments else {}),
            },
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
            },
            "ProcessingInputs": [
                {
                    "InputName": name,
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": f"/opt/ml/processing/{name}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for name, uri in inputs.items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": name,
                        "S3Output": {
                            "S3Uri": uri,
                            "LocalPath": f"/opt/ml/processing/{name}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for name, uri in outputs.items()
                ]
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **more,
        }

    def training(self, code: str, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
        """The parameters of a training job, without its name, that runs `code`."""
        where = f"code/{secrets.token_hex(4)}"
        self.put(f"{where}/main.py", code)
        channels = {"code": self.uri(where)} | more.pop("channels", {})
        algorithm = more.pop("algorithm", {})
        return {
            "RoleArn": self.role,
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/main.py"],
                **algorithm,
            },
            "InputDataConfig": [
                {
                    "ChannelName": name,
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
                }
                for name, uri in channels.items()
            ],
            "OutputDataConfig": {"S3OutputPath": self.uri("models")},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **more,
        }

    def process(self, parameters: Mapping[str, Any]) -> Json:
        """Run a processing job to its end; its description."""
        name = f"job-{secrets.token_hex(4)}"
        self.sagemaker.create_processing_job(ProcessingJobName=name, **parameters)
        return self.processed(name)

    def processed(self, name: str) -> Json:
        """The description of a processing job once it has ended."""

        def ended() -> Json | None:
            found: Json = self.sagemaker.describe_processing_job(ProcessingJobName=name)
            return None if found["ProcessingJobStatus"] in ("InProgress", "Stopping") else found

        return until(ended)

    def train(self, parameters: Mapping[str, Any]) -> Json:
        """Run a training job to its end; its description."""
        name = f"job-{secrets.token_hex(4)}"
        self.sagemaker.create_training_job(TrainingJobName=name, **parameters)

        def ended() -> Json | None:
            found: Json = self.sagemaker.describe_training_job(TrainingJobName=name)
            return None if found["TrainingJobStatus"] in ("InProgress", "Stopping") else found

        return until(ended)

    def log(self, kind: str, job: str) -> list[str]:
        """What a job's steps printed."""
        logs = self.aws.client("logs", self.account)
        group = f"/aws/sagemaker/{kind}Jobs"
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        ]

    # Pipelines

    def create(self, *steps: Json, parameters: list[Json] | None = None, **more: Any) -> str:  # noqa: ANN401
        """Create a pipeline; its name."""
        name = f"pipeline-{secrets.token_hex(4)}"
        text = json.dumps(definition(*steps, parameters=parameters))
        self.sagemaker.create_pipeline(PipelineName=name, RoleArn=self.role, PipelineDefinition=text, **more)
        return name

    def start(self, pipeline: str, **parameters: str) -> str:
        """Start an execution; its ARN."""
        given = [{"Name": name, "Value": value} for name, value in parameters.items()]
        return str(
            self.sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=given)[
                "PipelineExecutionArn"
            ]
        )

    def ended(self, arn: str) -> Json:
        """The description of an execution once it has ended."""

        def done() -> Json | None:
            found: Json = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            return None if found["PipelineExecutionStatus"] in ("Executing", "Stopping") else found

        return until(done)

    def execute(self, pipeline: str, **parameters: str) -> Json:
        """Start an execution and wait for its end; its description."""
        return self.ended(self.start(pipeline, **parameters))

    def steps(self, execution: Mapping[str, Any] | str) -> dict[str, Json]:
        """The steps of an execution by name, in the order in which they began."""
        arn = execution if isinstance(execution, str) else execution["PipelineExecutionArn"]
        found = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
        return {step["StepName"]: step for step in found["PipelineExecutionSteps"]}

    def assumed(self, *statements: Mapping[str, Any]) -> Credentials:
        """Credentials of a role with those statements, in this account."""
        return self.aws.as_role(self.account, *statements)


def definition(*steps: Json, parameters: list[Json] | None = None, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    """A definition of those steps."""
    return {"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters or [], "Steps": list(steps), **more}


def step(name: str, type: str, arguments: Json, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    """A step of a definition."""
    return {"Name": name, "Type": type, "Arguments": arguments, **more}


def gate(name: str, *conditions: Json, then: list[Json] | None = None, otherwise: list[Json] | None = None) -> Json:
    """A Condition step."""
    arguments = {"Conditions": list(conditions), "IfSteps": then or [], "ElseSteps": otherwise or []}
    return step(name, "Condition", arguments)


def compare(kind: str, left: Any, right: Any) -> Json:  # noqa: ANN401  # JSON-like
    """A condition of two values."""
    return {"Type": kind, "LeftValue": left, "RightValue": right}


def fail(name: str, message: Any = "refused") -> Json:  # noqa: ANN401  # JSON-like
    """A Fail step."""
    return step(name, "Fail", {"ErrorMessage": message})

"""A promotion for tests: AWS in memory, as far as a promotion asks it, and a model that answers."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from mlops_stages.runtime.dataset_manifest import listing_checksum
from mlops_stages.runtime.promotion.clock import Clock
from mlops_stages.runtime.promotion.promotion import Promotion
from mlops_stages.runtime.promotion.settings import Environment, OneApproval, Promise, Settings
from mlops_stages.runtime.promotion.store import Content, Held, Store
from mlops_stages.runtime.retraining.runs import Run, begin

Json = dict[str, Any]

TOOLING, STAGING, PRODUCTION = "333333333333", "555555555555", "666666666666"
GROUP = "arrivals-late-arrival"
BEGAN = datetime(2026, 11, 27, 9, 0, 0, tzinfo=UTC)
ANN, BEN, CARA, DAN = (f"{name}@acme.example" for name in ("ann", "ben", "cara", "dan"))
"""Author and starter; first approver; releaser; another releaser."""
COMMIT, RUN = "0a1b2c3d" * 5, "abcdef123456"
IMAGE = f"sha256:{'a' * 64}"
ARTIFACTS = f"acme-arrivals-artifacts-{TOOLING}"
IMAGES = f"{TOOLING}.dkr.ecr.eu-west-1.amazonaws.com/acme/arrivals/late-arrival"
MACHINE = f"arn:aws:states:eu-west-1:{TOOLING}:stateMachine:acme-late-arrival-promotion"
TOPIC = f"arn:aws:sns:eu-west-1:{TOOLING}:acme-late-arrival"
CHAT_TOPIC, APPROVERS_TOPIC = f"{TOPIC}-chat", f"{TOPIC}-approvers"
DEVELOPMENT = "444444444444"
RETRAINING = "acme-late-arrival-retraining"


def place(name: str, account: str, schedule: str | None = None) -> Environment:
    role = f"arn:aws:iam::{account}:role/acme/arrivals/acme-late-arrival"
    return Environment(
        name=name,
        stack=f"acme-{name}-model-late-arrival",
        endpoint=f"{GROUP}-{name}",
        deploy_role=f"{role}.deploy-{name}",
        cloudformation_role=f"{role}.cloudformation-{name}",
        schedule=schedule,
    )


SETTINGS = Settings(
    platform="acme",
    team="arrivals",
    model="late-arrival",
    owner=BEN,
    partition="aws",
    region="eu-west-1",
    account=TOOLING,
    group=GROUP,
    table="acme-late-arrival-releases",
    machine=MACHINE,
    topic=TOPIC,
    ledger_queue=f"https://sqs.eu-west-1.amazonaws.com/{TOOLING}/acme_ledger_arrivals_late-arrival.fifo",
    artifacts=ARTIFACTS,
    images=IMAGES,
    image_repository="acme/arrivals/late-arrival",
    approve_role="acme-late-arrival.approve",
    release_role="acme-late-arrival.release",
    staging=place("staging", STAGING),
    production=place("production", PRODUCTION),
    promise=Promise(metric="auc", value=0.66, p99_latency_ms=200, availability_percent=99.5, requests_per_minute=60.0),
)


BATCH_SETTINGS = replace(
    SETTINGS,
    staging=place("staging", STAGING, "acme-late-arrival-staging-transform"),
    production=place("production", PRODUCTION, "acme-late-arrival-production-transform"),
    promise=Promise(metric="auc", value=0.66),
)
"""Of a model that scores on a schedule."""


ONE_APPROVAL_SETTINGS = replace(
    SETTINGS,
    one_approval=OneApproval(
        risk="low", starter=RETRAINING, pipeline_role="acme-late-arrival.pipeline", topic=APPROVERS_TOPIC
    ),
)
"""Of a model whose retrained versions need one approval."""


def session(role: str, person: str) -> str:
    return f"arn:aws:sts::{TOOLING}:assumed-role/acme-late-arrival.{role}/{person}"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class AwsError(ClientError):
    """What boto3 raises."""

    def __init__(self, code: str, message: str = "", **more: Any) -> None:  # noqa: ANN401
        super().__init__({"Error": {"Code": code, "Message": message or code}, **more}, "Call")  # pyright: ignore[reportArgumentType]


class DeathError(BaseException):
    """The function's end in the middle of its work: nothing catches it."""


class NotFoundError(AwsError):
    """What boto3 raises for what is not there, by a name of its own."""


class _Exceptions:
    ClientError = ClientError
    ResourceNotFoundException = NotFoundError


@dataclass
class MemoryStore:
    """Items as DynamoDB keeps them."""

    held: dict[str, Held] = field(default_factory=dict[str, Held])

    def get(self, key: str) -> Held | None:
        held = self.held.get(key)
        return None if held is None else Held(json.loads(json.dumps(held.content)), held.revision)

    def create(self, key: str, content: Content) -> bool:
        return key not in self.held and self._put(key, content, 1)

    def replace(self, key: str, content: Content, revision: int) -> bool:
        fits = key in self.held and self.held[key].revision == revision
        return fits and self._put(key, content, revision + 1)

    def delete(self, key: str, revision: int) -> bool:
        fits = key in self.held and self.held[key].revision == revision
        if fits:
            del self.held[key]
        return fits

    def find(self, prefix: str) -> list[tuple[str, Held]]:
        return [(key, self.held[key]) for key in sorted(self.held) if key.startswith(prefix)]

    def _put(self, key: str, content: Content, revision: int) -> bool:
        self.held[key] = Held(json.loads(json.dumps(content)), revision)
        return True


class Client:
    """A client of boto3."""

    exceptions = _Exceptions

    def get_paginator(self, name: str) -> Any:  # noqa: ANN401
        call = getattr(self, name)

        class Pages:
            def paginate(self, **given: Any) -> list[Json]:  # noqa: ANN401
                return [call(**given)]

        return Pages()


FIELDS: list[Json] = [
    {"name": "hour", "type": "integer", "minimum": 0.0, "maximum": 23.0, "seen": [5.0, 23.0]},
    {"name": "wind", "type": "number", "missing": "accept", "minimum": 0.0, "seen": [0.0, 42.5]},
    {"name": "carrier", "type": "category", "unseen": "accept", "seen": ["AA", "B6", "UA"]},
    {"name": "origin", "type": "category", "seen": ["EWR", "JFK"]},
]
NAMES = [each["name"] for each in FIELDS]


def score(record: Json) -> float:
    """What the model says of a row."""
    return round(
        _number(record.get("hour")) / 100 + _number(record.get("wind")) / 1000 + len(str(record.get("carrier"))) / 50, 6
    )


def _from_cell(cell: str) -> object:
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def execution(number: int) -> str:
    """The run of the pipeline that registers a version."""
    return f"arn:aws:sagemaker:eu-west-1:{DEVELOPMENT}:pipeline/{GROUP}/execution/{RUN}{number}"


def golden_records() -> list[Json]:
    rows: list[Json] = [{"hour": 5.0 + n, "wind": 2.5 * n, "carrier": "UA", "origin": "JFK"} for n in range(8)]
    rows.append({"hour": 23.0, "wind": None, "carrier": "(unseen)", "origin": "EWR"})
    return [{"record": {"decision_id": f"golden-{n}", **row}, "score": score(row)} for n, row in enumerate(rows, 1)]


@dataclass
class Version:
    """A version that a pipeline registered, and everything of it in the team's bucket."""

    number: int
    author: str | None = ANN
    starter: str | None = ANN
    golden: list[Json] = field(default_factory=golden_records)
    fields: list[Json] = field(default_factory=lambda: [dict(each) for each in FIELDS])
    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    changed: Json = field(default_factory=dict[str, Any])
    """What people have changed of it in the registry."""
    metadata: Json = field(default_factory=dict[str, Any])
    """What its registration says besides, or otherwise."""

    @property
    def arn(self) -> str:
        return SETTINGS.package_arn(self.number)

    def write(self, bucket: dict[str, bytes]) -> None:
        rows = "".join(json.dumps(each) + "\n" for each in self.golden).encode()
        about = {"file": "golden.jsonl", "rows": len(self.golden), "tolerance": 1e-6, "sha256": sha256(rows)}
        judged = json.dumps({"quality": {"metric": "auc", "value": 0.7}, "golden": about}).encode()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            document = json.dumps({"version": 1, "id": "decision_id", "fields": self.fields}).encode()
            for name, content in (("model.joblib", b"\0" * 40_000), ("schema.json", document)):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        self.objects = {
            self.model_key: gzip.compress(packed.getvalue() + bytes([self.number]) * 0, mtime=self.number),
            f"{self.folder}/evaluation.json": judged,
            f"{self.folder}/golden.jsonl": rows,
            f"code/{COMMIT}/train.py": b"train()",
        }
        bucket.update(self.objects)

    @property
    def folder(self) -> str:
        return f"evaluations/late-arrival/{RUN}{self.number}"

    @property
    def model_key(self) -> str:
        return f"models/late-arrival/run-{self.number}/output/model.tar.gz"

    def described(self) -> Json:
        code = listing_checksum({"train.py": sha256(b"train()")})
        people = {"author": self.author, "started-by": self.starter}
        pipeline = execution(self.number)
        evaluation = f"s3://{ARTIFACTS}/{self.folder}/evaluation.json"
        return {
            "ModelPackageArn": self.arn,
            "ModelPackageGroupName": GROUP,
            "ModelPackageVersion": self.number,
            "CreationTime": BEGAN,
            "LastModifiedTime": BEGAN,
            "ModelApprovalStatus": "PendingManualApproval",
            "CreatedBy": {"IamIdentity": {"Arn": session("pipeline", "SageMaker")}},
            "InferenceSpecification": {
                "Containers": [{"Image": f"{IMAGES}@{IMAGE}", "ModelDataUrl": f"s3://{ARTIFACTS}/{self.model_key}"}]
            },
            "ModelMetrics": {"ModelQuality": {"Statistics": {"S3Uri": evaluation}}},
            "CustomerMetadataProperties": {
                "commit": COMMIT,
                "execution": pipeline,
                "code-sha256": code,
                "dataset-manifest-sha256": "b" * 64,
                "image-digest": IMAGE,
                "model-sha256": sha256(self.objects[self.model_key]),
                "evaluation": evaluation,
                "evaluation-sha256": sha256(self.objects[f"{self.folder}/evaluation.json"]),
                **{name: value for name, value in people.items() if value is not None},
                **self.metadata,
            },
            **self.changed,
        }


@dataclass
class Stack:
    """A model's stack in an environment: its template's parameters, its change sets, its endpoint."""

    name: str
    parameters: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(("ModelPackageArn", "ConfigName"), "") | {"TrafficShift": "InSteps"}
    )
    status: str = "CREATE_COMPLETE"
    sets: dict[str, Json] = field(default_factory=dict[str, Json])
    events: list[Json] = field(default_factory=list[Json])
    configuration: str | None = None
    """What the endpoint serves with."""
    output: str | None = None
    endpoint_status: str = "InService"
    reason: str | None = None
    outcome: str = "arrives"
    """What becomes of the next execution: `arrives`, `alarm` (the stack completes), `alarm-fails`, `fails`."""
    changes: list[Json] | None = None
    """What the next change set shows; a release's where it is None."""
    executed: list[Json] = field(default_factory=list[Json])
    models: dict[str, str] = field(default_factory=dict[str, str])
    """The packages of SageMaker's models, by name."""
    jobs: dict[str, Json] = field(default_factory=dict[str, Json])
    """Transform jobs by name: the request and the status."""
    ends: dict[str, Callable[[], str]] = field(default_factory=dict[str, Callable[[], str]])
    """What each job that is under way does; it answers with its status."""

    def settle(self) -> None:
        """Let what is under way come to its end."""
        for name, end in self.ends.items():
            if self.jobs[name]["TransformJobStatus"] == "InProgress":
                self.jobs[name]["TransformJobStatus"] = end()
        for each in self.sets.values():
            if each["Status"] == "CREATE_PENDING":
                each.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE")
        if self.status != "UPDATE_IN_PROGRESS":
            return
        (doing,) = (each for each in self.sets.values() if each["ExecutionStatus"] == "EXECUTE_IN_PROGRESS")
        old, wanted = doing["old"], f"{doing['values']['ConfigName']}-abc123"
        if self.outcome in ("arrives", "alarm"):
            self.status, self.output = "UPDATE_COMPLETE", wanted
            self.configuration = wanted if self.outcome == "arrives" else self.configuration
            self.models[wanted] = doing["values"]["ModelPackageArn"]
            self.sets.clear()
        else:
            why = "Alarm v2-errors rolled it back" if self.outcome == "alarm-fails" else "CREATE failed: no capacity"
            self.status, self.parameters = "UPDATE_ROLLBACK_COMPLETE", old
            doing["ExecutionStatus"] = "EXECUTE_FAILED"
            self.events.insert(
                0, {"LogicalResourceId": "Endpoint", "ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": why}
            )
            self.events.insert(0, {"LogicalResourceId": self.name, "ResourceStatus": "UPDATE_ROLLBACK_COMPLETE"})
        self.endpoint_status = "InService"


RELEASE_CHANGES = [
    {
        "ResourceChange": {
            "Action": action,
            "ResourceType": kind,
            "LogicalResourceId": kind[-9:],
            "Replacement": replaced,
        }
    }
    for action, kind, replaced in (
        ("Modify", "AWS::SageMaker::Model", "True"),
        ("Modify", "AWS::SageMaker::EndpointConfig", "True"),
        ("Modify", "AWS::SageMaker::Endpoint", "False"),
        ("Modify", "AWS::CloudWatch::Alarm", "True"),
    )
]


BATCH_CHANGES = [
    {
        "ResourceChange": {
            "Action": "Modify",
            "ResourceType": kind,
            "LogicalResourceId": kind[-8:],
            "Replacement": replaced,
        }
    }
    for kind, replaced in (("AWS::SageMaker::Model", "True"), ("AWS::Scheduler::Schedule", "False"))
]


@dataclass
class CloudFormation(Client):
    """CloudFormation with one stack."""

    stack: Stack

    def describe_stacks(self, *, StackName: str) -> Json:  # noqa: N803
        if StackName != self.stack.name:
            raise AwsError("ValidationError", f"Stack with id {StackName} does not exist")
        values = [{"ParameterKey": k, "ParameterValue": v} for k, v in self.stack.parameters.items()]
        outputs = [{"OutputKey": "EndpointConfigName", "OutputValue": self.stack.output}] if self.stack.output else []
        return {"Stacks": [{"StackStatus": self.stack.status, "Parameters": values, "Outputs": outputs}]}

    def create_change_set(self, **given: Any) -> Json:  # noqa: ANN401
        assert given["UsePreviousTemplate"] is True
        assert given["RoleARN"].endswith((".cloudformation-staging", ".cloudformation-production"))
        if given["ChangeSetName"] in self.stack.sets:
            raise AwsError("AlreadyExistsException")
        values = {
            each["ParameterKey"]: each.get("ParameterValue", self.stack.parameters[each["ParameterKey"]])
            for each in given["Parameters"]
        }
        assert values.keys() == self.stack.parameters.keys()
        changes = RELEASE_CHANGES if self.stack.changes is None else self.stack.changes
        self.stack.sets[given["ChangeSetName"]] = {
            "Status": "CREATE_PENDING", "ExecutionStatus": "UNAVAILABLE", "Changes": changes, "values": values,
        }  # fmt: skip
        return {}

    def describe_change_set(self, *, StackName: str, ChangeSetName: str, NextToken: str = "") -> Json:  # noqa: N803
        assert StackName == self.stack.name
        if ChangeSetName not in self.stack.sets:
            raise AwsError("ChangeSetNotFound")
        found = self.stack.sets[ChangeSetName]
        first, rest = found["Changes"][:2], found["Changes"][2:]
        return {**found, "Changes": rest} if NextToken else {**found, "Changes": first, "NextToken": "2"}

    def delete_change_set(self, *, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        assert StackName == self.stack.name
        del self.stack.sets[ChangeSetName]

    def execute_change_set(self, *, StackName: str, ChangeSetName: str, ClientRequestToken: str) -> None:  # noqa: N803
        assert StackName == self.stack.name
        assert ClientRequestToken
        doing = self.stack.sets[ChangeSetName]
        if doing["ExecutionStatus"] != "AVAILABLE":
            raise AwsError("InvalidChangeSetStatus", f"it is {doing['ExecutionStatus']}")
        doing.update(ExecutionStatus="EXECUTE_IN_PROGRESS", old=self.stack.parameters)
        self.stack.executed.append(doing["values"])
        self.stack.parameters = doing["values"]
        self.stack.status, self.stack.endpoint_status = "UPDATE_IN_PROGRESS", "Updating"
        self.stack.events.insert(0, {"LogicalResourceId": self.stack.name, "ResourceStatus": "UPDATE_IN_PROGRESS"})

    def describe_stack_events(self, *, StackName: str) -> Json:  # noqa: N803
        assert StackName == self.stack.name
        return {"StackEvents": self.stack.events}


@dataclass
class SageMaker(Client):
    """The registry, or an environment's endpoint."""

    world: World
    stack: Stack | None

    def describe_model_package(self, *, ModelPackageName: str) -> Json:  # noqa: N803
        return self.world.versions[int(ModelPackageName.rpartition("/")[2])].described()

    def describe_endpoint(self, *, EndpointName: str) -> Json:  # noqa: N803
        assert self.stack is not None
        if self.stack.configuration is None:
            raise AwsError("ValidationException", f"Could not find endpoint {EndpointName}")
        reason = {} if self.stack.reason is None else {"FailureReason": self.stack.reason}
        status = self.stack.endpoint_status
        return {"EndpointStatus": status, "EndpointConfigName": self.stack.configuration, **reason}

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> Json:  # noqa: N803
        assert EndpointConfigName
        return {"DataCaptureConfig": {"EnableCapture": True, "DestinationS3Uri": "s3://acme-capture/capture"}}

    def describe_model(self, *, ModelName: str) -> Json:  # noqa: N803
        assert self.stack is not None
        return {"PrimaryContainer": {"ModelPackageName": self.stack.models[ModelName]}}

    def create_transform_job(self, **given: Any) -> None:  # noqa: ANN401
        assert self.stack is not None
        name = given["TransformJobName"]
        if name in self.stack.jobs:
            raise AwsError("ResourceInUse")
        self.stack.jobs[name] = {"request": given, "TransformJobStatus": "InProgress"}
        self.stack.ends[name] = lambda: self.world.transform(given)

    def describe_transform_job(self, *, TransformJobName: str) -> Json:  # noqa: N803
        assert self.stack is not None
        return self.stack.jobs[TransformJobName]

    def stop_transform_job(self, *, TransformJobName: str) -> None:  # noqa: N803
        assert self.stack is not None
        self.stack.jobs[TransformJobName]["TransformJobStatus"] = "Stopped"


@dataclass
class Scheduler(Client):
    """EventBridge Scheduler with the one schedule of a model in an environment."""

    world: World
    stack: Stack
    name: str | None

    def get_schedule(self, *, Name: str, GroupName: str) -> Json:  # noqa: N803
        assert Name == GroupName == self.name
        if self.stack.configuration is None:
            raise NotFoundError("ResourceNotFoundException")
        place = f"s3://acme-answers/{Name}"
        request = {
            "TransformJobName": f"{GROUP}-S<aws.scheduler.execution-id>",
            "ModelName": self.stack.configuration,
            "BatchStrategy": "MultiRecord",
            "MaxPayloadInMB": 6,
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://acme-requests/today/"}},
                "ContentType": self.world.content_type,
                "SplitType": "Line",
            },
            "TransformOutput": {
                "S3OutputPath": f"{place}/<aws.scheduler.scheduled-time>",
                "Accept": self.world.content_type,
                "AssembleWith": "Line",
                "KmsKeyId": "arn:aws:kms:eu-west-1:555555555555:key/answers",
            },
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 4, "VolumeKmsKeyId": "arn:volumes"},
            "DataCaptureConfig": {"DestinationS3Uri": "s3://acme-capture/capture", "GenerateInferenceId": True},
            "Tags": [{"Key": "team", "Value": "arrivals"}],
        }
        return {"State": self.world.schedule_state, "Target": {"Input": json.dumps(request)}}


@dataclass
class Endpoint(Client):
    """The model's container behind the endpoint of staging, as the standard repository's answers."""

    world: World
    answer: Callable[[Json], Json | None] = lambda record: {"score": score(record)}
    """Changes what a row is answered with; None fails."""
    failing: int = 500
    """The status where it fails."""
    refuse: bool = True
    named: bool = True
    tolerant_of: str = ""
    calls: int = 0

    def invoke_endpoint(self, *, EndpointName: str, Body: bytes, ContentType: str, Accept: str) -> Json:  # noqa: N803
        assert EndpointName == SETTINGS.staging.endpoint
        assert ContentType == Accept
        self.calls += 1
        rows, faults = self.rows_and_faults(Body.decode(), ContentType)
        if faults:
            listed = [{"row": 1, "field": each if self.named else None, "message": "wrong"} for each in faults]
            said = json.dumps({"error": "no row is scored", "count": len(faults), "faults": listed})
            raise AwsError("ModelError", f"(400) {said}", OriginalStatusCode=400, OriginalMessage=said)
        answers = [self.answer(each) for each in rows]
        if None in answers:
            status = self.failing
            raise AwsError("ModelError", f"{status}", OriginalStatusCode=status, OriginalMessage="the model failed")
        arn = self.world.stacks["staging"].parameters["ModelPackageArn"]
        made = [
            {"decision_id": row.get("decision_id", str(n)), "model_package": arn, **(said or {})}
            for n, (row, said) in enumerate(zip(rows, answers, strict=True), 1)
        ]
        if ContentType == "text/csv":
            text = "".join(f"{each['decision_id']},{each['score']},{each['model_package']}\n" for each in made)
        else:
            text = "".join(json.dumps(each) + "\n" for each in made)
        return {"Body": io.BytesIO(text.encode())}

    def rows_and_faults(self, text: str, content_type: str) -> tuple[list[Json], list[str | None]]:
        if content_type == "text/csv":
            cells = [line.split(",") for line in text.splitlines()]
            if any(len(each) not in (len(NAMES), len(NAMES) + 1) for each in cells):
                return [], [None]
            rows = [
                ({"decision_id": each[0]} if len(each) > len(NAMES) else {})
                | {f["name"]: (c or None) if f["type"] == "category" else _from_cell(c)
                 for f, c in zip(FIELDS, each[-len(NAMES):], strict=True)} for each in cells
            ]  # fmt: skip
        else:
            rows = [json.loads(line) for line in text.splitlines()]
        faults = [name for row in rows for name in self._faults(row)] if self.refuse else []
        return rows, [each for each in faults if each != self.tolerant_of]

    @staticmethod
    def _faults(row: Json) -> Iterator[str]:
        yield from (name for name in row if name not in {"decision_id", *NAMES})
        for each in FIELDS:
            name, value = each["name"], row.get(each["name"], ...)
            if value is ... or (value is None and each.get("missing") != "accept"):
                yield name
            elif value is None:
                continue
            elif each["type"] == "category":
                unseen = each.get("unseen") != "accept" and value not in each["seen"]
                if not isinstance(value, str) or unseen:
                    yield name
            elif (
                not isinstance(value, int | float)
                or value < each["minimum"]
                or value > each.get("maximum", value)
                or (each["type"] == "integer" and value % 1)
            ):
                yield name


@dataclass
class States(Client):
    """Step Functions: executions by name."""

    world: World
    executions: dict[str, Json] = field(default_factory=dict[str, Json])
    answers: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    tokens: set[str] = field(default_factory=set[str])

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Json:  # noqa: N803
        assert stateMachineArn == MACHINE
        arn = f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"
        if arn in self.executions:
            running = self.executions[arn]
            if running["input"] != input or running["status"] != "RUNNING":
                raise AwsError("ExecutionAlreadyExists")
        else:
            self.executions[arn] = {"status": "RUNNING", "input": input, "startDate": self.world.now}
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> Json:  # noqa: N803
        if executionArn not in self.executions:
            raise AwsError("ExecutionDoesNotExist")
        return self.executions[executionArn]

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803
        self._answer("success", taskToken, json.loads(output))

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> None:  # noqa: N803
        self._answer("failure", taskToken, {"Error": error, "Cause": cause})

    def _answer(self, what: str, token: str, said: Json) -> None:
        if token not in self.tokens:
            raise AwsError("TaskTimedOut")
        self.tokens.remove(token)
        self.answers.append((what, said))


@dataclass
class Queue(Client):
    """SQS, FIFO: what has been sent within five minutes is not taken again."""

    messages: dict[str, Json] = field(default_factory=dict[str, Json])

    def send_message(self, **given: Any) -> None:  # noqa: ANN401
        assert given["QueueUrl"] == SETTINGS.ledger_queue
        assert given["MessageGroupId"] == SETTINGS.model
        self.messages.setdefault(given["MessageDeduplicationId"], json.loads(given["MessageBody"]))

    def kinds(self) -> list[str]:
        return [each["kind"] for each in self.messages.values()]

    def body(self, kind: str) -> Json:
        (found,) = (each["body"] for each in self.messages.values() if each["kind"] == kind)
        return found


@dataclass
class Topic(Client):
    """SNS."""

    said: list[Json] = field(default_factory=list[Json])
    shown: list[Json] = field(default_factory=list[Json])
    approvers: list[Json] = field(default_factory=list[Json])
    chat_fails: bool = False

    def publish(self, **given: Any) -> None:  # noqa: ANN401
        if given["TopicArn"] == APPROVERS_TOPIC:
            self.approvers.append(given)
            return
        if given["TopicArn"] == CHAT_TOPIC:
            if self.chat_fails:
                raise AwsError("AuthorizationError")
            self.shown.append(json.loads(given["Message"]))
            return
        assert given["TopicArn"] == TOPIC
        assert len(given["Subject"]) <= 100
        assert "\n" not in given["Subject"]
        self.said.append(given)


@dataclass
class S3(Client):
    """Buckets by name."""

    buckets: dict[str, dict[str, bytes]]

    def get_object(self, *, Bucket: str, Key: str) -> Json:  # noqa: N803
        if Key not in self.buckets[Bucket]:
            raise AwsError("NoSuchKey")
        return {"Body": io.BytesIO(self.buckets[Bucket][Key])}

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> Json:  # noqa: N803
        return {"Contents": [{"Key": key} for key in sorted(self.buckets[Bucket]) if key.startswith(Prefix)]}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **given: str) -> None:  # noqa: N803
        assert given == {
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": "arn:aws:kms:eu-west-1:555555555555:key/answers",
        }
        self.buckets[Bucket][Key] = Body


class Images(Client):
    """ECR."""

    def describe_images(self, **given: Any) -> Json:  # noqa: ANN401
        assert given["repositoryName"] == SETTINGS.image_repository
        return {"imageDetails": [{"imageDigest": IMAGE}]}


@dataclass
class World:
    """Everything that a promotion meets; each call of AWS or the table may be where its function dies."""

    now: datetime = BEGAN
    versions: dict[int, Version] = field(default_factory=dict[int, Version])
    buckets: dict[str, dict[str, bytes]] = field(default_factory=lambda: {ARTIFACTS: {}, "acme-capture": {}})
    calls: int = 0
    dies_at: int | None = None
    """The number of the call at which it dies, before it has its effect; negative: after."""
    raises: BaseException | None = None
    seconds: float = 0.0
    sender: int = field(default_factory=threading.get_ident)
    settings: Settings = SETTINGS
    content_type: str = "application/jsonlines"
    schedule_state: str = "ENABLED"

    def __post_init__(self) -> None:
        self.stacks = {name: Stack(place.stack) for name, place in self.places.items()}
        if self.settings.staging.schedule is not None:
            self.buckets["acme-answers"] = {}
            for stack in self.stacks.values():
                del stack.parameters["TrafficShift"]
                stack.changes = BATCH_CHANGES
        self.states, self.queue, self.topic = States(self), Queue(), Topic()
        self.endpoint = Endpoint(self)
        self.items, self.runs = MemoryStore(), MemoryStore()

    @property
    def places(self) -> dict[str, Environment]:
        return {"staging": self.settings.staging, "production": self.settings.production}

    @property
    def promotion(self) -> Promotion:
        clock = Clock(self._seconds, self._sleep)
        items, runs = (cast("Store", _Watched(each, self)) for each in (self.items, self.runs))
        return Promotion(
            self.settings,
            self,
            items,
            lambda: self.now,
            clock,
            retrained=None if self.settings.one_approval is None else runs,
        )

    def _seconds(self) -> float:
        """The time of who sends; who waits for an answer waits for none of it, in whichever order threads get on."""
        return self.seconds if threading.get_ident() == self.sender else 0.0

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def client(self, service: str, environment: Environment | None = None) -> Any:  # noqa: ANN401
        stack = None if environment is None else self.stacks[environment.name]
        made: Any
        match service, stack:
            case "cloudformation", Stack():
                made = CloudFormation(stack)
            case "sagemaker", _:
                made = SageMaker(self, stack)
            case "scheduler", Stack():
                assert environment is not None
                made = Scheduler(self, stack, environment.schedule)
            case "sagemaker-runtime", Stack():
                made = self.endpoint
            case "s3", _:
                made = S3(self.buckets)
            case _:
                made = {"stepfunctions": self.states, "sqs": self.queue, "sns": self.topic, "ecr": Images()}[service]
        return _Watched(made, self)

    def transform(self, job: Json) -> str:
        """Score what a transform job is given as SageMaker does: a file with a refused record has no answers."""
        kind = job["TransformInput"]["ContentType"]
        bucket, _, prefix = job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"][5:].partition("/")
        into = job["TransformOutput"]["S3OutputPath"].removeprefix(f"s3://{bucket}/")
        status = "Completed"
        for key, body in sorted(self.buckets[bucket].items()):
            if not key.startswith(prefix):
                continue
            name = self.settings.staging.endpoint
            try:
                answer = self.endpoint.invoke_endpoint(EndpointName=name, Body=body, ContentType=kind, Accept=kind)
            except AwsError:
                status = "Failed"
                continue
            self.buckets[bucket][f"{into}/{key.removeprefix(prefix)}.out"] = answer["Body"].read()
        return status

    def version(self, number: int, **more: Any) -> Version:  # noqa: ANN401
        """A version that is registered."""
        made = Version(number, **more)
        made.write(self.buckets[ARTIFACTS])
        self.versions[number] = made
        return made

    def retrained(self, number: int, champion: int = 1, **changed: Any) -> Run:  # noqa: ANN401
        """A version that retraining has had registered and found better; what it remembers, some of that otherwise."""
        manifest = {"DatasetManifestUri": "s3://data/manifests/flights/2.json", "DatasetManifestSha256": "c" * 64}
        asked = {"Author": ANN, "Commit": COMMIT, "ImageDigest": IMAGE, "StartedBy": RETRAINING, **manifest}
        given: Json = {
            "day": f"{self.now.date() - timedelta(days=2)}",
            "at": "2026-11-25T06:30:00Z",
            "cause": "time",
            "why": "every 30 days",
            "parameters": {**asked, "TrainBefore": "2026-10-27", "DatasetUri": "s3://data/curated/flights/2/"},
            "execution": execution(number),
            "ended": "Succeeded",
            "version": number,
            "outcome": "better",
            "said": "the log loss of version 2 is 0.015 lower (95 % of the difference: -0.03 to -0.004)",
            "decided": "2026-11-26T06:30:00Z",
            "is_done": True,
            "champion": champion,
            "has_registered": True,
            "token": "5" * 64,
        }
        run = Run(**{**given, **changed})
        begin(self.runs, run)
        metadata = {
            "dataset": "s3://data/curated/flights/2/",
            "dataset-manifest": manifest["DatasetManifestUri"],
            "dataset-manifest-sha256": manifest["DatasetManifestSha256"],
            "train-before": "2026-10-27",
        }
        by = session("pipeline", "SageMaker").replace(TOOLING, DEVELOPMENT)
        self.version(number, starter=RETRAINING, metadata=metadata, changed={"CreatedBy": {"IamIdentity": {"Arn": by}}})
        return run

    def update(self, number: int, role: str, person: str, **changes: Any) -> Json:  # noqa: ANN401
        """Somebody updates a version; the event that follows."""
        self.now += timedelta(minutes=1)
        version = self.versions[number]
        by = {"LastModifiedBy": {"IamIdentity": {"Arn": session(role, person)}}, "LastModifiedTime": self.now}
        version.changed = {**version.changed, **changes, **by}
        return self.event(number, *changes)

    def event(self, number: int, *updated: str) -> Json:
        """The event of a version as it is now."""
        described = self.versions[number].described()
        shown = ("ModelPackageArn", "ModelApprovalStatus", "ModelLifeCycle")
        return {
            "id": f"6a7e8feb-b491-4cf7-a9f1-{int(self.now.timestamp()):012d}",
            "source": "aws.sagemaker",
            "detail-type": "SageMaker Model Package State Change",
            "account": TOOLING,
            "detail": {
                **{name: described[name] for name in shown if name in described},
                "LastModifiedTime": int(described["LastModifiedTime"].timestamp() * 1000),
                "UpdatedModelPackageFields": list(updated),
            },
        }

    def approve(self, number: int, person: str = BEN) -> Json:
        return self.update(number, "approve", person, ModelApprovalStatus="Approved")

    def decide(self, number: int, status: str, person: str = CARA, stage: str = "Production", why: str = "") -> Json:
        cycle = {"Stage": stage, "StageStatus": status, "StageDescription": f"{why} {self.now}".strip()}
        return self.update(number, "release", person, ModelLifeCycle=cycle)


class _Watched:
    """Counts calls, and dies at one of them."""

    def __init__(self, what: object, world: World) -> None:
        self._what, self._world = what, world

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        found = getattr(self._what, name)
        if not callable(found) or isinstance(found, type):
            return found

        def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401
            self._world.calls += 1
            dies = self._world.dies_at
            if dies == self._world.calls:
                raise self._world.raises or DeathError
            answer = found(*given, **named)
            if dies is not None and dies == -self._world.calls:
                raise self._world.raises or DeathError
            return answer

        return call

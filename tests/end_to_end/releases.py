"""The releases of team arrivals' model on a deployed platform: decided by people, looked at through AWS's own APIs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

from mlops_stages.local.client import inventory
from mlops_stages.local.client.promotions import STEP_S, Progress, follow
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform import Duty
from mlops_stages.runtime.promotion.overview import overview
from mlops_stages.runtime.promotion.store import DynamoStore
from tests.callers import Caller
from tests.end_to_end.arrivals import MODEL, TEAM, Arrivals, place
from tests.end_to_end.conftest import PlatformUp

NAME = f"{TEAM}/{MODEL}"
HUGO, FLORA, ZOE = "hugo.stein@acme.example", "flora.king@acme.example", "zoe.martin@acme.example"
"""The owner approves for staging, Zoe for production, Flora may do either."""
PASSED = 1
"""Seconds of the clock in which what was just decided is on its way."""
LONGEST_MS = 30_000
_STEPS = 120

Json = dict[str, Any]


def decided(status: str, stage: str = "Production") -> Json:
    """What somebody sets of a version who decides about production, or asks for staging again."""
    return {"ModelLifeCycle": {"Stage": stage, "StageStatus": status, "StageDescription": f"{status} {uuid4()}"}}


@dataclass(frozen=True)
class Releases:
    """All that concerns the model's promotions."""

    up: PlatformUp

    @cached_property
    def arrivals(self) -> Arrivals:
        """The model's team."""
        return Arrivals(self.up)

    @cached_property
    def tooling(self) -> Caller:
        """Who reads and disturbs what belongs to the promotion: the way into the tooling account."""
        return self.up.way_in(self.arrivals.addresses.tooling)

    @property
    def endpoint(self) -> Endpoint:
        """The local AWS."""
        return self.up.endpoint

    @cached_property
    def request_function(self) -> str:
        """The function that takes the registry's events."""
        return self.arrivals.addresses.request_function_name(MODEL)

    @property
    def test_function(self) -> str:
        """The function that tests a version in staging."""
        return f"{self.up.platform.name}-{MODEL}-promotion-test"

    @cached_property
    def settings(self) -> Json:
        """What the promotion's functions are told."""
        function = self.tooling.client("lambda").get_function_configuration(FunctionName=self.request_function)
        told: Json = json.loads(function["Environment"]["Variables"]["PROMOTION"])
        return told

    # Versions

    def register(self, **changes: Any) -> int:  # noqa: ANN401 - any API's
        """Register what `up` trained as another version, by the pipeline's role; its number."""
        sagemaker = self.arrivals.pipeline().client("sagemaker")
        arn = sagemaker.create_model_package(**self.arrivals.registration(**changes))["ModelPackageArn"]
        self.pass_time()
        return int(str(arn).rpartition("/")[2])

    def copied(self, shift: float = 0.0) -> tuple[int, Files]:
        """Register a copy whose files are its own, its golden records' scores shifted; its number and its files."""
        said = self.arrivals.registration()
        metadata, specification = dict(said["CustomerMetadataProperties"]), said["InferenceSpecification"]
        files = Files(self, metadata["evaluation"], specification["Containers"][0]["ModelDataUrl"], uuid4().hex[:12])
        evaluation = files.copy(shift)
        execution = f"{metadata['execution'].rpartition('/')[0]}/{files.run}"
        specification["Containers"][0] |= {"ModelDataUrl": files.model}
        number = self.register(
            InferenceSpecification=specification,
            ModelMetrics={
                "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": files.evaluation}}
            },
            CustomerMetadataProperties={
                **metadata,
                "execution": execution,
                "evaluation": files.evaluation,
                "evaluation-sha256": hashlib.sha256(evaluation).hexdigest(),
            },
        )
        return number, files

    def arn(self, version: int) -> str:
        """A version in the registry."""
        return self.arrivals.addresses.packages(TEAM, MODEL).removesuffix("*") + str(version)

    def update(self, version: int, email: str, duty: Duty, **changes: Any) -> None:  # noqa: ANN401 - any API's
        """Update a version as somebody in a role, without the command, which looks before it does."""
        sagemaker = self.arrivals.duty(duty, email).client("sagemaker")
        sagemaker.update_model_package(ModelPackageArn=self.arn(version), **changes)
        self.pass_time()

    def approve(self, version: int, email: str = HUGO, **changes: Any) -> None:  # noqa: ANN401 - any API's
        """Approve a version for staging."""
        self.update(version, email, Duty.APPROVE, ModelApprovalStatus="Approved", **changes)

    def release(self, version: int, email: str = ZOE) -> None:
        """Approve a version for production."""
        self.update(version, email, Duty.RELEASE, **decided("Approved"))

    # What happens

    def pass_time(self, seconds: float = PASSED) -> None:
        """Move the clock ahead; what was due is done then."""
        inventory.post(self.endpoint, "clock", {"advance_seconds": seconds}, timeout_s=600)

    def follow(self) -> Progress:
        """Move the clock ahead until the latest promotion waits for somebody or has ended."""
        team = self.arrivals.team
        progress = follow(self.endpoint, self.up.platform, team, team.models[0], _silent)
        assert progress is not None
        return progress

    def at_rest(self) -> int:
        """Have nothing run or wait, and a version serve production; its number."""
        followed, told = self.follow(), self.told()
        if followed.status == "failed" and told["production"] is None and not told["waiting"]:
            # The machine was too busy for what `up` promoted.
            version = int(self.arrivals.package["version"])
            self.update(version, ZOE, Duty.RELEASE, **decided("Requested", stage="Staging"))
            assert self.follow().status == "waiting"
        for waiting in self.told()["waiting"]:
            self.release(int(waiting["version"]), waiting["for"][-1])
            assert self.follow().status == "succeeded"
        return int(self.told()["production"]["version"])

    def executions(self, version: int) -> list[str]:
        """The names of a version's executions."""
        states = self.tooling.client("stepfunctions")
        listed = states.list_executions(stateMachineArn=self.settings["machine"])["executions"]
        return sorted(each["name"] for each in listed if each["name"].startswith(f"v{version}-"))

    def until(self, happened: Callable[[], bool]) -> None:
        """Move the clock ahead until something has happened."""
        for _ in range(_STEPS):
            if happened():
                return
            self.pass_time(STEP_S)
        raise AssertionError("it did not happen")

    def history(self, execution: str) -> list[Json]:
        """What happened in an execution, the first first."""
        states, machine = self.tooling.client("stepfunctions"), self.settings["machine"]
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{execution}"
        return list(states.get_execution_history(executionArn=arn, maxResults=1000)["events"])

    @contextmanager
    def throttled(self, function: str) -> Generator[None]:
        """While Lambda runs a function for nobody."""
        functions = self.tooling.client("lambda")
        functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        try:
            yield
        finally:
            functions.delete_function_concurrency(FunctionName=function)

    @contextmanager
    def dying(self, function: str, seconds: int) -> Generator[None]:
        """While Lambda ends a function after so many seconds, wherever it is."""
        functions = self.tooling.client("lambda")
        timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
        functions.update_function_configuration(FunctionName=function, Timeout=seconds)
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=function, Timeout=timeout)

    @contextmanager
    def patient(self) -> Generator[None]:
        """While the test of the promised load bears a machine that is busy with other tests."""
        functions, function = self.tooling.client("lambda"), self.test_function
        given = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        told = json.loads(given["PROMOTION"])
        told["promise"] |= {"p99_latency_ms": LONGEST_MS, "availability_percent": 50.0}
        functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": {**given, "PROMOTION": json.dumps(told)}}
        )
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=function, Environment={"Variables": given})

    # What is so

    def told(self) -> Json:
        """What `mlops-stages releases` says, as an approver reads it."""
        dynamodb = self.arrivals.duty(Duty.RELEASE, ZOE).client("dynamodb")
        return overview(DynamoStore(dynamodb, self.settings["table"], MODEL), (FLORA, ZOE))

    def command(self, *words: str) -> Json:
        """What a command about the model says."""
        done = self.up.run(*words[:1], NAME, *words[1:], "--json")
        assert done.returncode == 0, done.stderr
        said: Json = json.loads(done.stdout)
        return said

    def serves(self, environment: str = "production") -> Json:
        """By which configuration an endpoint serves which version, as SageMaker says."""
        account = self.up.platform.addresses.account_of(environment)
        sagemaker = self.up.root(account).client("sagemaker")
        found = sagemaker.describe_endpoint(EndpointName=f"{TEAM}-{MODEL}-{environment}")
        configuration = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
        (variant,) = configuration["ProductionVariants"]
        model = sagemaker.describe_model(ModelName=variant["ModelName"])
        (container,) = [
            *model.get("Containers", []),
            *([model["PrimaryContainer"]] if "PrimaryContainer" in model else []),
        ]
        return {
            "status": found["EndpointStatus"],
            "configuration": found["EndpointConfigName"],
            "package": container["ModelPackageName"],
        }

    def records(self, version: int) -> list[Json]:
        """What the ledger has about a version, in its order; without the calls, which come when CloudTrail likes."""
        return [each for each in self._of(version) if each["kind"] != "called"]

    def calls(self, version: int) -> list[tuple[str, str]]:
        """What CloudTrail has told the ledger about a version: who decided what, in any order."""
        found = (each["body"] for each in self._of(version) if each["kind"] == "called")
        return sorted((each["decision"], each["who"]["source_identity"]) for each in found)

    def events_of_calls(self, version: int) -> set[str]:
        """The ids of CloudTrail's events by which a version was updated, as its history has them."""
        found = self.tooling.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "UpdateModelPackage"}]
        )["Events"]
        said = (json.loads(each["CloudTrailEvent"]) for each in found)
        return {each["eventID"] for each in said if each["requestParameters"]["modelPackageArn"] == self.arn(version)}

    def attributed(self) -> list[Json]:
        """The decisions of persons, each with the call that the ledger has of it."""
        return [line["called"] for line in self._shown() if "called" in line]

    def _of(self, version: int) -> list[Json]:
        found = [line["record"] for line in self._shown() if "record" in line]
        return [each for each in found if each["body"].get("package_arn") == self.arn(version)]

    def _shown(self) -> list[Json]:
        return [json.loads(line) for line in self.up.run("ledger", "show", NAME, "--json").stdout.splitlines()]

    def kinds(self, version: int) -> list[str]:
        """What kinds of records these are."""
        return [each["kind"] for each in self.records(version)]

    def is_sound(self) -> bool:
        """Whether `ledger verify` finds nothing."""
        return self.up.run("ledger", "verify", NAME).returncode == 0


@dataclass(frozen=True)
class Files:
    """Evaluation, golden records and model of a version that shares them with no other."""

    releases: Releases
    first_evaluation: str
    first_model: str
    run: str

    @property
    def evaluation(self) -> str:
        """Where its evaluation is."""
        return self._beside(self.first_evaluation)

    @property
    def model(self) -> str:
        """Where its model is."""
        return self._beside(self.first_model)

    def copy(self, shift: float) -> bytes:
        """Write all of them; return the evaluation."""
        read = self.releases.arrivals.read
        evaluation = json.loads(read(self.first_evaluation))
        name = evaluation["golden"]["file"]
        rows = [json.loads(each) for each in read(f"{self.first_evaluation.rpartition('/')[0]}/{name}").splitlines()]
        golden = "".join(json.dumps({**row, "score": row["score"] + shift}) + "\n" for row in rows).encode()
        evaluation["golden"]["sha256"] = hashlib.sha256(golden).hexdigest()
        content = json.dumps(evaluation).encode()
        self.write(f"{self.evaluation.rpartition('/')[0]}/{name}", golden)
        if "baseline" in evaluation:
            self._copy_beside(evaluation["baseline"]["file"])
        self.write(self.evaluation, content)
        self.write(self.model, read(self.first_model))
        return content

    def write(self, uri: str, content: bytes) -> None:
        """Write an object, as the pipeline's role: nobody else may, whoever administers the account."""
        bucket, key = place(uri)
        self.releases.arrivals.pipeline().client("s3").put_object(Bucket=bucket, Key=key, Body=content)

    def exchange(self, uri: str) -> None:
        """Put other bytes in an object's place."""
        self.write(uri, self.releases.arrivals.read(uri) + b"\n")

    def _copy_beside(self, name: str) -> None:
        """Copy a file that lies beside the evaluation."""
        content = self.releases.arrivals.read(f"{self.first_evaluation.rpartition('/')[0]}/{name}")
        self.write(f"{self.evaluation.rpartition('/')[0]}/{name}", content)

    def _beside(self, uri: str) -> str:
        kind, model, _run, *rest = place(uri)[1].split("/")
        return "/".join((f"s3://{place(uri)[0]}", kind, model, self.run, *rest))


class Inbox:
    """A queue of the tooling account that is sent what the owner is told, and the registry's events."""

    def __init__(self, releases: Releases) -> None:
        self._releases = releases
        self._sqs = releases.tooling.client("sqs")
        name = f"inbox-{uuid4().hex[:8]}"
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        anyone = {"Effect": "Allow", "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}}
        statement = {**anyone, "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        releases.tooling.client("sns").subscribe(TopicArn=releases.settings["topic"], Protocol="sqs", Endpoint=arn)
        events = releases.tooling.client("events")
        pattern = {"source": ["aws.sagemaker"], "detail": {"ModelPackageGroupName": [releases.settings["group"]]}}
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "inbox", "Arn": arn}])
        self._notices: list[Json] = []
        self._events: list[Json] = []

    def subjects(self, version: int) -> list[str]:
        """What the owner was told about a version since the inbox is there, in short."""
        self._take()
        start = f"{NAME}: v{version}"
        return [
            each["Subject"].removeprefix(f"{NAME}: ") for each in self._notices if each["Subject"].startswith(start)
        ]

    def said(self) -> str:
        """The last message to the owner."""
        self._take()
        return str(self._notices[-1]["Message"])

    def events(self, version: int) -> list[Json]:
        """The registry's events of a version."""
        self._take()
        arn = self._releases.arn(version)
        return [each for each in self._events if each["detail"].get("ModelPackageArn") == arn]

    def deliver_again(self, *events: Json) -> None:
        """Have EventBridge's events reach the function once more, in this order."""
        functions = self._releases.tooling.client("lambda")
        for event in events:
            given = {"FunctionName": self._releases.request_function, "Payload": json.dumps(event).encode()}
            answer = functions.invoke(**given)
            assert "FunctionError" not in answer, answer["Payload"].read()
        self._releases.pass_time()

    def _take(self) -> None:
        while found := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                body = json.loads(message["Body"])
                (self._notices if "TopicArn" in body else self._events).append(body)


def _silent(_step: str) -> None:
    """Nobody watches."""

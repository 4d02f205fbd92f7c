"""State machines by boto3: as their own role, by the clock, with AWS's names of errors, histories and logs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import pytest

from tests.local.clients import REGION, LocalAws, allow, deny, refusal
from tests.local.laboratory import until

TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
MACHINE = f"arn:aws:states:{REGION}:111111111111:stateMachine:m"
DAY = 24 * 3600
Json = dict[str, Any]


class Machines:
    """State machines of one account."""

    def __init__(self, aws: LocalAws, account: str) -> None:
        self.aws = aws
        self.account = account
        self.client = aws.client("stepfunctions", account)
        self.sqs = aws.client("sqs", account)

    def role(self, *statements: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401  # as boto3 has it
        return self.aws.role(self.account, *statements, **{"trust": TRUST, **more})

    def create(self, *states: tuple[str, Json], role: str | None = None, **more: Any) -> str:  # noqa: ANN401
        """Create a machine of states that follow each other; its ARN."""
        given = self.client.create_state_machine(
            name=f"machine-{secrets.token_hex(4)}",
            roleArn=role or self.role(allow("*")),
            definition=json.dumps(definition(*states, **more.pop("top", {}))),
            **more,
        )
        return str(given["stateMachineArn"])

    def start(self, machine: str, given: Any = None, **more: Any) -> str:  # noqa: ANN401  # JSON-like
        started = self.client.start_execution(stateMachineArn=machine, input=json.dumps(given or {}), **more)
        return str(started["executionArn"])

    def ended(self, execution: str) -> Json:
        """The description of an execution once it has ended."""

        def done() -> Json | None:
            found: Json = self.client.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        return until(done)

    def run(self, *states: tuple[str, Json], given: Any = None, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
        return self.ended(self.start(self.create(*states, **more), given))

    def advance(self, seconds: float) -> None:
        """Move the clock of the local AWS ahead."""
        assert self.aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": seconds})[0] == 200

    def history(self, execution: str) -> list[str]:
        found = self.client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        return [event["type"] for event in found]

    def queue(self, name: str) -> str:
        return str(self.sqs.create_queue(QueueName=name)["QueueUrl"])

    def message(self, url: str) -> str:
        """The body of the next message of a queue."""
        found = until(lambda: self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
        return str(found[0]["Body"])


def definition(*states: tuple[str, Json], **top: Any) -> Json:  # noqa: ANN401  # JSON-like
    """A definition whose states follow each other, where they do not say otherwise."""
    named: dict[str, Json] = {}
    for number, (name, state) in enumerate(states):
        ends = state["Type"] in ("Choice", "Succeed", "Fail") or "Next" in state or "End" in state
        following = {"End": True} if number == len(states) - 1 else {"Next": states[number + 1][0]}
        named[name] = state if ends else {**state, **following}
    return {"StartAt": states[0][0], "States": named, **top}


def task(resource: str, parameters: Json, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    """A Task state of an integration."""
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, **more}


@pytest.fixture
def machines(quiet_aws: LocalAws, account: str) -> Machines:
    """State machines of an account of its own."""
    return Machines(quiet_aws, account)


def send(url: str, body: Any, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    return task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": body}, **more)


def test_a_task_may_do_what_the_machines_role_may(machines: Machines) -> None:
    url = machines.queue("q")
    role = machines.role(allow("sqs:SendMessage", on=f"arn:aws:sqs:{REGION}:{machines.account}:q"))
    ended = machines.run(("Send", send(url, {"version": 7})), role=role)
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["MessageId"]
    assert json.loads(machines.message(url)) == {"version": 7}


def test_a_task_that_the_role_may_not_do_fails_by_awss_name(machines: Machines) -> None:
    url = machines.queue("q")
    role = machines.role(allow("*"), deny("sqs:SendMessage"))
    ended = machines.run(("Send", send(url, "x")), role=role)
    assert (ended["status"], ended["error"]) == ("FAILED", "SQS.AmazonSQSException")
    assert "is not authorized to perform: sqs:sendmessage" in ended["cause"].lower()
    assert f":assumed-role/{role.rsplit('/', 1)[1]}/" in ended["cause"]


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (task("sns:publish", {"TopicArn": "arn:aws:sns:eu-west-1:111111111111:t", "Message": "m"}), "SNS.Author"),
        (task("lambda:invoke", {"FunctionName": "f"}), "Lambda.AWSLambdaException"),
        (task("events:putEvents", {"Entries": [{"Source": "s", "DetailType": "d"}]}), "EventBridge.AmazonEventBridge"),
        (task("dynamodb:getItem", {"TableName": "t", "Key": {"id": {"S": "1"}}}), "DynamoDB.AmazonDynamoDBException"),
        (task("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "e"}), "SageMaker.SageMakerException"),
        (task("aws-sdk:cloudformation:describeStacks", {}), "CloudFormation.CloudFormationException"),
        (task("states:startExecution", {"StateMachineArn": MACHINE}), "StepFunctions.AWSStepFunctionsException"),
    ],
)
def test_every_integration_asks_the_role(machines: Machines, state: Json, error: str) -> None:
    ended = machines.run(("Try", state), role=machines.role())
    assert ended["error"].startswith(error), ended
    assert "not authorized" in ended["cause"] or "AccessDenied" in ended["cause"]


def test_the_sdk_reaches_every_service_through_the_front(machines: Machines) -> None:
    bucket = f"b-{secrets.token_hex(6)}"
    place = {"LocationConstraint": REGION}
    ended = machines.run(
        ("Bucket", task("aws-sdk:s3:createBucket", {"Bucket": bucket, "CreateBucketConfiguration": place})),
        ("Put", task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "k", "Body": "text"})),
        ("Group", task("aws-sdk:sagemaker:createModelPackageGroup", {"ModelPackageGroupName": bucket})),
        (
            "Look",
            task("aws-sdk:sagemaker:describeModelPackageGroup", {"ModelPackageGroupName": bucket}),
        ),
    )
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["ModelPackageGroupName"] == bucket
    assert json.loads(ended["output"])["CreationTime"].endswith("Z")
    assert machines.aws.client("s3", machines.account).get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"


def test_credentials_name_a_role_that_the_machines_role_assumes(machines: Machines, account: str) -> None:
    other = str(int(account) + 1)
    machine_role = machines.role(allow("sts:AssumeRole"))
    trust = {"Effect": "Allow", "Principal": {"AWS": machine_role}, "Action": "sts:AssumeRole"}
    lets, not_this = machines.aws.role(other, allow("sts:GetCallerIdentity"), trust=trust), machines.aws.role(other)
    who = ("Who", task("aws-sdk:sts:getCallerIdentity", {}, Credentials={"RoleArn": lets}))
    assert json.loads(machines.run(who, role=machine_role)["output"])["Account"] == other
    refused = ("Who", task("aws-sdk:sts:getCallerIdentity", {}, Credentials={"RoleArn": not_this}))
    assert machines.run(refused, role=machine_role)["error"] == "States.Permissions"


def test_seven_days_of_waiting_pass_with_the_clock(machines: Machines) -> None:
    machine = machines.create(("Wait", {"Type": "Wait", "Seconds": 7 * DAY - 60}), ("Done", {"Type": "Succeed"}))
    execution = machines.start(machine)
    machines.advance(6 * DAY)
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.advance(DAY)
    found = machines.client.describe_execution(executionArn=execution)
    assert found["status"] == "SUCCEEDED"
    assert (found["stopDate"] - found["startDate"]).total_seconds() >= 7 * DAY - 60


def test_a_callback_is_answered_once_and_by_those_who_may(machines: Machines) -> None:
    url = machines.queue("q")
    body = {"token.$": "$$.Task.Token"}
    wait = task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": url, "MessageBody": body}, TimeoutSeconds=7 * DAY)
    execution = machines.start(machines.create(("Ask", wait)))
    token = json.loads(machines.message(url))["token"]
    nobody = machines.aws.client("stepfunctions", machines.aws.as_role(machines.account))
    refusal(lambda: nobody.send_task_success(taskToken=token, output="{}"))
    refusal(lambda: machines.client.send_task_success(taskToken=token, output="no JSON"), code="InvalidOutput")
    elsewhere = machines.aws.client("stepfunctions", str(int(machines.account) + 1))
    refusal(lambda: elsewhere.send_task_success(taskToken=token, output="{}"), code="TaskTimedOut")
    may = machines.aws.client("stepfunctions", machines.aws.as_role(machines.account, allow("states:SendTaskSuccess")))
    may.send_task_success(taskToken=token, output='{"approved": true}')
    assert json.loads(machines.ended(execution)["output"]) == {"approved": True}
    refusal(lambda: machines.client.send_task_success(taskToken=token, output="{}"), code="TaskTimedOut")
    assert machines.history(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_a_callback_that_fails_or_never_comes_is_caught(machines: Machines) -> None:
    url = machines.queue("q")
    body = {"token.$": "$$.Task.Token"}
    caught = [{"ErrorEquals": ["Refused"], "Next": "Refused"}, {"ErrorEquals": ["States.Timeout"], "Next": "Late"}]
    ask = task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": url, "MessageBody": body}, TimeoutSeconds=7 * DAY)
    states = (
        ("Ask", {**ask, "Catch": caught, "End": True}),
        ("Refused", {"Type": "Pass", "Result": "refused", "End": True}),
        ("Late", {"Type": "Pass", "Result": "late", "End": True}),
    )
    machine = machines.create(*states)
    refused, late = machines.start(machine), ""
    token = json.loads(machines.message(url))["token"]
    machines.client.send_task_failure(taskToken=token, error="Refused", cause="the digest has changed")
    assert machines.ended(refused)["output"] == '"refused"'
    late = machines.start(machine)
    machines.message(url)
    machines.advance(7 * DAY)
    assert machines.client.describe_execution(executionArn=late)["output"] == '"late"'


def test_a_heartbeat_keeps_a_callback_alive(machines: Machines) -> None:
    url = machines.queue("q")
    body = {"token.$": "$$.Task.Token"}
    parameters = {"QueueUrl": url, "MessageBody": body}
    wait = task("sqs:sendMessage.waitForTaskToken", parameters, TimeoutSeconds=3600, HeartbeatSeconds=60)
    execution = machines.start(machines.create(("Ask", wait)))
    token = json.loads(machines.message(url))["token"]
    for _ in range(3):
        machines.advance(50)
        machines.client.send_task_heartbeat(taskToken=token)
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.advance(61)
    assert machines.ended(execution)["error"] == "States.HeartbeatTimeout"


def test_retries_wait_by_the_clock_as_long_as_aws_says(machines: Machines) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "BackoffRate": 3, "MaxDelaySeconds": 500}]
    state = {**send("https://sqs.eu-west-1.amazonaws.com/111111111111/none", "x"), "Retry": retry}
    execution = machines.start(machines.create(("Send", state)))
    machines.advance(800)
    assert machines.history(execution).count("TaskFailed") == 3
    machines.advance(150)
    found = machines.client.describe_execution(executionArn=execution)
    assert (found["status"], machines.history(execution).count("TaskFailed")) == ("FAILED", 4)


def test_an_execution_that_runs_is_started_once(machines: Machines) -> None:
    machine = machines.create(("Wait", {"Type": "Wait", "Seconds": 60}))
    first = machines.start(machine, {"version": 7}, name="v7-1")
    assert machines.start(machine, {"version": 7}, name="v7-1") == first
    refusal(lambda: machines.start(machine, {"version": 8}, name="v7-1"), code="ExecutionAlreadyExists")
    machines.client.stop_execution(executionArn=first, error="Stopped", cause="by a person")
    refusal(lambda: machines.start(machine, {"version": 7}, name="v7-1"), code="ExecutionAlreadyExists")
    machines.advance(60)
    assert machines.history(first)[-1] == "ExecutionAborted"


def test_an_execution_has_a_time_limit(machines: Machines) -> None:
    machine = machines.create(("Wait", {"Type": "Wait", "Seconds": 600}), top={"TimeoutSeconds": 60})
    execution = machines.start(machine)
    machines.advance(60)
    found = machines.client.describe_execution(executionArn=execution)
    assert (found["status"], machines.history(execution)[-1]) == ("TIMED_OUT", "ExecutionTimedOut")
    machines.advance(600)
    assert machines.history(execution)[-1] == "ExecutionTimedOut"


def test_an_execution_that_goes_round_for_ever_ends(machines: Machines) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.never", "IsPresent": True, "Next": "Done"}]}
    states = (
        ("Turn", {"Type": "Pass", "Next": "Again"}),
        ("Again", {**choice, "Default": "Turn"}),
        ("Done", {"Type": "Succeed"}),
    )
    both = {"Type": "Parallel", "Branches": [definition(*states)]}
    ended = machines.run(("Both", both))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert "maximum number of history events" in ended["cause"]


def test_items_are_walked_as_many_at_once_as_aws_does(machines: Machines) -> None:
    processor = definition(("Wait", {"Type": "Wait", "Seconds": 60}), ("Give", {"Type": "Pass"}))
    each = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor}
    execution = machines.start(machines.create(("Each", each)), {"items": list(range(60))})
    machines.advance(61)
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.advance(61)
    assert json.loads(machines.ended(execution)["output"]) == list(range(60))


def test_branches_wait_at_the_same_time(machines: Machines) -> None:
    def branch(seconds: int) -> Json:
        return definition(("Wait", {"Type": "Wait", "Seconds": seconds}), ("Tell", {"Type": "Pass", "Result": seconds}))

    parts = [
        {**branch(seconds), "States": {f"{name}{seconds}": state for name, state in branch(seconds)["States"].items()}}
        for seconds in (100, 200)
    ]
    for part, seconds in zip(parts, (100, 200), strict=True):
        part["StartAt"] = f"Wait{seconds}"
        part["States"][f"Wait{seconds}"]["Next"] = f"Tell{seconds}"
    execution = machines.start(machines.create(("Both", {"Type": "Parallel", "Branches": parts})))
    machines.advance(199)
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.advance(2)
    assert json.loads(machines.client.describe_execution(executionArn=execution)["output"]) == [100, 200]


def test_a_nested_execution_is_waited_for_and_its_failure_fails_the_task(machines: Machines) -> None:
    child = machines.create(("Wait", {"Type": "Wait", "Seconds": 60}), ("Give", {"Type": "Pass", "Result": {"a": 1}}))
    bad = machines.create(("Fail", {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}))
    start = "states:startExecution.sync:2"
    execution = machines.start(machines.create(("Run", task(start, {"StateMachineArn": child, "Input": {"x": 1}}))))
    machines.advance(61)
    output = json.loads(machines.client.describe_execution(executionArn=execution)["output"])
    assert (output["Status"], output["Output"], output["Input"]) == ("SUCCEEDED", {"a": 1}, {"x": 1})
    failed = machines.run(("Run", task(start, {"StateMachineArn": bad})))
    assert failed["error"] == "States.TaskFailed"
    assert json.loads(failed["cause"])["Error"] == "Broken"


def test_the_log_group_and_the_metrics_tell_of_an_execution(machines: Machines) -> None:
    logs = machines.aws.client("logs", machines.account)
    logs.create_log_group(logGroupName="/aws/vendedlogs/states/m")
    group = f"arn:aws:logs:{REGION}:{machines.account}:log-group:/aws/vendedlogs/states/m:*"
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": group}}
    settings = {"level": "ALL", "includeExecutionData": False, "destinations": [destination]}
    machine = machines.create(("Fail", {"Type": "Fail", "Error": "Broken"}), loggingConfiguration=settings)
    execution = machines.start(machine, {"secret": "s"})
    machines.ended(execution)
    events = until(lambda: logs.filter_log_events(logGroupName="/aws/vendedlogs/states/m")["events"][2:])
    said = json.loads(events[-1]["message"])
    assert (said["type"], said["execution_arn"], said["details"]["error"]) == ("ExecutionFailed", execution, "Broken")
    assert "secret" not in json.dumps(events)
    watch = machines.aws.client("cloudwatch", machines.account)
    found = watch.list_metrics(Namespace="AWS/States", Dimensions=[{"Name": "StateMachineArn", "Value": machine}])
    assert {metric["MetricName"] for metric in found["Metrics"]} == {"ExecutionsStarted", "ExecutionsFailed"}


def test_a_machine_that_aws_refuses_is_not_created(machines: Machines) -> None:
    fine = json.dumps(definition(("Done", {"Type": "Succeed"})))
    create = machines.client.create_state_machine
    untrusted = machines.aws.role(machines.account)
    refusal(lambda: create(name="m", roleArn=untrusted, definition=fine), code="AccessDenied")
    wrong = json.dumps(definition(("Send", {**task("sqs:sendMessage", {}), "Next": "Nowhere"})))
    said = refusal(lambda: create(name="m", roleArn=machines.role(), definition=wrong), code="InvalidDefinition")
    assert "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at /States/Send/Next" in said
    result = machines.client.validate_state_machine_definition(definition=wrong)
    assert (result["result"], result["diagnostics"][0]["code"]) == ("FAIL", "InvalidDefinition")
    arn = machines.create(("Done", {"Type": "Succeed"}))
    refusal(
        lambda: machines.client.update_state_machine(stateMachineArn=arn, definition=wrong), code="InvalidDefinition"
    )

"""Definitions of state machines: what AWS takes passes, what it refuses is named with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.server.step_functions import definitions, integrations

Json = dict[str, Any]
FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:f"


def machine(state: Json, **top: Any) -> str:  # noqa: ANN401  # JSON-like
    """A machine of one state, and one that ends."""
    states = {"First": state, "Last": {"Type": "Succeed"}}
    return json.dumps({"StartAt": "First", "States": states, **top})


def task(**more: Any) -> Json:  # noqa: ANN401  # JSON-like
    return {"Type": "Task", "Resource": FUNCTION, "Next": "Last", **more}


FINE: list[tuple[Json, Json]] = [
    (task(Retry=[{"ErrorEquals": ["ValueError"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]), {}),
    (task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Last", "ResultPath": "$.error"}]), {}),
    (task(Parameters={"a.$": "$.b", "c.$": "States.Format('{}', $.d)", "e": ["$", {"f.$": "$$.Execution.Id"}]}), {}),
    (task(Arguments={"a": "{% $states.input.b %}"}, Output="{% 1 %}", Assign={"x": 1}), {"QueryLanguage": "JSONata"}),
    (task(QueryLanguage="JSONata", TimeoutSeconds="{% 60 %}"), {}),
    ({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Last"}]}, {}),
    ({"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Last"}, {"TimeoutSeconds": 60}),
    ({"Type": "Map", "ItemProcessor": json.loads(machine({"Type": "Fail"})), "Next": "Last"}, {}),
]


@pytest.mark.parametrize(("state", "top"), FINE)
def test_what_aws_takes_has_no_faults_of_its_own(state: Json, top: Json) -> None:
    found = [fault for fault in definitions.faults(machine(state, **top)) if fault.code != "DUPLICATE_STATE_NAME"]
    assert [fault for fault in found if "not reachable" not in fault.message] == []


WRONG: list[tuple[Json, str, str]] = [
    ({"Type": "Tasks", "Next": "Last"}, "SCHEMA_VALIDATION_FAILED", "/States/First/Type"),
    (task(Resource="sqs"), "SCHEMA_VALIDATION_FAILED", "/States/First/Resource"),
    (task(Resource="arn:aws:states:::aws-sdk:sqs:sendMesage"), "SCHEMA_VALIDATION_FAILED", "/States/First/Resource"),
    (task(Resource="arn:aws:states:::aws-sdk:sqss:sendMessage"), "SCHEMA_VALIDATION_FAILED", "/States/First/Resource"),
    (task(Resource="arn:aws:states:::batch:submitJob.sync"), "SCHEMA_VALIDATION_FAILED", "/States/First/Resource"),
    (task(Next="Nowhere"), "MISSING_TRANSITION_TARGET", "/States/First/Next"),
    (task(End=True), "SCHEMA_VALIDATION_FAILED", "/States/First"),
    (task(Retries=[]), "SCHEMA_VALIDATION_FAILED", "/States/First"),
    (task(Arguments={}), "SCHEMA_VALIDATION_FAILED", "/States/First"),
    (task(Parameters={"a.$": "b"}), "SCHEMA_VALIDATION_FAILED", "/States/First/Parameters"),
    (task(ResultPath="$$.Task"), "SCHEMA_VALIDATION_FAILED", "/States/First/ResultPath"),
    (task(Assign={"a.$": "$.b"}), "NOT_EMULATED", "/States/First/Assign"),
    (task(HeartbeatSeconds=60, TimeoutSeconds=60), "SCHEMA_VALIDATION_FAILED", "/States/First"),
    (task(TimeoutSeconds=0), "SCHEMA_VALIDATION_FAILED", "/States/First/TimeoutSeconds"),
    (
        task(Retry=[{"ErrorEquals": ["States.ALL", "E"]}]),
        "SCHEMA_VALIDATION_FAILED",
        "/States/First/Retry[0]/ErrorEquals",
    ),
    (
        task(Retry=[{"ErrorEquals": ["E"], "BackoffRate": 0.5}]),
        "SCHEMA_VALIDATION_FAILED",
        "/States/First/Retry[0]/BackoffRate",
    ),
    (task(Catch=[{"ErrorEquals": ["E"]}]), "SCHEMA_VALIDATION_FAILED", "/States/First/Catch[0]"),
    (
        task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters={"MessageBody": "x"}),
        "SCHEMA_VALIDATION_FAILED",
        "/States/First",
    ),
    ({"Type": "Choice", "Choices": [], "Default": "Last"}, "SCHEMA_VALIDATION_FAILED", "/States/First/Choices"),
    (
        {"Type": "Choice", "Choices": [{"Next": "Last"}]},
        "SCHEMA_VALIDATION_FAILED",
        "/States/First/Choices[0]",
    ),
    ({"Type": "Wait", "Next": "Last"}, "SCHEMA_VALIDATION_FAILED", "/States/First"),
    (
        {"Type": "Parallel", "Branches": [{}], "Next": "Last"},
        "SCHEMA_VALIDATION_FAILED",
        "/States/First/Branches[0]/States",
    ),
    ({"Type": "Succeed"}, "MISSING_TRANSITION_TARGET", "/States/Last"),
]


@pytest.mark.parametrize(("state", "code", "path"), WRONG)
def test_what_aws_refuses_is_named_with_its_place(state: Json, code: str, path: str) -> None:
    assert (code, path) in [(fault.code, fault.path) for fault in definitions.faults(machine(state))]


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("{", "INVALID_JSON_DESCRIPTION", "/"),
        ("[]", "INVALID_JSON_DESCRIPTION", "/"),
        ('{"StartAt": "A"}', "SCHEMA_VALIDATION_FAILED", "/States"),
        ('{"States": {"A": {"Type": "Succeed"}}}', "SCHEMA_VALIDATION_FAILED", "/"),
        ('{"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}', "MISSING_TRANSITION_TARGET", "/StartAt"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}, "Stats": 1}', "SCHEMA_VALIDATION_FAILED", "/"),
    ],
)
def test_a_machine_is_judged_as_a_whole(text: str, code: str, path: str) -> None:
    assert (code, path) in [(fault.code, fault.path) for fault in definitions.faults(text)]


@pytest.mark.parametrize(
    ("resource", "service", "operation", "waits"),
    [
        (FUNCTION, "lambda", "Invoke", ""),
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", "lambda", "Invoke", "token"),
        ("arn:aws:states:::states:startExecution.sync:2", "stepfunctions", "StartExecution", "sync:2"),
        ("arn:aws:states:::aws-sdk:sfn:describeExecution", "stepfunctions", "DescribeExecution", ""),
        ("arn:aws:states:::aws-sdk:eventbridge:putRule", "events", "PutRule", ""),
        ("arn:aws-cn:states:::dynamodb:updateItem", "dynamodb", "UpdateItem", ""),
    ],
)
def test_a_resource_says_what_is_called(resource: str, service: str, operation: str, waits: str) -> None:
    call = integrations.call_of(resource)
    assert call is not None
    assert (call.service, call.operation, call.waits) == (service, operation, waits)

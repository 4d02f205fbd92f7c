"""Asynchronous invocations: how often, when, and what is left of an event that fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.server import engine
from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.lambda_functions.asynchronous import Asynchronous
from mlops_stages.local.server.timers import Timers

START = 1_800_000_000.0
ARN = "arn:aws:lambda:eu-west-1:111111111111:function:promote"
QUEUE = "arn:aws:sqs:eu-west-1:111111111111:lost"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:owners"
OK = engine.Outcome(payload={"done": True}, error="")
FAILED = engine.Outcome(payload={"errorType": "ValueError", "errorMessage": "no"}, error="Unhandled")
THROTTLED = engine.Outcome(payload={"message": "Rate Exceeded"}, error="Throttled")


class Queues:
    """A function's event queue on a clock that stands still, its runs, and what was sent as its role."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.timers = Timers(Clock(machine=lambda: START))
        self.outcomes: list[engine.Outcome] = []
        self.runs: list[float] = []
        self.requests: set[str] = set()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.refuses = False
        self.gone = False
        self.counted: list[str] = []
        self.asynchronous = Asynchronous(self.timers, lambda _invoked, service: Sender(self, service))

        def run(_: engine.Invoked, event: Any, request_id: str) -> engine.Outcome:  # noqa: ANN401  # JSON-like
            assert event == {"version": 7}
            self.requests.add(request_id)
            self.runs.append(self.timers.clock.now() - START)
            return self.outcomes.pop(0)

        monkeypatch.setattr(engine.Invoked, "run", run)

        def now(invoked: engine.Invoked) -> engine.Invoked | None:
            return None if self.gone else invoked

        monkeypatch.setattr(engine.Invoked, "now", now)

        def count(_: str, metric: str) -> None:
            self.counted.append(metric)

        monkeypatch.setattr(engine, "count", count)

    def accept(self, *outcomes: engine.Outcome, dead: str = "", after: float = 8 * 3600, **settings: Any) -> None:  # noqa: ANN401
        self.outcomes = list(outcomes)
        invoked = engine.Invoked(
            arn=ARN, name="promote", version="$LATEST", role="", settings=settings, dead_letters=dead, record={}
        )
        self.asynchronous.accept(invoked, {"version": 7})
        self.timers.drive(after)


class Sender:
    """A client that keeps what it sends."""

    def __init__(self, queues: Queues, service: str) -> None:
        self._queues = queues
        self._service = service

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401  # boto3-like
        def call(**given: Any) -> dict[str, Any]:  # noqa: ANN401
            if self._queues.refuses:
                raise RuntimeError("the role may not")
            self._queues.sent.append((f"{self._service}:{operation}", given))
            return {}

        return call


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    """The queues of functions."""
    return Queues(monkeypatch)


def test_a_function_that_succeeds_runs_once_and_leaves_nothing(queues: Queues) -> None:
    queues.accept(OK, dead=QUEUE)
    assert (queues.runs, queues.sent, queues.counted) == ([0], [], [])


def test_a_function_that_fails_runs_three_times_a_minute_and_two_apart(queues: Queues) -> None:
    queues.accept(FAILED, FAILED, FAILED)
    assert (queues.runs, len(queues.requests)) == ([0, 60, 180], 1)
    assert queues.counted == ["AsyncEventsDropped"]


def test_a_dead_letter_is_the_event_with_the_error_in_attributes(queues: Queues) -> None:
    queues.accept(FAILED, dead=QUEUE, MaximumRetryAttempts=0)
    [(operation, sent)] = queues.sent
    assert (operation, sent["MessageBody"]) == ("sqs:send_message", '{"version": 7}')
    assert sent["QueueUrl"].endswith("/111111111111/lost")
    told = {name: (value["DataType"], value["StringValue"]) for name, value in sent["MessageAttributes"].items()}
    assert told.pop("RequestID") == ("String", *queues.requests)
    assert told == {"ErrorCode": ("Number", "200"), "ErrorMessage": ("String", "no")}


def test_a_destination_is_told_of_the_event_the_answer_and_why(queues: Queues) -> None:
    queues.accept(FAILED, FAILED, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": TOPIC}})
    [(operation, sent)] = queues.sent
    record = json.loads(sent["Message"])
    assert (operation, sent["TopicArn"]) == ("sns:publish", TOPIC)
    assert record["requestContext"] == {
        "requestId": next(iter(queues.requests)),
        "functionArn": f"{ARN}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 2,
    }
    assert (record["requestPayload"], record["responsePayload"]) == ({"version": 7}, FAILED.payload)
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }


def test_success_has_a_destination_of_its_own(queues: Queues) -> None:
    bus = "arn:aws:events:eu-west-1:111111111111:event-bus/default"
    queues.accept(FAILED, OK, DestinationConfig={"OnSuccess": {"Destination": bus}})
    [(operation, sent)] = queues.sent
    entry = sent["Entries"][0]
    assert (operation, entry["Source"], entry["EventBusName"]) == ("events:put_events", "lambda", bus)
    assert entry["DetailType"] == "Lambda Function Invocation Result - Success"
    assert json.loads(entry["Detail"])["requestContext"]["condition"] == "Success"


def test_an_event_that_is_too_old_is_not_tried_again(queues: Queues) -> None:
    queues.accept(FAILED, FAILED, MaximumEventAgeInSeconds=100, DestinationConfig={"OnFailure": {"Destination": QUEUE}})
    [(_, sent)] = queues.sent
    assert queues.runs == [0, 60]
    assert json.loads(sent["MessageBody"])["requestContext"]["condition"] == "EventAgeExceeded"


def test_throttling_is_no_failure_of_the_function_and_lasts_for_six_hours(queues: Queues) -> None:
    queues.accept(*[THROTTLED] * 100, dead=QUEUE, after=7 * 3600, MaximumRetryAttempts=0)
    assert queues.runs[:5] == [0, 1, 3, 7, 15]
    assert queues.runs[-1] - queues.runs[-2] == 300
    assert queues.runs[-1] <= 6 * 3600
    [(_, sent)] = queues.sent
    assert sent["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"


def test_what_a_deleted_function_had_queued_is_gone_with_it(queues: Queues) -> None:
    queues.gone = True
    queues.accept(OK, dead=QUEUE)
    assert (queues.runs, queues.sent, queues.counted) == ([], [], [])


def test_a_role_that_may_not_write_the_dead_letter_is_counted(queues: Queues) -> None:
    queues.refuses = True
    queues.accept(FAILED, dead=QUEUE, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": TOPIC}})
    assert queues.counted == ["AsyncEventsDropped", "DeadLetterErrors", "DestinationDeliveryFailures"]

"""Deliveries: how often, when, and what the dead-letter queue keeps."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.events import targets
from mlops_stages.local.server.events.deliveries import Attempt, Deliveries
from mlops_stages.local.server.events.targets import Caller, Invocation, TargetError
from mlops_stages.local.server.sts.acting import Actor
from mlops_stages.local.server.timers import Timers

START = 1_800_000_000.0
RULE = "arn:aws:events:eu-west-1:111111111111:rule/approved"
TARGET = "arn:aws:lambda:eu-west-1:111111111111:function:request"
QUEUE = "arn:aws:sqs:eu-west-1:111111111111:lost"
THROTTLED = TargetError("THROTTLING", "Rate exceeded", again=True)
DENIED = TargetError("NO_PERMISSIONS", "not authorized")


class Way:
    """One delivery on a clock that stands still, and what became of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.timers = Timers(Clock(machine=lambda: START))
        self.failures: list[TargetError | None] = []
        self.calls: list[float] = []
        self.letters: list[tuple[str, str, dict[str, str]]] = []
        self.refuses: TargetError | None = None
        self.counted: dict[str, int] = {}

        def send(invocation: Invocation, queue: str, body: str, **more: Any) -> None:  # noqa: ANN401  # boto3-like
            assert invocation.role == ""
            if self.refuses is not None:
                raise self.refuses
            said = {name: str(value["StringValue"]) for name, value in more["MessageAttributes"].items()}
            self.letters.append((queue, body, said))

        monkeypatch.setattr(targets, "send", send)

    def deliver(self, *failures: TargetError | None, hours: float = 25, **target: Any) -> None:  # noqa: ANN401
        self.failures = list(failures)
        invocation = Invocation(
            caller=Caller(actor=Actor("events.amazonaws.com"), source_arn=RULE),
            arn=TARGET,
            role="a role",
            payload="{}",
            target={"DeadLetterConfig": {"Arn": QUEUE}, **target},
        )
        attempt = Attempt(
            invocation=invocation,
            invoke=self._invoke,
            letter='{"id": "1"}',
            named={"RULE_ARN": RULE, "TARGET_ARN": TARGET},
            count=self._count,
            began=START,
        )
        Deliveries(self.timers).begin(attempt)
        self.timers.drive(hours * 3600)

    def _invoke(self, _retries: int) -> None:
        self.calls.append(self.timers.clock.now() - START)
        failure = self.failures.pop(0) if len(self.failures) > 1 else self.failures[0]
        if failure is not None:
            raise failure

    def _count(self, metric: str) -> None:
        self.counted[metric] = self.counted.get(metric, 0) + 1


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    """One delivery."""
    return Way(monkeypatch)


def test_a_target_that_takes_an_event_gets_it_once(way: Way) -> None:
    way.deliver(None)
    assert (way.calls, way.letters, way.counted) == ([0], [], {"Invocations": 1})


def test_what_is_denied_is_not_tried_again_and_kept_with_its_reason(way: Way) -> None:
    way.deliver(DENIED)
    told = {
        "RULE_ARN": RULE,
        "TARGET_ARN": TARGET,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "not authorized",
    }
    assert (way.calls, way.letters) == ([0], [(QUEUE, '{"id": "1"}', told)])
    assert way.counted == {"Invocations": 1, "FailedInvocations": 1, "InvocationsSentToDlq": 1}


def test_what_is_throttled_is_tried_again_until_it_is_taken(way: Way) -> None:
    way.deliver(THROTTLED, THROTTLED, None)
    assert (way.calls, way.letters) == ([0, 1, 3], [])
    assert way.counted == {"RetryInvocationAttempts": 2, "Invocations": 1}


def test_attempts_end_by_number(way: Way) -> None:
    way.deliver(THROTTLED, RetryPolicy={"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 86400})
    [(_, _, told)] = way.letters
    assert way.calls == [0, 1, 3]
    assert (told["EXHAUSTED_RETRY_CONDITION"], told["RETRY_ATTEMPTS"]) == ("MaximumRetryAttempts", "2")


def test_attempts_end_by_age(way: Way) -> None:
    way.deliver(THROTTLED, RetryPolicy={"MaximumEventAgeInSeconds": 60})
    [(_, _, told)] = way.letters
    assert way.calls == [0, 1, 3, 7, 15, 31]
    assert (told["EXHAUSTED_RETRY_CONDITION"], told["RETRY_ATTEMPTS"]) == ("MaximumEventAgeInSeconds", "5")


def test_without_a_policy_it_is_185_attempts_or_a_day(way: Way) -> None:
    way.deliver(THROTTLED)
    assert len(way.calls) <= 186
    assert way.calls[-1] <= 86_400
    assert len(way.letters) == 1


def test_a_dead_letter_queue_that_refuses_is_counted(way: Way) -> None:
    way.refuses = DENIED
    way.deliver(DENIED)
    assert way.counted["InvocationsFailedToBeSentToDlq"] == 1


def test_without_a_dead_letter_queue_a_failure_is_counted_alone(way: Way) -> None:
    way.deliver(DENIED, DeadLetterConfig={})
    assert (way.letters, way.counted) == ([], {"Invocations": 1, "FailedInvocations": 1})

"""Deliveries of events to targets: tried again by the clock, and kept in a dead-letter queue in the end.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.events import targets
from mlops_stages.local.server.events.targets import Invocation, TargetError
from mlops_stages.local.server.timers import Timers

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 480.0
_MOST_ATTEMPTS, _OLDEST = 185, 86_400.0
_LONGEST_MESSAGE = 1024

Count = Callable[[str], None]
"""Counts in a metric, by its name."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A call of a target that is due."""

    invocation: Invocation
    invoke: Callable[[int], None]
    """Called with the number of retries so far. Raises TargetError."""

    letter: str
    """What a dead letter holds."""

    letter_role: str = ""
    """Who sends it: a role, or the service itself, whatever role its target has."""

    named: Mapping[str, str]
    """Attributes of a dead letter beside those of the error."""

    count: Count
    began: float
    retries: int = 0

    @property
    def policy(self) -> Mapping[str, Any]:
        """The target's RetryPolicy."""
        return mapping(self.invocation.target.get("RetryPolicy"))

    @property
    def most_retries(self) -> int:
        """How often it is tried again."""
        return int(self.policy.get("MaximumRetryAttempts", _MOST_ATTEMPTS))

    @property
    def end(self) -> float:
        """When it is too old."""
        return self.began + float(self.policy.get("MaximumEventAgeInSeconds", _OLDEST))


class Deliveries:
    """Everything that is on its way."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers

    def begin(self, attempt: Attempt) -> None:
        """Have a target called soon."""
        self._timers.work(lambda: self._try(attempt))

    def _try(self, attempt: Attempt) -> None:
        try:
            attempt.invoke(attempt.retries)
        except TargetError as error:
            self._failed(attempt, error)
        else:
            attempt.count("Invocations")

    def _failed(self, attempt: Attempt, error: TargetError) -> None:
        if not error.again:
            self._drop(attempt, error, "")
            return
        if attempt.retries >= attempt.most_retries:
            self._drop(attempt, error, "MaximumRetryAttempts")
            return
        moment = self._timers.clock.now() + min(_FIRST_WAIT * 2.0**attempt.retries, _LONGEST_WAIT)
        if moment > attempt.end:
            self._timers.work_at(attempt.end, lambda: self._drop(attempt, error, "MaximumEventAgeInSeconds"))
            return
        attempt.count("RetryInvocationAttempts")
        self._timers.work_at(moment, lambda: self._try(replace(attempt, retries=attempt.retries + 1)))

    def _drop(self, attempt: Attempt, error: TargetError, exhausted: str) -> None:
        attempt.count("Invocations")
        attempt.count("FailedInvocations")
        invocation = attempt.invocation
        source = invocation.caller.source_arn
        _log.warning("%s: %s was not called: %s %s", source, invocation.arn, error.code, error.message)
        queue = str(mapping(invocation.target.get("DeadLetterConfig")).get("Arn") or "")
        if not queue:
            return
        said = {**attempt.named, "ERROR_CODE": error.code, "ERROR_MESSAGE": error.message[:_LONGEST_MESSAGE]}
        if exhausted:
            said |= {"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": str(attempt.retries)}
        attributes = {name: {"DataType": "String", "StringValue": value or "-"} for name, value in said.items()}
        try:
            targets.send(
                replace(invocation, role=attempt.letter_role), queue, attempt.letter, MessageAttributes=attributes
            )
        except (TargetError, refusals.ClientError, refusals.BotoCoreError):
            _log.exception("%s: an event did not reach its dead-letter queue %s", source, queue)
            attempt.count("InvocationsFailedToBeSentToDlq")
        else:
            attempt.count("InvocationsSentToDlq")

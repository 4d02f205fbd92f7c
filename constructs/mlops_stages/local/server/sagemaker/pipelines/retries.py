"""When a step is tried again after an error, as its retry policies say.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.pipeline_definition.retries import RetryPolicy

_OF_REASONS = {
    "CapacityError": "SageMaker.CAPACITY_ERROR",
    "InternalServerError": "SageMaker.JOB_INTERNAL_ERROR",
    "ResourceLimitExceeded": "SageMaker.RESOURCE_LIMIT",
}
"""How the FailureReason of a job starts, and the type of exception that it is."""
_THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"})
_SERVER_ERROR = 500


class RetryableError(StepError):
    """A step failed by an error of a type that a retry policy can name."""

    def __init__(self, reason: str, exception: str) -> None:
        super().__init__(reason)
        self.exception = exception


def error_of_job(reason: str) -> StepError:
    """Return the error of a step whose job failed for a reason."""
    exception = _OF_REASONS.get(reason.partition(":")[0])
    return StepError(reason) if exception is None else RetryableError(reason, exception)


def error_of_call(reason: str, code: str, status: int) -> StepError:
    """Return the error of a step that could not make its call: `status` is 0 where there was no answer."""
    if code in _THROTTLED:
        return RetryableError(reason, "Step.THROTTLING")
    if code == "ResourceLimitExceeded":
        return RetryableError(reason, "SageMaker.RESOURCE_LIMIT")
    if status == 0 or status >= _SERVER_ERROR:
        return RetryableError(reason, "Step.SERVICE_FAULT")
    return StepError(reason)


class Retries:
    """Counts how often a step was tried again by each of its policies."""

    def __init__(self, policies: Sequence[RetryPolicy]) -> None:
        self._policies = policies
        self._made: Counter[int] = Counter()

    def wait_s(self, exception: str, elapsed_s: float) -> float | None:
        """Return after how many seconds to try again, `elapsed_s` after the step began; None for no more."""
        for number, policy in enumerate(self._policies):
            if exception in policy.exceptions:
                return self._next(number, policy, elapsed_s)
        return None

    def _next(self, number: int, policy: RetryPolicy, elapsed_s: float) -> float | None:
        made = self._made[number]
        if policy.attempts is not None and made >= policy.attempts:
            return None
        if policy.minutes is not None and elapsed_s >= policy.minutes * 60:
            return None
        self._made[number] += 1
        try:
            return min(policy.interval * policy.backoff**made, threading.TIMEOUT_MAX)
        except OverflowError:
            return threading.TIMEOUT_MAX

"""After which errors a step is tried again, and how often: checked, and read.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.pipeline_definition.frame import faults_of_list, is_misspelt, unknown_keys
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.pipeline_definition.steps import Step
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import Map, is_map, is_number, list_of

EXCEPTIONS = (
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.RESOURCE_LIMIT",
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
)
MOST: Mapping[str, int] = {"IntervalSeconds": 43_200, "MaxAttempts": 20, "ExpireAfterMin": 14_400}
"""Whole numbers from 0: twelve hours, twenty attempts, ten days."""
_KEYS = ("BackoffRate", "ExceptionType", "ExpireAfterMin", "IntervalSeconds", "MaxAttempts")
_BOTH = ("MaxAttempts", "ExpireAfterMin")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """After which errors a step is tried again, `interval` seconds later and each time `backoff` times as long.

    Until `attempts` further attempts were made or `minutes` have passed: one of the two is given.
    """

    exceptions: frozenset[str]
    interval: float
    backoff: float
    attempts: int | None
    minutes: int | None


def faults_of_retries(step: Step) -> Iterator[Fault]:
    """What is wrong with a step's `RetryPolicies`."""
    yield from faults_of_list(step.value, "RetryPolicies", *step.place("RetryPolicies"))
    for index, each in enumerate(list_of(step.value.get("RetryPolicies"))):
        if is_map(each):
            yield from _policy(each, step, ("RetryPolicies", index))


def _policy(policy: Map, step: Step, loc: Loc) -> Iterator[Fault]:
    yield from unknown_keys(policy, _KEYS, *step.place(*loc))
    yield from _exceptions(policy, step, (*loc, "ExceptionType"))
    for key, most in MOST.items():
        if key in policy:
            value, place = policy[key], step.place(*loc, key)
            if not isinstance(value, int) or isinstance(value, bool):
                yield Fault("PIP-032", *place, f"{shown(value)} is not a whole number.")
            elif not 0 <= value <= most:
                yield Fault("PIP-033", *place, f"{shown(value)} is out of range: 0 to {most:,}.")
    if "BackoffRate" in policy:
        rate, place = policy["BackoffRate"], step.place(*loc, "BackoffRate")
        if not is_number(rate):
            yield Fault("PIP-032", *place, f"{shown(rate)} is not a number.")
        elif rate < 0:
            yield Fault("PIP-033", *place, f"{shown(rate)} is out of range: 0 or more.")
    if all(key in policy for key in _BOTH):
        message = "`MaxAttempts` and `ExpireAfterMin` both say when to give up; SageMaker takes one."
        fix = "Remove one of the two: `max_attempts` or `expire_after_mins` in the SDK."
        yield Fault("PIP-037", *step.place(*loc), message, fix)


def _exceptions(policy: Map, step: Step, loc: Loc) -> Iterator[Fault]:
    if "ExceptionType" not in policy:
        if is_misspelt(policy, "ExceptionType", _KEYS):
            return
        message = f"A retry policy needs `ExceptionType`; {one_of(EXCEPTIONS)}."
        yield Fault("PIP-013", *step.place(*loc), message)
        return
    named = policy["ExceptionType"]
    if is_list(named) and not list_of(named):
        yield Fault("PIP-033", *step.place(*loc), f"An empty list names no error; {one_of(EXCEPTIONS)}.")
    for index, name in enumerate(list_of(named) if is_list(named) else [named]):
        if name not in EXCEPTIONS:
            where = (*loc, index) if is_list(named) else loc
            hint = likely(name, EXCEPTIONS) if isinstance(name, str) else ""
            message = f"{shown(name)} is not a retryable exception type{hint}; {one_of(EXCEPTIONS)}."
            yield Fault("PIP-034", *step.place(*where), message)


def retries_of(step: Step) -> tuple[RetryPolicy, ...]:
    """The retry policies of a step without faults, with AWS's defaults filled in."""
    return tuple(_read(each) for each in list_of(step.value.get("RetryPolicies")) if is_map(each))


def _read(policy: Map) -> RetryPolicy:
    named = policy["ExceptionType"]
    minutes = policy.get("ExpireAfterMin")
    attempts = policy.get("MaxAttempts", 5 if minutes is None else None)
    return RetryPolicy(
        exceptions=frozenset(map(str, list_of(named) if is_list(named) else [named])),
        interval=_number(policy.get("IntervalSeconds", 1)),
        backoff=_number(policy.get("BackoffRate", 2.0)),
        attempts=attempts if isinstance(attempts, int) else None,
        minutes=minutes if isinstance(minutes, int) else None,
    )


def _number(value: object) -> float:
    return float(value) if is_number(value) else 0.0

"""ServiceLevel and RollbackLimits: promises that mean something, and rollouts that somebody can judge."""

import math
from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.reliable import RollbackLimits, ServiceLevel

LEVEL = ServiceLevel(availability_percent=99.9, p99_latency_ms=150, requests_per_minute=300)


def refusal(part: ServiceLevel | RollbackLimits) -> str:
    with pytest.raises(ValueError, match=r"^REL-\d{3}: Endpoint: ") as error:
        part.check("Endpoint")
    return str(error.value)[:7]


@pytest.mark.parametrize(
    "options",
    [
        {"availability_percent": 0},
        {"availability_percent": 100},
        {"availability_percent": math.nan},
        {"p99_latency_ms": 0},
        {"p99_latency_ms": 60_001},
        {"requests_per_minute": 0},
        {"requests_per_minute": math.nan},
        {"silence_minutes": 0},
        {"silence_minutes": 7},
        {"silence_minutes": 1445},
    ],
)
def test_what_cannot_be_promised_is_refused(options: dict[str, Any]) -> None:
    LEVEL.check("Endpoint")
    assert refusal(replace(LEVEL, **options)) == "REL-029"


@pytest.mark.parametrize(
    "options",
    [
        {"server_errors_percent": 100},
        {"client_errors_percent": -1},
        {"model_errors_percent": math.nan},
        {"p99_latency_ms": 0},
        {"minimum_requests": 0},
    ],
)
def test_limits_that_nothing_exceeds_or_everything_does_are_refused(options: dict[str, Any]) -> None:
    RollbackLimits().check("Endpoint")
    assert refusal(replace(RollbackLimits(), **options)) == "REL-030"


def test_a_first_step_too_small_to_be_judged_is_refused_with_what_would_do() -> None:
    RollbackLimits().judges("Endpoint", LEVEL, 0.1)
    with pytest.raises(ValueError, match=r"^REL-031: Endpoint: of 300 requests a minute the first step sees 15, .*15$"):
        RollbackLimits().judges("Endpoint", LEVEL, 0.05)
    RollbackLimits(minimum_requests=15).judges("Endpoint", LEVEL, 0.05)


def test_without_an_expected_traffic_nobody_can_tell() -> None:
    RollbackLimits().judges("Endpoint", replace(LEVEL, requests_per_minute=None), 0.01)

"""EndpointTerms: what is agreed of an endpoint fits together."""

from dataclasses import replace

import pytest

from mlops_stages.serving import (
    Challenger,
    EndpointTerms,
    Instances,
    RefusedError,
    RollbackLimits,
    Rollout,
    Serverless,
    ServiceLevel,
)

TERMS = EndpointTerms(
    capacity=Instances(type="ml.m5.large"),
    rollout=Rollout(canary_percent=50),
    level=ServiceLevel(availability_percent=99.5, p99_latency_ms=300, requests_per_minute=60),
    limits=RollbackLimits(),
    challenger=None,
    capture_percent=100,
)
SERVERLESS = replace(
    TERMS,
    capacity=Serverless(unprotected_because="a public demonstration"),
    rollout=Rollout(all_at_once=True),
    capture_percent=None,
)


def test_what_fits_together_gives_the_shift_that_the_rollout_gives() -> None:
    assert TERMS.shift("Endpoint") == TERMS.rollout.shift("Endpoint", fewest=2, most=2)
    assert SERVERLESS.shift("Endpoint").kind == "ALL_AT_ONCE"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (replace(TERMS, capacity=Instances(type="m5")), "REL-025"),
        (replace(TERMS, challenger=Challenger(percent=0)), "REL-035"),
        (replace(TERMS, rollout=Rollout(canary_percent=10)), "REL-022"),
        (replace(TERMS, level=replace(TERMS.level, requests_per_minute=30)), "REL-031"),
        (replace(TERMS, limits=RollbackLimits(minimum_requests=0)), "REL-030"),
        (replace(TERMS, level=replace(TERMS.level, p99_latency_ms=0)), "REL-029"),
        (replace(SERVERLESS, rollout=Rollout(canary_percent=50)), "REL-036"),
        (replace(SERVERLESS, challenger=Challenger()), "REL-036"),
        (replace(SERVERLESS, capture_percent=100), "REL-036"),
    ],
)
def test_what_does_not_is_refused_with_its_code_and_a_fix(terms: EndpointTerms, code: str) -> None:
    with pytest.raises(RefusedError) as error:
        terms.shift("Endpoint")
    assert (error.value.code, str(error.value)) == (code, f"{code}: Endpoint: {error.value.wrong}; {error.value.fix}")

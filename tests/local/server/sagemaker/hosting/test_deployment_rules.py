"""How an update shifts traffic: its steps, and what SageMaker refuses in it."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.local.server.api.records import ServiceError
from mlops_stages.local.server.sagemaker.hosting.deployment_rules import shift

Json = dict[str, Any]


def blue_green(kind: str, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    routing = {"Type": kind, "WaitIntervalInSeconds": 300, **more.pop("routing", {})}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **more}}


def canary(value: int, kind: str = "CAPACITY_PERCENT", **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    return blue_green("CANARY", routing={"CanarySize": {"Type": kind, "Value": value}}, **more)


def linear(value: int, kind: str = "CAPACITY_PERCENT", **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    return blue_green("LINEAR", routing={"LinearStepSize": {"Type": kind, "Value": value}}, **more)


def steps(config: Json, instances: int) -> list[tuple[float, int]]:
    return [(step.share, step.wait) for step in shift(config, instances).steps]


def test_nothing_said_shifts_all_at_once_and_bakes_nothing() -> None:
    assert steps({}, 2) == [(1.0, 0)]


def test_a_canary_has_two_steps_and_the_last_bakes_for_the_termination_wait() -> None:
    assert steps(canary(10, TerminationWaitInSeconds=600), 10) == [(0.1, 300), (1.0, 600)]
    assert steps(canary(1, "INSTANCE_COUNT"), 4) == [(0.25, 300), (1.0, 0)]


def test_a_share_of_few_instances_is_at_least_one_and_rounded_down() -> None:
    assert steps(canary(10), 2) == [(0.5, 300), (1.0, 0)]
    assert steps(canary(50), 3) == [(1 / 3, 300), (1.0, 0)]


def test_linear_steps_go_on_until_all_is_shifted() -> None:
    assert steps(linear(40, TerminationWaitInSeconds=60), 5) == [(0.4, 300), (0.8, 300), (1.0, 60)]


def test_a_rolling_update_replaces_batch_by_batch() -> None:
    size = {"Type": "INSTANCE_COUNT", "Value": 2}
    rolling = {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 60}}
    assert steps(rolling, 4) == [(0.5, 60), (1.0, 60)]


@pytest.mark.parametrize(
    ("config", "instances", "said"),
    [
        (canary(60), 10, "CanarySize must be at most 50%"),
        (canary(3, "INSTANCE_COUNT"), 4, "not 3 of 4 instances"),
        (linear(5), 10, "LinearStepSize must be between 10% and 50%"),
        (linear(1, "INSTANCE_COUNT"), 20, "not 1 of 20 instances"),
        (blue_green("CANARY"), 2, "CanarySize must be given"),
        (
            blue_green("ALL_AT_ONCE", routing={"CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}),
            2,
            "cannot be given",
        ),
        (canary(50, MaximumExecutionTimeoutInSeconds=600, TerminationWaitInSeconds=300), 2, "600 is not above 600"),
        (
            {**canary(50), "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}, {"AlarmName": "a"}]}},
            2,
            "names an alarm twice",
        ),
        (
            {
                **canary(50),
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
                    "WaitIntervalInSeconds": 0,
                },
            },
            2,
            "Only one of",
        ),
    ],
)
def test_what_sagemaker_refuses_in_a_rollout_is_refused(config: Json, instances: int, said: str) -> None:
    with pytest.raises(ServiceError) as refused:
        shift(config, instances)
    assert refused.value.code == "ValidationException"
    assert said in refused.value.message

"""What SageMaker refuses in the way that an update shifts traffic, and the shares that it comes to.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Parameters, ServiceError

_DEFAULT_TIMEOUT_S = 28_800
_MOST_OF_FLEET, _LEAST_LINEAR, _LEAST_ROLLING = 0.5, 0.1, 0.05


@dataclass(frozen=True, kw_only=True)
class Step:
    """A share of the traffic for the new fleet, and the seconds that it bakes; `said` is SageMaker's name of them."""

    share: float
    instances: int
    wait: int
    said: str


@dataclass(frozen=True, kw_only=True)
class Shift:
    """How the traffic of an endpoint goes over: step by step, within a time, watched by alarms."""

    kind: str
    steps: tuple[Step, ...]
    timeout: int
    alarms: tuple[str, ...]


def shift(config: Parameters, instances: int) -> Shift:
    """Return how traffic goes over to a fleet of so many instances; ServiceError for what AWS refuses."""
    wrong = list(_faults(config, instances))
    if wrong:
        raise ServiceError("ValidationException", "; ".join(wrong))
    alarms = tuple(
        str(alarm["AlarmName"])
        for alarm in listed(mapping(config.get("AutoRollbackConfiguration")).get("Alarms"))
        if alarm.get("AlarmName")
    )
    kind, sizes, waits, policy = _plan(config, instances)
    steps = tuple(
        Step(share=size / instances, instances=size, wait=wait, said=said)
        for size, (wait, said) in zip(sizes, waits, strict=True)
    )
    limit = int(policy.get("MaximumExecutionTimeoutInSeconds") or _DEFAULT_TIMEOUT_S)
    total = sum(step.wait for step in steps)
    if policy.get("MaximumExecutionTimeoutInSeconds") and total >= limit:
        message = (
            f"MaximumExecutionTimeoutInSeconds must be greater than all waits together: {limit} is not above {total}"
        )
        raise ServiceError("ValidationException", message)
    return Shift(kind=kind, steps=steps, timeout=limit, alarms=alarms)


def _plan(config: Parameters, instances: int) -> tuple[str, list[int], list[tuple[int, str]], Parameters]:
    """Return the kind, the instances of each step, its wait with its name, and the policy."""
    rolling = mapping(config.get("RollingUpdatePolicy"))
    if rolling:
        sizes = _every(_size(mapping(rolling["MaximumBatchSize"]), instances), instances)
        wait = (int(rolling["WaitIntervalInSeconds"]), "WaitIntervalInSeconds")
        return "ROLLING", sizes, [wait] * len(sizes), rolling
    policy = mapping(config.get("BlueGreenUpdatePolicy"))
    routing = mapping(policy.get("TrafficRoutingConfiguration"))
    last = (int(policy.get("TerminationWaitInSeconds") or 0), "TerminationWaitInSeconds")
    wait = (int(routing.get("WaitIntervalInSeconds") or 0), "WaitIntervalInSeconds")
    kind = str(routing.get("Type") or "ALL_AT_ONCE")
    if kind == "CANARY":
        return kind, [_size(mapping(routing["CanarySize"]), instances), instances], [wait, last], policy
    if kind == "LINEAR":
        sizes = _every(_size(mapping(routing["LinearStepSize"]), instances), instances)
        return kind, sizes, [*[wait] * (len(sizes) - 1), last], policy
    return kind, [instances], [last], policy


def _every(step: int, instances: int) -> list[int]:
    return [min(step * number, instances) for number in range(1, math.ceil(instances / step) + 1)]


def _size(size: Parameters, instances: int) -> int:
    """Return how many instances a size means; a share is rounded down, to at least one: AWS says nothing of it."""
    value = int(size["Value"])
    return value if size["Type"] == "INSTANCE_COUNT" else max(1, instances * value // 100)


def _faults(config: Parameters, instances: int) -> Iterator[str]:
    blue_green, rolling = mapping(config.get("BlueGreenUpdatePolicy")), mapping(config.get("RollingUpdatePolicy"))
    if blue_green and rolling:
        yield "Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be given"
    if rolling:
        yield from _size_faults("MaximumBatchSize", rolling["MaximumBatchSize"], instances, _LEAST_ROLLING)
    routing = mapping(blue_green.get("TrafficRoutingConfiguration"))
    for kind, name, least in (("CANARY", "CanarySize", 0.0), ("LINEAR", "LinearStepSize", _LEAST_LINEAR)):
        size = routing.get(name)
        if routing.get("Type") == kind and not size:
            yield f"{name} must be given with the type {kind}"
        elif size and routing.get("Type") != kind:
            yield f"{name} cannot be given with the type {routing.get('Type')}"
        elif size:
            yield from _size_faults(name, size, instances, least)
    names = [alarm.get("AlarmName") for alarm in listed(mapping(config.get("AutoRollbackConfiguration")).get("Alarms"))]
    if len(names) != len(set(names)):
        yield "AutoRollbackConfiguration names an alarm twice"


def _size_faults(name: str, size: Parameters, instances: int, least: float) -> Iterator[str]:
    value = int(size["Value"])
    if size["Type"] == "CAPACITY_PERCENT":
        fits, said = least * 100 <= value <= _MOST_OF_FLEET * 100, f"{value} %"
    else:  # a single instance is the smallest size of any fleet
        most, fewest = max(1, int(instances * _MOST_OF_FLEET)), max(1, math.ceil(instances * least))
        fits, said = fewest <= value <= most, f"{value} of {instances} instances"
    if not fits:
        bounds = f"between {least:.0%} and {_MOST_OF_FLEET:.0%}" if least else f"at most {_MOST_OF_FLEET:.0%}"
        yield f"{name} must be {bounds} of the variant's instances, not {said}"

"""How the traffic goes over to a new version of a model: in two steps, in several, or at once."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from mlops_stages.serving.refused import RefusedError

# Bounds of the API: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html,
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
LARGEST_SHARE_PERCENT = 50
SMALLEST_STEP_PERCENT = 10
LONGEST_BAKE_MINUTES = 60
LONGEST_SECONDS, SHORTEST_SECONDS = 28_800, 600

SHORTEST_BAKE_MINUTES = 5
"""The alarms judge three minutes, and metrics come a minute or two late: in less, none could go off."""
START_MINUTES = range(10, 241)


@dataclass(frozen=True, kw_only=True)
class TrafficShift:
    """A rollout as SageMaker takes it.

    Attributes:
        kind: SageMaker's name for it.
        size_unit: of what the first step, or each, is a number.
        size: that number; None where all traffic goes over at once.
        wait_seconds: between steps.
        termination_wait_seconds: from the last step until the old fleet is gone.
        timeout_seconds: when SageMaker gives up and goes back; longer than all waits and the start of a fleet together.
        first_share: the part of the traffic that the first step sends to the new version, 0 to 1.
    """

    kind: Literal["ALL_AT_ONCE", "CANARY", "LINEAR"]
    size_unit: Literal["INSTANCE_COUNT", "CAPACITY_PERCENT"] | None
    size: int | None
    wait_seconds: int
    termination_wait_seconds: int
    timeout_seconds: int
    first_share: float


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How a new version takes the traffic over: exactly one of the first three is given.

    Attributes:
        canary_percent: of the instances that take traffic first, 1 to 50; the rest follows in one step.
        linear_step_percent: of the instances that follow in each step, 10 to 50.
        all_at_once: the whole traffic in one step, with the old fleet kept beside it for `bake_minutes`.
        bake_minutes: minutes without an alarm after each step, 5 to 60.
        final_bake_minutes: minutes without an alarm from the last step until the old fleet goes, 5 to 60; as many as
            `bake_minutes` if not given.
        start_minutes: minutes that a new fleet may take to start, 10 to 240.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
    """

    canary_percent: int | None = None
    linear_step_percent: int | None = None
    all_at_once: bool = False
    bake_minutes: int = 10
    final_bake_minutes: int | None = None
    start_minutes: int = 60

    def shift(self, where: str, *, fewest: int, most: int) -> TrafficShift:
        """The shift for a fleet of `fewest` to `most` instances.

        Raises:
            RefusedError: `REL-020` for no way or several; `REL-021` for minutes out of range; `REL-022` for a canary
                that the fewest instances cannot give; `REL-023` for a step that they cannot give; `REL-024` for a
                rollout of more than eight hours.
        """
        self.check(where)
        bake, final = self.bake_minutes * 60, self._final_minutes * 60
        if self.canary_percent is not None:
            size = _canary_instances(where, fewest, self.canary_percent)
            return TrafficShift(
                kind="CANARY",
                # Not a percentage: of how many instances, and rounded how, AWS does not say.
                size_unit="INSTANCE_COUNT",
                size=size,
                wait_seconds=bake,
                termination_wait_seconds=final,
                timeout_seconds=self._timeout(where, steps=2),
                first_share=size / fewest,
            )
        if self.linear_step_percent is not None:
            percent = _step_percent(where, fewest, self.linear_step_percent)
            return TrafficShift(
                kind="LINEAR",
                # Not a number: of a fleet that has grown it could be less than the tenth that SageMaker asks for.
                size_unit="CAPACITY_PERCENT",
                size=percent,
                wait_seconds=bake,
                termination_wait_seconds=final,
                timeout_seconds=self._timeout(where, steps=_most_steps(percent, fewest, most)),
                first_share=percent / 100,
            )
        return at_once(bake, self._timeout(where, steps=0))

    @property
    def _final_minutes(self) -> int:
        return self.bake_minutes if self.final_bake_minutes is None else self.final_bake_minutes

    def check(self, where: str) -> None:
        """Refuse what no fleet can give.

        Raises:
            RefusedError: `REL-020` for no way or several; `REL-021` for minutes out of range.
        """
        given = [self.canary_percent is not None, self.linear_step_percent is not None, self.all_at_once]
        if sum(given) != 1:
            raise RefusedError(
                "REL-020",
                where,
                f"the rollout names {sum(given)} ways",
                "give exactly one of canary_percent, linear_step_percent and all_at_once",
            )
        if self.all_at_once and self.final_bake_minutes is not None:
            wrong = "a shift all at once has one step, so that final_bake_minutes says nothing"
            raise RefusedError("REL-020", where, wrong, "give bake_minutes", key="final_bake_minutes")
        for name, minutes in (("bake_minutes", self.bake_minutes), ("final_bake_minutes", self._final_minutes)):
            if not SHORTEST_BAKE_MINUTES <= minutes <= LONGEST_BAKE_MINUTES:
                fix = f"give {SHORTEST_BAKE_MINUTES}, which the alarms need to go off, to {LONGEST_BAKE_MINUTES}"
                raise RefusedError("REL-021", where, f"{name} {minutes} is out of range", fix, key=name)
        if self.start_minutes not in START_MINUTES:
            wrong = f"start_minutes {self.start_minutes} is out of range"
            fix = f"give {START_MINUTES[0]} to {START_MINUTES[-1]}"
            raise RefusedError("REL-021", where, wrong, fix, key="start_minutes")

    def _timeout(self, where: str, *, steps: int) -> int:
        seconds = 60 * (steps * self.bake_minutes + self._final_minutes + self.start_minutes)
        if seconds > LONGEST_SECONDS:
            wrong = (
                f"the rollout may take {seconds // 60} minutes ({steps} steps), and SageMaker allows "
                f"{LONGEST_SECONDS // 60}"
            )
            raise RefusedError("REL-024", where, wrong, "shorten bake_minutes or take larger steps", key="bake_minutes")
        return max(seconds, SHORTEST_SECONDS)


def at_once(termination_wait_seconds: int, timeout_seconds: int) -> TrafficShift:
    """The whole traffic in one step, watched by the alarms until the old fleet goes."""
    return TrafficShift(
        kind="ALL_AT_ONCE",
        size_unit=None,
        size=None,
        wait_seconds=0,
        termination_wait_seconds=termination_wait_seconds,
        timeout_seconds=timeout_seconds,
        first_share=1,
    )


def gentlest(fewest: int, enough: Callable[[float], bool]) -> Rollout:
    """The canary of the fewest of so many instances that is judged; without a canary, all at once.

    Args:
        fewest: how many instances there are at least.
        enough: whether a part of the traffic, 0 to 1, is enough to be judged by.
    """
    percents = canary_percents(fewest)
    if not percents:
        return Rollout(all_at_once=True)
    judged = next((percent for percent in percents if enough(percent / 100)), percents[-1])
    return Rollout(canary_percent=judged)


def canary_percents(instances: int) -> tuple[int, ...]:
    """The whole percentages, rounded down, that a canary of so many instances can have; none for a single one."""
    return tuple(sorted({100 * size // instances for size in range(1, instances // 2 + 1)}))


def step_percents(instances: int) -> tuple[int, ...]:
    """The percentages that are whole instances, and that SageMaker takes for a step."""
    percents = range(SMALLEST_STEP_PERCENT, LARGEST_SHARE_PERCENT + 1)
    return tuple(percent for percent in percents if instances * percent % 100 == 0)


def _canary_instances(where: str, instances: int, percent: int) -> int:
    possible = canary_percents(instances)
    if percent in possible:
        return max(size for size in range(1, instances // 2 + 1) if 100 * size // instances == percent)
    fix = _fix("canary_percent", percent, instances, canary_percents)
    wrong = f"a canary of {percent} % is not a whole number of {instances} instances"
    raise RefusedError("REL-022", where, wrong, fix, key="canary_percent")


def _step_percent(where: str, instances: int, percent: int) -> int:
    if percent in step_percents(instances):
        return percent
    fix = _fix("linear_step_percent", percent, instances, step_percents)
    wrong = f"{percent} % of {instances} instances are no step that SageMaker takes"
    raise RefusedError("REL-023", where, wrong, fix, key="linear_step_percent")


def _fix(name: str, percent: int, instances: int, percents: Callable[[int], Sequence[int]]) -> str:
    possible = percents(instances)
    # Of a hundred instances, every percentage is a whole number.
    enough = next((n for n in range(instances + 1, 101) if percent in percents(n)), None)
    fixes = [f"give {name} {', '.join(map(str, possible))}" if possible else "shift all at once"]
    fixes += [] if enough is None else [f"keep at least {enough} instances"]
    return ", or ".join(fixes)


def _most_steps(percent: int, fewest: int, most: int) -> int:
    """The most steps that a fleet in between needs, if SageMaker rounds a step down."""
    return max(math.ceil(n / max(1, n * percent // 100)) for n in range(fewest, most + 1))

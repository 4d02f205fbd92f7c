"""Alarms as they are kept: what was given, the state, and when it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.cloudwatch.judgement import Missing, State
from mlops_stages.local.server.cloudwatch.queries import MetricQuery, Query
from mlops_stages.local.server.cloudwatch.rules import Rule

Kind = Literal["MetricAlarm", "CompositeAlarm"]

Suppression = Literal["Alarm", "WaitPeriod", "ExtensionPeriod"]

ACTIONS: Mapping[State, str] = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
"""The member that lists what is done when an alarm changes to a state."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A state of an alarm, why it has it, and since when."""

    value: State = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    data: str | None = None
    since: float = 0.0
    suppressed: Suppression | None = None
    """What keeps a composite alarm from the actions of this state."""


@dataclass(kw_only=True)
class Alarm:
    """What metric alarms and composite alarms have in common."""

    kind: Kind
    scope: Scope
    given: dict[str, Any]
    created: float
    configured: float
    condition: Condition
    tags: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """Its name, which no other alarm of the account and region has."""
        return str(self.given["AlarmName"])

    @property
    def arn(self) -> str:
        """Its ARN."""
        return arn_of(self.scope, self.name)

    def described(self) -> dict[str, Any]:
        """The alarm as DescribeAlarms tells of it."""
        condition = self.condition
        return {
            **self.given,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "StateValue": condition.value,
            "StateReason": condition.reason,
            "StateReasonData": condition.data,
            "StateUpdatedTimestamp": condition.since,
            "StateTransitionedTimestamp": condition.since,
            "ActionsSuppressedBy": condition.suppressed,
            "ActionsSuppressedReason": suppression_reason(condition),
        }


@dataclass(kw_only=True)
class MetricAlarm(Alarm):
    """An alarm on a metric, or on the result of metric math: `queries`, of which `watched` is compared."""

    kind: Kind = "MetricAlarm"
    queries: tuple[Query, ...]
    watched: str
    period: int
    periods: int
    needed: int
    missing: Missing
    comparison: str
    threshold: float
    patient: bool
    """Whether it waits while a percentile has too few samples."""

    @property
    def step(self) -> int:
        """Seconds between evaluations."""
        return 60 if self.period >= 60 else 10

    @property
    def single(self) -> MetricQuery | None:
        """The metric itself, where it watches no expression."""
        first = self.queries[0]
        return first if len(self.queries) == 1 and isinstance(first, MetricQuery) else None


@dataclass(kw_only=True)
class CompositeAlarm(Alarm):
    """An alarm on the states of other alarms."""

    kind: Kind = "CompositeAlarm"
    rule: Rule
    children: frozenset[str]
    suppressor: str | None = None
    wait: int = 0
    extension: int = 0
    until: float | None = None
    """When the period ends that suppresses its actions now."""


def arn_of(scope: Scope, name: str) -> str:
    """The ARN of an alarm of that name."""
    return f"arn:aws:cloudwatch:{scope.region}:{scope.account}:alarm:{name}"


def suppression_reason(condition: Condition) -> str | None:
    """Why an alarm does not do its actions, as AWS words it; None where it does."""
    return None if condition.suppressed is None else f"Actions suppressed by {condition.suppressed}"

"""When each metric alarm is to be evaluated next: where its data is the same in the same periods, so is its state.

Windows slide by the minute, but what is in them changes only where data comes, or moves on to another period. In
between nothing is evaluated: a day of hundreds of alarms is some evaluations, not hundreds of thousands.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Iterator

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.cloudwatch.judgement import FURTHER
from mlops_stages.local.server.cloudwatch.metrics import Metric, Metrics
from mlops_stages.local.server.cloudwatch.queries import MetricQuery
from mlops_stages.local.server.cloudwatch.records import MetricAlarm

_Key = tuple[Scope, str]


class Agenda:
    """The metric alarms of all accounts and regions, by when they are due and by what they watch."""

    def __init__(self) -> None:
        self._due: dict[_Key, tuple[int, int]] = {}
        self._heap: list[tuple[int, int, MetricAlarm]] = []
        self._watching: dict[tuple[Scope, Metric], dict[str, MetricAlarm]] = {}
        self._numbers = itertools.count()

    def add(self, alarm: MetricAlarm) -> None:
        """Know an alarm from now on, in place of another of its name."""
        for metric in metrics_of(alarm):
            self._watching.setdefault((alarm.scope, metric), {})[alarm.name] = alarm

    def remove(self, alarm: MetricAlarm) -> None:
        """Forget an alarm."""
        self._due.pop((alarm.scope, alarm.name), None)
        for metric in metrics_of(alarm):
            watching = self._watching.get((alarm.scope, metric), {})
            watching.pop(alarm.name, None)
            if not watching:
                self._watching.pop((alarm.scope, metric), None)

    def watching(self, scope: Scope, metrics: Collection[Metric]) -> list[MetricAlarm]:
        """The alarms on any of these metrics."""
        found = {name: alarm for metric in metrics for name, alarm in self._watching.get((scope, metric), {}).items()}
        return list(found.values())

    def plan(self, alarm: MetricAlarm, moment: int | None) -> None:
        """Have an alarm evaluated at a moment, if nothing earlier is planned; None plans nothing."""
        key = (alarm.scope, alarm.name)
        if moment is not None and (key not in self._due or moment < self._due[key][0]):
            number = next(self._numbers)
            self._due[key] = (moment, number)
            heapq.heappush(self._heap, (moment, number, alarm))

    def due(self) -> int | None:
        """The next moment at which there is something to evaluate."""
        while self._heap and not self._is_planned(*self._heap[0]):  # planned earlier since then, or gone
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, moment: float) -> Iterator[MetricAlarm]:
        """Take the alarms that are due by a moment off the agenda, those of one moment in the order of planning."""
        while (due := self.due()) is not None and due <= moment:
            alarm = heapq.heappop(self._heap)[2]
            del self._due[alarm.scope, alarm.name]
            yield alarm

    def _is_planned(self, moment: int, number: int, alarm: MetricAlarm) -> bool:
        return self._due.get((alarm.scope, alarm.name)) == (moment, number)


def metrics_of(alarm: MetricAlarm) -> frozenset[Metric]:
    """What an alarm watches."""
    return frozenset(query.metric for query in alarm.queries if isinstance(query, MetricQuery))


def next_change(alarm: MetricAlarm, metrics: Metrics, end: int) -> int | None:
    """Return the first evaluation after one at `end` that finds other data in some period; None until more comes.

    With data that starts at s, the period that holds it is the same until one more period has passed since then.
    """
    span, found = alarm.periods + FURTHER, list[int]()
    for metric in metrics_of(alarm):
        for start in metrics.starts(alarm.scope, metric, end - span * alarm.period):
            passed = max((end - 1 - start) // alarm.period + 1, 0)
            found.append(start + passed * alarm.period + 1)
    return min((-(-moment // alarm.step) * alarm.step for moment in found), default=None)

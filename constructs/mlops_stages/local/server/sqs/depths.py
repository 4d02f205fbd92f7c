"""How deep queues are, as metrics of each minute.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.cloudwatch.metrics import Datum, Metric
from mlops_stages.local.server.engine import Depth

_MINUTE = 60.0

Queue = tuple[Scope, str]
"""Account and region, and name."""

Put = Callable[[Scope, list[Datum]], None]
"""Puts data into the metrics of an account and region."""


class Depths:
    """The queues that are told of: those that hold messages, and once more those that no longer do."""

    def __init__(self, clock: Clock, depths: Callable[[], list[Depth]], put: Put) -> None:
        self._clock = clock
        self._depths = depths
        self._put = put
        self._told: set[Queue] = set()
        self._oldest: dict[Queue, tuple[str, float]] = {}
        self._last = 0.0

    def due(self) -> float | None:
        """Return when there is something to tell; None while every queue is empty, and is known to be."""
        if not self._told and not self._depths():
            return None
        minute = self._clock.now() // _MINUTE * _MINUTE
        return minute if minute > self._last else minute + _MINUTE

    def run(self, moment: float) -> None:
        """Tell of a minute."""
        self._last = moment
        found = {(Scope(account=each.account, region=each.region), each.queue): each for each in self._depths()}
        data: dict[Scope, list[Datum]] = {}
        for queue in found.keys() | self._told:
            data.setdefault(queue[0], []).extend(self._data(queue, found.get(queue), moment))
        self._told = set(found)
        for scope, told in data.items():
            self._put(scope, told)

    def _data(self, queue: Queue, depth: Depth | None, moment: float) -> Iterator[Datum]:
        dimensions = (("QueueName", queue[1]),)

        def datum(name: str, value: float, unit: str) -> Datum:
            metric = Metric(namespace="AWS/SQS", name=name, dimensions=dimensions)
            return Datum(metric=metric, unit=unit, at=self._clock.now(), resolution=60, values=((value, 1.0),))

        yield datum("ApproximateNumberOfMessagesVisible", 0 if depth is None else depth.visible, "Count")
        yield datum("ApproximateNumberOfMessagesNotVisible", 0 if depth is None else depth.taken, "Count")
        yield datum("ApproximateNumberOfMessagesDelayed", 0 if depth is None else depth.delayed, "Count")
        yield datum("ApproximateAgeOfOldestMessage", self._age(queue, depth, moment), "Seconds")

    def _age(self, queue: Queue, depth: Depth | None, moment: float) -> float:
        """Return how old the oldest message is: by the clock, from when it was seen there first."""
        if depth is None:
            self._oldest.pop(queue, None)
            return 0.0
        known, seen = self._oldest.get(queue, ("", 0.0))
        if known != depth.oldest:
            seen = moment - depth.age
            self._oldest[queue] = (depth.oldest, seen)
        return max(moment - seen, 0.0)

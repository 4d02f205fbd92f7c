"""How deep queues are, as metrics of each minute.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from mlops_stages.local.server import engine
from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.cloudwatch.metrics import Metric
from mlops_stages.local.server.engine import Depth

_MINUTE = 60.0

Queue = tuple[str, str, str]
"""Account, region and name."""


class Put(Protocol):
    """Puts values of a metric, for the account and region being served."""

    def __call__(self, metric: Metric, values: list[float], *, unit: str) -> None:
        """Put them."""
        ...


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
        found = {(depth.account, depth.region, depth.queue): depth for depth in self._depths()}
        for queue in sorted(found.keys() | self._told):
            depth = found.get(queue)
            self._tell(queue, "Visible", 0 if depth is None else depth.visible)
            self._tell(queue, "NotVisible", 0 if depth is None else depth.taken)
            self._tell(queue, "Delayed", 0 if depth is None else depth.delayed)
            self._put_in(queue, "ApproximateAgeOfOldestMessage", self._age(queue, depth, moment), "Seconds")
        self._told = set(found)

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

    def _tell(self, queue: Queue, what: str, number: int) -> None:
        self._put_in(queue, f"ApproximateNumberOfMessages{what}", float(number), "Count")

    def _put_in(self, queue: Queue, name: str, value: float, unit: str) -> None:
        account, region, queue_name = queue
        metric = Metric(namespace="AWS/SQS", name=name, dimensions=(("QueueName", queue_name),))
        with engine.within(account, region):
            self._put(metric, [value], unit=unit)

"""SQS: the metrics of queues."""

from __future__ import annotations

from mlops_stages.local.server import cloudwatch, engine
from mlops_stages.local.server.clock import CLOCK, Watcher
from mlops_stages.local.server.sqs.depths import Depths

__all__ = ["register"]


def register() -> None:
    """Put how deep queues are into CloudWatch, each minute of the clock in which one is not empty."""
    depths = Depths(CLOCK, engine.queue_depths, cloudwatch.CLOUDWATCH.put)
    CLOCK.watch(Watcher(due=depths.due, run=depths.run))

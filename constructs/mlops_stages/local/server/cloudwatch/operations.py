"""CloudWatch's operations, for one account and region each.

Dashboards stay with ministack; what neither has is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.cloudwatch.alarm_operations import AlarmOperations
from mlops_stages.local.server.cloudwatch.alarms import Alarms
from mlops_stages.local.server.cloudwatch.data_operations import DataOperations
from mlops_stages.local.server.cloudwatch.metrics import Datum, Metrics


class CloudWatch:
    """Metric data and alarms, and the operations on both."""

    def __init__(self, clock: Clock) -> None:
        metrics = Metrics()
        self.alarms = Alarms(clock, metrics)
        self._data = DataOperations(clock, metrics, self.alarms)
        self._operations = {**self._data.operations, **AlarmOperations(clock, self.alarms).operations}

    def handles(self, operation: str) -> bool:
        """Whether an operation is one of these."""
        return operation in self._operations

    def dispatch(self, scope: Scope, operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call whose parameters fit the operation's shape; ServiceError for what AWS would refuse."""
        with self.alarms.changing():
            return self._operations[operation](scope, given) or {}

    def put(self, scope: Scope, data: list[Datum]) -> None:
        """Add metric data, as a service of this server does for its own metrics."""
        with self.alarms.changing():
            self._data.add(scope, data)

"""CloudWatch: ministack's own services put their metrics, and the alarms that they make, where ours are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_stages.local.server.engine import ministack

Record = Callable[[str, str, float, str, dict[str, str]], None]
"""Called with the namespace, name, value, unit and dimensions of one value of now."""

Call = Callable[[str, dict[str, Any]], None]
"""Called with an operation of CloudWatch and its parameters."""


def mend_metrics(record: Record, call: Call) -> None:
    """Take ministack's metrics and the alarms of its own services from it, once."""
    if getattr(ministack.cloudwatch, "metrics_mended_by_mlops_stages", False):
        return
    ministack.cloudwatch.metrics_mended_by_mlops_stages = True

    def record_metric(  # as the replaced one
        namespace: str, metric_name: str, value: float, unit: str = "None", dimensions: dict[str, str] | None = None
    ) -> None:
        record(namespace, metric_name, float(value), unit, dimensions or {})

    def put_alarm(alarm: dict[str, Any]) -> None:
        """Refuse the alarms of scaling policies: nothing would scale."""
        raise ValueError(f"Not emulated: the alarm {alarm['AlarmName']} of a scaling policy")

    def first_alarm_time(alarm_arn: str, start: float, end: float) -> float | None:
        """Refuse the monitors of AppConfig, which ask an alarm's past."""
        raise ValueError(f"Not emulated: when {alarm_arn} went off between {start} and {end}")

    def delete_alarm(name: str, refuse_dependents: bool = False) -> None:  # as the replaced one
        del refuse_dependents
        call("DeleteAlarms", {"AlarmNames": [name]})

    ministack.cloudwatch.record_metric = record_metric
    ministack.cloudwatch.first_alarm_time = first_alarm_time
    ministack.cloudwatch.cloudformation_put_metric_alarm = put_alarm
    ministack.cloudwatch.cloudformation_delete_metric_alarm = delete_alarm

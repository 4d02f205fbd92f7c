"""What executions leave behind: events in their state machine's log group, and metrics.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html,
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

from __future__ import annotations

import datetime
import json
import logging
import threading
from collections.abc import Mapping
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server import cloudwatch, engine
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.cloudwatch.metrics import Metric
from mlops_stages.local.server.engine import Execution

_MOST_HELD = 20
_PAUSES = ("TaskSubmitted", "WaitStateEntered")
_DATA = frozenset({"input", "output", "parameters"})
_FAILURES = ("Failed", "TimedOut", "Aborted")

_METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}

_log = logging.getLogger(__name__)


class LogEvents:
    """The histories of executions on their way into log groups."""

    def __init__(self) -> None:
        self._held: dict[str, list[dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def note(self, execution: Execution, event: Mapping[str, Any]) -> None:
        """Take an event of an execution's history, if its state machine logs such."""
        machine = engine.state_machine(str(execution["stateMachineArn"])) or {}
        settings = mapping(machine.get("loggingConfiguration"))
        kind = str(event["type"])
        if not _is_logged(str(settings.get("level", "OFF")), kind):
            return
        arn = str(execution["executionArn"])
        told = _told(arn, event, with_data=bool(settings.get("includeExecutionData")))
        with self._lock:
            held = self._held.setdefault(arn, [])
            held.append(told)
            due = len(held) >= _MOST_HELD or kind in _PAUSES or kind.startswith("Execution")
        if due:
            self._write(execution, settings)

    def _write(self, execution: Execution, settings: Mapping[str, Any]) -> None:
        with self._lock:
            events = self._held.pop(str(execution["executionArn"]), [])
        name = str(execution["executionArn"]).split(":")[6]
        stream = f"states/{name}/{str(execution['startDate'])[:13].replace('T', '-')}-00/{execution['name']}"[:512]
        for destination in listed(settings.get("destinations")):
            group = mapping(mapping(destination).get("cloudWatchLogsLogGroup"))
            arn = str(group.get("logGroupArn", "")).removesuffix(":*")
            try:
                _put(arn, stream, events)
            except (refusals.ClientError, refusals.BotoCoreError, IndexError):
                _log.exception("the history of %s is not in %s", execution["executionArn"], arn)


def _is_logged(level: str, kind: str) -> bool:
    if level == "ALL":
        return True
    failed = kind.endswith(_FAILURES)
    return failed and (level == "ERROR" or (level == "FATAL" and kind.startswith("Execution")))


def _told(arn: str, event: Mapping[str, Any], *, with_data: bool) -> dict[str, Any]:
    details = mapping(next((value for name, value in event.items() if name.endswith("EventDetails")), None))
    moment = datetime.datetime.fromisoformat(str(event["timestamp"]))
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "details": {name: value for name, value in details.items() if with_data or name not in _DATA},
        "redrive_count": "0",
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(int(moment.timestamp() * 1000)),
        "execution_arn": arn,
    }


def _put(group_arn: str, stream: str, events: list[dict[str, Any]]) -> None:
    region, account, group = group_arn.split(":")[3], group_arn.split(":")[4], group_arn.split(":")[6]
    where = {"logGroupName": group, "logStreamName": stream}
    try:
        calls.call_in(account, region, "logs", "create_log_stream", **where)
    except refusals.ClientError as error:
        if refusals.code(error) != "ResourceAlreadyExistsException":
            raise
    told = [{"timestamp": int(event["event_timestamp"]), "message": json.dumps(event)} for event in events]
    calls.call_in(account, region, "logs", "put_log_events", **where, logEvents=told)


def count(execution: Execution) -> None:
    """Put the metric of an execution's new status."""
    machine = str(execution["stateMachineArn"])
    region, account = machine.split(":")[3:5]
    metric = Metric(
        namespace="AWS/States",
        name=_METRICS[str(execution["status"])],
        dimensions=(("StateMachineArn", machine),),
    )
    with engine.within(account, region):
        cloudwatch.put(metric, [1.0], unit="Count")

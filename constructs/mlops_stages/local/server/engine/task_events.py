"""Step Functions: an attempt of a task, and what the history of its execution tells of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.state_types import (
    LONGEST_S,
    MOST_DATA,
    Execution,
    Json,
    Machines,
    StateError,
    Task,
)


def error_of(error: StateError) -> Exception:
    """Return an error of a state as ministack raises it."""
    return cast("Exception", ministack.stepfunctions._ExecutionError(error.error, error.cause))


def performed(machines: Machines, task: Task) -> Json:
    """Perform an attempt, and write its events into the execution's history."""
    kind = named(task.resource)
    limits = {
        name: int(seconds)
        for name, seconds in (("timeoutInSeconds", task.timeout), ("heartbeatInSeconds", task.heartbeat))
        if seconds < LONGEST_S
    }
    arguments = json.dumps(task.arguments)
    region = task.execution["executionArn"].split(":")[3]
    _note(task.execution, "TaskScheduled", {**kind, "region": region, "parameters": arguments, **limits})
    _note(task.execution, "TaskStarted", kind)
    try:
        result = machines.perform(task)
        output = json.dumps(result)
        if len(output) > MOST_DATA:
            message = f"The state/task returned a result with a size exceeding the maximum number of bytes: {kind}"
            raise StateError("States.DataLimitExceeded", message)
    except StateError as error:
        timed_out = error.error in ("States.Timeout", "States.HeartbeatTimeout")
        told = {**kind, "error": error.error, "cause": error.cause}
        _note(task.execution, "TaskTimedOut" if timed_out else "TaskFailed", told)
        raise error_of(error) from error
    _note(task.execution, "TaskSucceeded", {**kind, "output": output})
    return result


def named(resource: str) -> dict[str, str]:
    """Return a task's resource as histories name it."""
    if ":states:::" not in resource:
        return {"resourceType": resource.split(":")[2], "resource": resource}
    parts = resource.split(":states:::", 1)[1].split(":")
    length = 2 if parts[0] == "aws-sdk" else 1
    return {"resourceType": ":".join(parts[:length]), "resource": ":".join(parts[length:])}


def submitted(task: Task, output: Json) -> None:
    """Note that a task waits for an answer."""
    _note(task.execution, "TaskSubmitted", {**named(task.resource), "output": json.dumps(output)})


def _note(execution: Execution, kind: str, details: Mapping[str, Any]) -> None:
    ministack.stepfunctions._add_event(execution, kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": dict(details)})

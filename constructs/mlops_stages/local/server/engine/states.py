"""Step Functions: one state after the other, as ministack comes to it: tasks, retries, waits, time limits.

ministack runs tasks as the account's root and waits by the machine's own time; its data flow (paths, intrinsics,
JSONata, Choice, Map, Parallel) stays.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol, cast

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.clock import stamp
from mlops_stages.local.server.engine import ministack

Json = Any
"""A JSON-like value."""

Execution = dict[str, Any]
"""ministack's record of an execution."""

_TERMINAL = frozenset({"States.Runtime", "States.DataLimitExceeded"})
"""Errors that no wildcard catches. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""

MOST_DATA = 262_144
_LONGEST_S = 99_999_999.0

CURRENT: ContextVar[Execution | None] = ContextVar("mlops_stages_execution", default=None)


class StateError(Exception):
    """An error of a state: its name, by which Retry and Catch match, and the cause."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


@dataclass(frozen=True, kw_only=True)
class Task:
    """One attempt of a Task state."""

    execution: Execution
    resource: str
    arguments: Json
    role: str
    """Another than the machine's, from `Credentials`; else empty."""

    token: str
    """Of a callback; else empty."""

    timeout: float
    heartbeat: float
    """Seconds; infinite where the state has none."""


class Machines(Protocol):
    """What Step Functions does with the states that ministack comes to."""

    def perform(self, task: Task) -> Json:
        """Perform an attempt, and return its result. Raises StateError."""
        ...

    def new_token(self) -> str:
        """Return a token for a callback."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait. Raises StateError where the execution ends meanwhile."""
        ...

    def now(self) -> float:
        """Return the time, in seconds since 1970."""
        ...

    def run(self, execution: Execution, walk: Callable[[], None], seconds: float | None) -> None:
        """Have an execution walked; `seconds` is its time limit."""
        ...

    def inside(self, walk: Callable[[], Json]) -> Json:
        """Walk a branch, in a thread of its own."""
        ...

    def outside(self, walk: Callable[[], Json], number: int) -> Json:
        """Wait for branches, of which a number begins at once."""
        ...

    def changed(self, execution: Execution) -> None:
        """Hear that an execution has another status."""
        ...

    @property
    def noted(self) -> Callable[[Execution, Mapping[str, Any]], None]:
        """Called with each event of an execution's history."""
        ...

    def answer(self, operation: str, given: Mapping[str, Any]) -> Refusal | None:
        """Take the answer of a callback (SendTask...); a refusal says why not."""
        ...

    def check(self, arn: str, definition: str | None, role: str | None) -> Refusal | None:
        """Refuse a definition or a role that AWS would refuse."""
        ...


@dataclass(frozen=True)
class Refusal:
    """An error that the API answers with."""

    code: str
    message: str


def mend_states(machines: Machines) -> None:
    """Have states wait by the clock, and tasks performed by `machines`."""
    _mend_time(machines)
    _mend_walk(machines)


def _wait(machines: Machines, seconds: float) -> None:
    try:
        machines.wait(seconds)
    except StateError as error:
        raise _error(error.error, error.cause) from error


def _mend_time(machines: Machines) -> None:
    def now_iso() -> str:
        return stamp(machines.now())

    def sleep_until(moment: str) -> None:
        found = ministack.stepfunctions._parse_ts(moment)
        if found is None:
            raise _error("States.Runtime", f"{moment} is not a timestamp")
        _wait(machines, found.timestamp() - machines.now())

    ministack.stepfunctions.now_iso = now_iso
    ministack.stepfunctions._scaled_sleep = functools.partial(_wait, machines)
    ministack.stepfunctions._sleep_until = sleep_until


def _error(error: str, cause: str) -> Exception:
    """Return an error of a state as ministack raises it."""
    return cast("Exception", ministack.stepfunctions._ExecutionError(error, cause))


def _mend_walk(machines: Machines) -> None:
    branches: Callable[..., Any] = ministack.stepfunctions._run_parallel_branches
    items: Callable[..., Any] = ministack.stepfunctions._run_map_items
    branch: Callable[..., Any] = ministack.stepfunctions._run_sub_machine

    def execute_task(state: dict[str, Any], raw: Json, execution: Execution, ctx: dict[str, Any]) -> Json:
        return _retried(machines, state, raw, ctx, lambda: _attempted(machines, state, raw, execution, ctx))

    ministack.stepfunctions._execute_task = execute_task
    ministack.stepfunctions._with_retry_and_catch = functools.partial(_retried, machines)

    def run_branches(state: dict[str, Any], *given: Any) -> Json:  # noqa: ANN401
        return machines.outside(lambda: branches(state, *given), max(len(listed(state.get("Branches"))), 1))

    def run_items(state: dict[str, Any], raw: Json, execution: Execution, ctx: dict[str, Any]) -> Json:
        return machines.outside(lambda: items(state, raw, execution, ctx), _number_of_items(state, raw, ctx))

    def run_branch(*given: Any) -> Json:  # noqa: ANN401
        return machines.inside(lambda: branch(*given))

    ministack.stepfunctions._run_parallel_branches = run_branches
    ministack.stepfunctions._run_map_items = run_items
    ministack.stepfunctions._run_sub_machine = run_branch


def _number_of_items(state: dict[str, Any], raw: Json, ctx: dict[str, Any]) -> int:
    """Return how many items of a Map state are walked at first; 1 where that shows only later, or never."""
    sfn = ministack.stepfunctions
    if "ItemReader" in state:
        return 1
    try:
        if sfn._state_query_language(state, ctx) == "JSONata":
            found = sfn._apply_jsonata_template(state["Items"], raw, ctx) if "Items" in state else raw
        else:
            found = sfn._resolve_path_or_ctx(state.get("ItemsPath", "$"), sfn._apply_input_path(state, raw, ctx), ctx)
    except sfn._ExecutionError:
        return 1
    most = state.get("MaxConcurrency")
    number = len(cast("list[Json]", found)) if isinstance(found, list) else 1
    return max(min(number, most) if isinstance(most, int) and most > 0 else number, 1)


def _retried(
    machines: Machines, state: dict[str, Any], raw: Json, ctx: dict[str, Any], attempt: Callable[[], Json]
) -> Json:
    """Attempt a state as often as its Retry says, and go on with its Catch.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    known, failure = ctx["State"], ministack.stepfunctions._ExecutionError
    counts: dict[int, int] = {}
    while True:
        # Branches leave their own State in the context: each attempt starts from this state's.
        ctx["State"] = {**known, "RetryCount": sum(counts.values())}
        try:
            return attempt()
        except failure as error:
            execution = CURRENT.get()
            if execution is not None and execution["status"] != "RUNNING":
                raise
            name, cause = str(error.error), str(error.cause)
            found = next((each for each in enumerate(listed(state.get("Retry"))) if _matches(each[1], name)), None)
            if found is not None and counts.get(found[0], 0) < found[1].get("MaxAttempts", 3):
                number, retrier = found
                _wait(machines, _interval(retrier, counts.get(number, 0)))
                counts[number] = counts.get(number, 0) + 1
                continue
            catcher = next((each for each in listed(state.get("Catch")) if _matches(each, name)), None)
            if catcher is None:
                raise
            language = ministack.stepfunctions._state_query_language(state, ctx)
            told = {"Error": name, "Cause": cause}
            return ministack.stepfunctions._apply_catcher(catcher, raw, ctx, language, told), catcher["Next"]


def _matches(rule: Mapping[str, Any], error: str) -> bool:
    names = listed(rule.get("ErrorEquals"))
    if error in names:
        return True
    wild = "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout")
    return wild and error not in _TERMINAL


def _interval(retrier: Mapping[str, Any], retries: int) -> float:
    """Return the seconds before a retry: with jitter, the most that AWS may draw."""
    seconds = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** min(retries, 64)
    return float(min(seconds, retrier.get("MaxDelaySeconds", _LONGEST_S), _LONGEST_S))


def _attempted(machines: Machines, state: dict[str, Any], raw: Json, execution: Execution, ctx: dict[str, Any]) -> Json:
    sfn = ministack.stepfunctions
    resource = str(state.get("Resource", ""))
    token = machines.new_token() if resource.endswith(".waitForTaskToken") else ""
    ctx.pop("Task", None)
    if token:
        ctx["Task"] = {"Token": token}
    jsonata = sfn._state_query_language(state, ctx) == "JSONata"
    if jsonata:
        arguments = sfn._apply_jsonata_arguments(state, raw, ctx)
    else:
        arguments = sfn._apply_parameters(state, sfn._apply_input_path(state, raw, ctx), ctx)
    task = Task(
        execution=execution,
        resource=resource,
        arguments=arguments,
        role=_role(state, raw, ctx, jsonata=jsonata),
        token=token,
        timeout=_seconds(state, "TimeoutSeconds", raw, ctx, jsonata=jsonata),
        heartbeat=_seconds(state, "HeartbeatSeconds", raw, ctx, jsonata=jsonata),
    )
    result = _performed(machines, task)
    if jsonata:
        output = sfn._apply_jsonata_output(state, raw, ctx, result=result, default=result)
        sfn._apply_state_assign(state, raw, ctx, result=result)
    else:
        output = sfn._apply_result_path(state, raw, sfn._apply_result_selector(state, result))
        output = sfn._apply_output_path(state, output, ctx)
    return output, sfn._next_or_end(state)


def _performed(machines: Machines, task: Task) -> Json:
    """Perform an attempt, and write its events into the execution's history."""
    kind = named(task.resource)
    limits = {
        name: int(seconds)
        for name, seconds in (("timeoutInSeconds", task.timeout), ("heartbeatInSeconds", task.heartbeat))
        if seconds < _LONGEST_S
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
        raise _error(error.error, error.cause) from error
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


def _role(state: dict[str, Any], raw: Json, ctx: dict[str, Any], *, jsonata: bool) -> str:
    given = mapping(state.get("Credentials"))
    if not given:
        return ""
    if jsonata:
        found = ministack.stepfunctions._apply_jsonata_template(given, raw, ctx)
    else:
        found = ministack.stepfunctions._resolve_params_obj(given, raw, ctx)
    return str(mapping(found).get("RoleArn") or "")


def _seconds(state: dict[str, Any], field: str, raw: Json, ctx: dict[str, Any], *, jsonata: bool) -> float:
    value: Any = state.get(field)
    if jsonata and value is not None:
        value = ministack.stepfunctions._apply_jsonata_template(value, raw, ctx)
    elif f"{field}Path" in state:
        value = ministack.stepfunctions._resolve_path_or_ctx(state[f"{field}Path"], raw, ctx)
    if value is None:
        return float("inf")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_S:
        raise _error("States.Runtime", f"{field} must be a positive number of seconds, and is {value!r}")
    return float(value)

"""Step Functions: one state after the other, as ministack comes to it: tasks, retries, waits, time limits.

ministack runs tasks as the account's root and waits by the machine's own time; its data flow (paths, intrinsics,
JSONata, Choice, Map, Parallel) stays.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, cast

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.clock import stamp
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.state_types import CURRENT, LONGEST_S, Execution, Json, Machines, StateError, Task
from mlops_stages.local.server.engine.task_events import error_of, performed

_TERMINAL = frozenset({"States.Runtime", "States.DataLimitExceeded"})
"""Errors that no wildcard catches. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""

_MOST_STEPS = 25_000
_MOST_AT_ONCE = 40
"""Of a Map's items. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


def mend_states(machines: Machines) -> None:
    """Have states wait by the clock, and tasks performed by `machines`."""
    _mend_time(machines)
    _mend_walk(machines)


def _wait(machines: Machines, seconds: float) -> None:
    try:
        machines.wait(seconds)
    except StateError as error:
        raise error_of(error) from error


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
    return error_of(StateError(error, cause))


def _mend_walk(machines: Machines) -> None:
    branches: Callable[..., Any] = ministack.stepfunctions._run_parallel_branches
    items: Callable[..., Any] = ministack.stepfunctions._run_map_items
    branch: Callable[..., Any] = ministack.stepfunctions._run_sub_machine

    def execute_task(state: dict[str, Any], raw: Json, execution: Execution, ctx: dict[str, Any]) -> Json:
        return _retried(machines, state, raw, ctx, lambda: _attempted(machines, state, raw, execution, ctx))

    ministack.stepfunctions._execute_task = _step(execute_task)
    ministack.stepfunctions._execute_pass = _step(ministack.stepfunctions._execute_pass)
    ministack.stepfunctions._execute_choice = _step(ministack.stepfunctions._execute_choice)
    ministack.stepfunctions._execute_wait = _step(ministack.stepfunctions._execute_wait)
    ministack.stepfunctions._with_retry_and_catch = functools.partial(_retried, machines)

    def run_branches(state: dict[str, Any], *given: Any) -> Json:  # noqa: ANN401
        return machines.outside(lambda: branches(state, *given), max(len(listed(state.get("Branches"))), 1))

    def run_items(state: dict[str, Any], raw: Json, execution: Execution, ctx: dict[str, Any]) -> Json:
        bounded = {**state, "MaxConcurrency": _at_once(state, raw, ctx)}
        return machines.outside(lambda: items(bounded, raw, execution, ctx), _number_of_items(bounded, raw, ctx))

    def run_branch(*given: Any) -> Json:  # noqa: ANN401
        return machines.inside(lambda: branch(*given))

    ministack.stepfunctions._run_parallel_branches = run_branches
    ministack.stepfunctions._run_map_items = run_items
    ministack.stepfunctions._run_sub_machine = run_branch


def _step(execute: Callable[..., Json]) -> Callable[..., Json]:
    """Execute a state only where its execution still runs, and has not gone round for ever."""

    def executed(*given: Any) -> Json:  # noqa: ANN401
        execution = CURRENT.get()
        if execution is not None:
            execution["steps"] = execution.get("steps", 0) + 1
            if execution["status"] != "RUNNING":
                raise _error("States.Runtime", "The execution has ended.")
            if execution["steps"] > _MOST_STEPS:
                said = f"The execution reached the maximum number of history events ({_MOST_STEPS})."
                raise _error("States.Runtime", said)
        return execute(*given)

    return executed


def _at_once(state: dict[str, Any], raw: Json, ctx: dict[str, Any]) -> int:
    """Return how many items of a Map state are walked at once."""
    value: Any = state.get("MaxConcurrency")
    if isinstance(value, str):
        value = ministack.stepfunctions._jsonata_state_field(state, "MaxConcurrency", "number", raw, ctx)
    elif "MaxConcurrencyPath" in state:
        value = ministack.stepfunctions._resolve_path_or_ctx(state["MaxConcurrencyPath"], raw, ctx)
    return min(int(value), _MOST_AT_ONCE) if isinstance(value, int | float) and value >= 1 else _MOST_AT_ONCE


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
    number = len(cast("list[Json]", found)) if isinstance(found, list) else 1
    return max(min(number, state["MaxConcurrency"]), 1)


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
    return float(min(seconds, retrier.get("MaxDelaySeconds", LONGEST_S), LONGEST_S))


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
    result = performed(machines, task)
    if jsonata:
        output = sfn._apply_jsonata_output(state, raw, ctx, result=result, default=result)
        sfn._apply_state_assign(state, raw, ctx, result=result)
    else:
        output = sfn._apply_result_path(state, raw, sfn._apply_result_selector(state, result))
        output = sfn._apply_output_path(state, output, ctx)
    return output, sfn._next_or_end(state)


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
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_S:
        raise _error("States.Runtime", f"{field} must be a positive number of seconds, and is {value!r}")
    return float(value)

"""Step Functions: executions and requests, as ministack keeps them, with ours for what states do and how long it takes.

Starting an execution anew, its end from outside, task tokens, and what a definition may hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.state_types import CURRENT, MOST_DATA, Execution, Machines
from mlops_stages.local.server.engine.states import mend_states

_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")


def current_execution() -> Execution | None:
    """Return the execution that this thread walks."""
    return CURRENT.get()


def state_machine(arn: str) -> dict[str, Any] | None:
    """Return ministack's record of a state machine of the account and region being served."""
    found: dict[str, Any] | None = ministack.stepfunctions._state_machines.get(arn)
    return found


def execution_of(arn: str) -> Execution | None:
    """Return an execution of the account and region being served."""
    found: Execution | None = ministack.stepfunctions._executions.get(arn)
    return found


def end_execution(execution: Execution, status: str, error: str, cause: str) -> None:
    """End an execution that runs, from outside."""
    if execution["status"] != "RUNNING":
        return
    kind = {"TIMED_OUT": "ExecutionTimedOut", "FAILED": "ExecutionFailed"}[status]
    details = {key: value for key, value in (("error", error), ("cause", cause)) if value}
    execution.update(status=status, stopDate=ministack.stepfunctions.now_iso(), **details)
    ministack.stepfunctions._add_event(execution, kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": details})
    ministack.stepfunctions._emit_execution_status_event(execution)


def sdk_name(name: str) -> str:
    """Return a member's name as state machines spell it: DBName is DbName."""
    spelt: str = ministack.stepfunctions._api_name_to_sfn_key(name)
    return spelt


def mend_state_machines(machines: Machines) -> None:
    """Put it into ministack, once."""
    sfn = ministack.stepfunctions
    if getattr(sfn, "machines_mended_by_mlops_stages", False):
        return
    sfn.machines_mended_by_mlops_stages = True
    mend_states(machines)
    _mend_executions(machines)
    _mend_requests(machines)


def _mend_executions(machines: Machines) -> None:
    walk: Callable[[str], None] = ministack.stepfunctions._run_execution
    start: Callable[[dict[str, Any]], Any] = ministack.stepfunctions._start_execution
    fail: Callable[[Execution, str, str], None] = ministack.stepfunctions._fail_execution
    add: Callable[..., dict[str, Any]] = ministack.stepfunctions._add_event
    emit: Callable[[Execution], None] = ministack.stepfunctions._emit_execution_status_event

    def run_execution(arn: str) -> None:
        """Walk an Express execution, whose caller waits; others are walked once they have been started."""
        execution = execution_of(arn)
        if execution is not None and execution.get("sync"):
            machines.inside(lambda: _walked(execution, lambda: walk(arn)))

    def start_execution(given: dict[str, Any]) -> Any:  # noqa: ANN401  # a response
        answered = _refused_start(given) or start(given)
        if answered[0] == 200:
            arn = str(json.loads(answered[2])["executionArn"])
            execution = execution_of(arn)
            if execution is not None and not execution.get("walked"):
                execution["walked"] = True
                execution["events"][0]["previousEventId"] = 0
                machines.noted(execution, execution["events"][0])
                definition = mapping(json.loads(state_machine(execution["stateMachineArn"])["definition"]))  # type: ignore[index]
                limit = definition.get("TimeoutSeconds")
                machines.run(execution, lambda: _walked(execution, lambda: walk(arn)), limit)
        return answered

    def fail_execution(execution: Execution, error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    def add_event(execution: Execution, kind: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
        event = add(execution, kind, details)
        event["previousEventId"] = event["id"] - 1
        machines.noted(execution, event)
        return event

    def emit_status(execution: Execution) -> None:
        emit(execution)
        machines.changed(execution)

    ministack.stepfunctions._run_execution = run_execution
    ministack.stepfunctions._start_execution = start_execution
    ministack.stepfunctions._fail_execution = fail_execution
    ministack.stepfunctions._add_event = add_event
    ministack.stepfunctions._emit_execution_status_event = emit_status


def _walked(execution: Execution, walk: Callable[[], None]) -> None:
    token = CURRENT.set(execution)
    try:
        walk()
    finally:
        CURRENT.reset(token)


def _refused_start(given: Mapping[str, Any]) -> Any:  # noqa: ANN401  # a response
    """Return the answer to a start that begins nothing: refused, or begun already; None for any other."""
    name, text = given.get("name"), str(given.get("input", "{}"))
    if name is not None and _NAME.fullmatch(str(name)) is None:
        return _told("InvalidName", f"Invalid Name: '{name}'")
    try:
        json.loads(text)
    except ValueError as error:
        return _told("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'")
    if len(text.encode()) > MOST_DATA:
        return _told("InvalidExecutionInput", "Execution input cannot exceed 262144 bytes")
    base = ministack.stepfunctions._resolve_state_machine_arn(str(given.get("stateMachineArn", "")))
    if name is None or base is None:
        return None
    running = execution_of(f"{base.replace(':stateMachine:', ':execution:')}:{name}")
    if running is not None and running["status"] == "RUNNING" and running["input"] == text:
        told = {"executionArn": running["executionArn"], "startDate": running["startDate"]}
        return ministack.responses.json_response(told)
    return None


def _told(code: str, message: str) -> Any:  # noqa: ANN401  # a response
    return ministack.responses.error_response_json(code, message, 400)


def _mend_requests(machines: Machines) -> None:
    create: Callable[[dict[str, Any]], Any] = ministack.stepfunctions._create_state_machine
    update: Callable[[dict[str, Any]], Any] = ministack.stepfunctions._update_state_machine

    def create_machine(given: dict[str, Any]) -> Any:  # noqa: ANN401  # a response
        name = str(given.get("name") or "")
        if _NAME.fullmatch(name) is None:
            return _told("InvalidName", f"Invalid Name: '{name}'")
        arn = f"arn:aws:states:{ministack.region()}:{ministack.account()}:stateMachine:{name}"
        refused = machines.check(arn, str(given.get("definition") or ""), str(given.get("roleArn") or ""))
        answered = create(given) if refused is None else _told(refused.code, refused.message)
        if answered[0] == 200:
            _traced(arn, given)
        return answered

    def update_machine(given: dict[str, Any]) -> Any:  # noqa: ANN401  # a response
        arn = str(given.get("stateMachineArn") or "")
        refused = machines.check(arn, given.get("definition"), given.get("roleArn"))
        answered = update(given) if refused is None else _told(refused.code, refused.message)
        if answered[0] == 200:
            _traced(arn, given)
        return answered

    def answered_by(operation: str) -> Callable[[dict[str, Any]], Any]:
        def answer(given: dict[str, Any]) -> Any:  # noqa: ANN401  # a response
            refused = machines.answer(operation, given)
            return ministack.responses.json_response({}) if refused is None else _told(refused.code, refused.message)

        return answer

    def validate(given: dict[str, Any]) -> Any:  # noqa: ANN401  # a response
        refused = machines.check("", str(given.get("definition") or ""), None)
        said = [] if refused is None else [{"severity": "ERROR", "code": refused.code, "message": refused.message}]
        return ministack.responses.json_response({"result": "FAIL" if said else "OK", "diagnostics": said})

    ministack.stepfunctions._create_state_machine = create_machine
    ministack.stepfunctions._update_state_machine = update_machine
    ministack.stepfunctions._validate_state_machine_definition = validate
    ministack.stepfunctions._send_task_success = answered_by("SendTaskSuccess")
    ministack.stepfunctions._send_task_failure = answered_by("SendTaskFailure")
    ministack.stepfunctions._send_task_heartbeat = answered_by("SendTaskHeartbeat")


def _traced(arn: str, given: Mapping[str, Any]) -> None:
    """Keep what ministack drops."""
    record = state_machine(arn)
    if record is not None and "tracingConfiguration" in given:
        record["tracingConfiguration"] = given["tracingConfiguration"]

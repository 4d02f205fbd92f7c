"""State machines: their tasks as their own role, their waits and time limits by the clock.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
"""

from __future__ import annotations

import json
import math
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.server import engine
from mlops_stages.local.server.engine import Execution, Refusal, StateError, Task
from mlops_stages.local.server.step_functions import definitions, integrations
from mlops_stages.local.server.step_functions.integrations import Call
from mlops_stages.local.server.sts.acting import Actor, NotAssumableError, Session
from mlops_stages.local.server.timers import Timer, Timers, Waiter

_PRINCIPAL = "states.amazonaws.com"
_MOST_OUTPUT = 262_144
_LONGEST_ERROR, _LONGEST_CAUSE = 256, 32_768

Changed = Callable[[Execution], None]
Noted = Callable[[Execution, Mapping[str, Any]], None]


@dataclass
class _Callback:
    """A task that waits for an answer."""

    account: str
    execution: Execution
    waiter: Waiter = field(default_factory=Waiter)
    alive: float = 0.0
    output: Any = None
    error: tuple[str, str] | None = None
    answered: bool = False


class StateMachines:
    """All state machines of this server."""

    def __init__(self, timers: Timers, changed: Changed, noted: Noted) -> None:
        self._timers = timers
        self._actor = Actor(_PRINCIPAL)
        self._callbacks: dict[str, _Callback] = {}
        self._waiting: dict[str, set[Waiter]] = {}
        self._limits: dict[str, Timer] = {}
        self._lock = threading.Lock()
        self._changed = changed
        self.noted: Noted = noted

    def now(self) -> float:
        """Return the time, in seconds since 1970."""
        return self._timers.clock.now()

    def new_token(self) -> str:
        """Return a token for a callback."""
        return secrets.token_urlsafe(96)

    # Executions

    def run(self, execution: Execution, walk: Callable[[], None], seconds: float | None) -> None:
        """Have an execution walked; `seconds` is its time limit."""
        if seconds is not None:

            def time_out() -> None:
                engine.end_execution(execution, "TIMED_OUT", "", "")

            timer = self._timers.work_at(self.now() + seconds, time_out)
            with self._lock:
                self._limits[str(execution["executionArn"])] = timer
        self._timers.work(walk)

    def inside(self, walk: Callable[[], Any]) -> Any:  # noqa: ANN401  # JSON-like
        """Walk a branch, in a thread of its own."""
        with self._timers.branch():
            return walk()

    def outside(self, walk: Callable[[], Any], number: int) -> Any:  # noqa: ANN401  # JSON-like
        """Wait for branches, of which a number begins at once."""
        with self._timers.branching(number):
            return walk()

    def changed(self, execution: Execution) -> None:
        """Wake whatever waits for an execution, and what waits in it if it has ended."""
        self._changed(execution)
        if execution["status"] == "RUNNING":
            return
        with self._lock:
            waiting = self._waiting.pop(str(execution["executionArn"]), set())
            limit = self._limits.pop(str(execution["executionArn"]), None)
        if limit is not None:
            limit.cancel()
        for waiter in waiting:
            self._timers.wake(waiter)

    def wait(self, seconds: float) -> None:
        """Wait in the execution of this thread. Raises StateError where it ends meanwhile."""
        if seconds > 0:
            self._wait_in(engine.current_execution(), Waiter(), self.now() + seconds)

    def _wait_in(self, execution: Execution | None, waiter: Waiter, until: float) -> None:
        """Wait until a moment, or until the waiter is woken, as it is by the end of the execution."""
        arn = "" if execution is None else str(execution["executionArn"])
        with self._lock:
            self._waiting.setdefault(arn, set()).add(waiter)
        ended = execution is not None and execution["status"] != "RUNNING"
        if not ended:
            self._timers.wait(waiter, None if math.isinf(until) else until)
        with self._lock:
            self._waiting.get(arn, set()).discard(waiter)
        if execution is not None and execution["status"] != "RUNNING":
            raise StateError("States.Runtime", "The execution has ended.")

    # Tasks

    def perform(self, task: Task) -> Any:  # noqa: ANN401  # JSON-like
        """Perform an attempt, and return its result. Raises StateError."""
        call = integrations.call_of(task.resource)
        if call is None:
            raise StateError("States.Runtime", f"Not emulated: {task.resource}")
        if call.waits == "token":
            return self._answered(task, call)
        if call.waits:
            return self._nested(task, call)
        return self._within_time(task, lambda: self._call(task, call))

    def _call(self, task: Task, call: Call) -> Any:  # noqa: ANN401  # JSON-like
        arn = str(task.execution["executionArn"])
        return integrations.perform(call, self._session(task), task.resource, task.arguments, arn)

    def _session(self, task: Task) -> Session:
        """Return a session of the machine's role, or of the one that the state names, assumed by it."""
        machine = engine.state_machine(str(task.execution["stateMachineArn"])) or {}
        arn, role = str(task.execution["stateMachineArn"]), str(machine.get("roleArn", ""))
        try:
            session = self._actor.session(role, arn, str(task.execution["name"])[:64])
        except NotAssumableError as error:
            raise StateError("States.Permissions", f"Step Functions cannot assume {role}: {error}") from error
        if not task.role or task.role == role:
            return session
        try:
            return session.assumed(task.role, str(task.execution["name"])[:64], ExternalId=arn)
        except refusals.ClientError as error:
            message = f"The role {task.role} is not authorized to assume: {refusals.message(error)}"
            raise StateError("States.Permissions", message) from error

    def _within_time(self, task: Task, work: Callable[[], Any]) -> Any:  # noqa: ANN401  # JSON-like
        """Return what some work returns, unless the task's time is over before."""
        if math.isinf(task.timeout):
            return work()
        waiter, outcome = Waiter(), list[tuple[Any, StateError | None]]()

        def run() -> None:
            try:
                outcome.append((work(), None))
            except StateError as error:
                outcome.append((None, error))
            finally:
                self._timers.wake(waiter)

        self._timers.work(run)
        self._wait_in(task.execution, waiter, self.now() + task.timeout)
        if not outcome:
            raise StateError("States.Timeout", "")
        result, error = outcome[0]
        if error is not None:
            raise error
        return result

    def _nested(self, task: Task, call: Call) -> Any:  # noqa: ANN401  # JSON-like
        """Start an execution, and return its end as the task's result."""
        started = self._call(task, call)
        engine.submitted(task, started)
        child = engine.execution_of(str(started["ExecutionArn"]))
        if child is None:
            raise StateError("States.TaskFailed", "The nested execution is gone.")
        until = self.now() + task.timeout
        waiter = Waiter()
        with self._lock:
            self._waiting.setdefault(str(child["executionArn"]), set()).add(waiter)
        if child["status"] == "RUNNING":
            self._wait_in(task.execution, waiter, until)
        if child["status"] == "RUNNING":
            raise StateError("States.Timeout", "")
        shown = _described(child, parsed=call.waits.endswith(":2"))
        if child["status"] != "SUCCEEDED":
            raise StateError("States.TaskFailed", json.dumps(shown))
        return shown

    # Callbacks

    def _answered(self, task: Task, call: Call) -> Any:  # noqa: ANN401  # JSON-like
        """Call, and return what somebody answers with the task's token."""
        account = str(task.execution["executionArn"]).split(":")[4]
        callback = _Callback(account=account, execution=task.execution, alive=self.now())
        with self._lock:
            self._callbacks[task.token] = callback
        try:
            engine.submitted(task, self._call(task, call))
            self._wait_for_answer(task, callback)
        finally:
            with self._lock:
                self._callbacks.pop(task.token, None)
        if callback.error is not None:
            raise StateError(*callback.error)
        return callback.output

    def _wait_for_answer(self, task: Task, callback: _Callback) -> None:
        end = self.now() + task.timeout
        while not callback.answered:
            last_beat = callback.alive + task.heartbeat
            with self._lock:
                waiter = Waiter()
                callback.waiter = waiter
                if callback.answered:
                    return
            self._wait_in(task.execution, waiter, min(end, last_beat))
            if callback.answered:
                return
            if self.now() >= end:
                raise StateError("States.Timeout", "")
            if self.now() >= callback.alive + task.heartbeat:
                raise StateError("States.HeartbeatTimeout", "")

    def answer(self, operation: str, given: Mapping[str, Any]) -> Refusal | None:
        """Take the answer of a callback (SendTask...); a refusal says why not."""
        output: Any = None
        if operation == "SendTaskSuccess":
            text = str(given.get("output", ""))
            try:
                output = json.loads(text)
            except ValueError:
                return Refusal("InvalidOutput", "Invalid Output: 'The output is not JSON'")
            if len(text.encode()) > _MOST_OUTPUT:
                return Refusal("InvalidOutput", f"Output cannot exceed {_MOST_OUTPUT} bytes")
        with self._lock:
            found = self._callbacks.get(str(given.get("taskToken", "")))
            if found is None or found.answered or found.account != engine.account():
                return Refusal("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
            if operation == "SendTaskHeartbeat":
                found.alive = self.now()
                return None
            if operation == "SendTaskFailure":
                error, cause = str(given.get("error") or ""), str(given.get("cause") or "")
                found.error = (error[:_LONGEST_ERROR], cause[:_LONGEST_CAUSE])
            found.output, found.answered = output, True
            waiter = found.waiter
        self._timers.wake(waiter)
        return None

    # Definitions

    def check(self, arn: str, definition: str | None, role: str | None) -> Refusal | None:
        """Refuse a definition or a role that AWS would refuse."""
        if definition is not None:
            found = definitions.faults(definition)
            if found:
                said = ", ".join(str(fault) for fault in found[:10])
                return Refusal("InvalidDefinition", f"Invalid State Machine Definition: '{said}'")
        if role is None:
            return None
        try:
            self._actor.session(role, arn, "creation")
        except NotAssumableError:
            message = (
                f"Neither the global service principal {_PRINCIPAL}, nor the regional one is authorized to assume the "
                "provided role."
            )
            return Refusal("AccessDeniedException", message)
        return None


def _described(execution: Execution, *, parsed: bool) -> dict[str, Any]:
    """Return an execution as a task that waited for it sees it; `parsed` shows JSON rather than its text."""
    shown: dict[str, Any] = {}
    for name in ("executionArn", "input", "name", "output", "startDate", "stateMachineArn", "status", "stopDate"):
        value = execution.get(name)
        if value is not None:
            text = parsed and name in ("input", "output")
            shown[f"{name[0].upper()}{name[1:]}"] = json.loads(value) if text else value
    for name in ("error", "cause"):
        if execution.get(name):
            shown[name.capitalize()] = execution[name]
    return shown

"""Step Functions: what a state, an execution and those who perform them are to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

Json = Any
"""A JSON-like value."""

Execution = dict[str, Any]
"""ministack's record of an execution."""

MOST_DATA = 262_144
LONGEST_S = 99_999_999.0

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

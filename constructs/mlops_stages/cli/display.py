"""How a command shows that it is at work: bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

    from mlops_stages.local.output import StackEvent, StackState


class Display(Protocol):
    """Shows the steps of a deploy; a context that cleans up after itself."""

    def step(self, text: str) -> None:
        """Something new is being done."""
        ...

    def stacks(self, labels: tuple[str, ...]) -> None:
        """The stacks to be deployed are known."""
        ...

    def moved(self, event: StackEvent) -> None:
        """A stack moved on."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def display() -> Display:
    """Return what suits standard error: progress never mixes with results."""
    return Bars() if sys.stderr.isatty() else Lines()


class Lines:
    """A line a step, and a line for each stack that has ended."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._ended: dict[str, StackState] = {}
        self._lock = threading.Lock()

    def step(self, text: str) -> None:
        """Print the step."""
        self._say(text)

    def stacks(self, labels: tuple[str, ...]) -> None:
        """Nothing: each stack speaks when it has ended."""

    def moved(self, event: StackEvent) -> None:
        """Print a stack's end."""
        with self._lock:
            if event.state in {"waiting", "deploying"} or self._ended.get(event.stack) == event.state:
                return
            self._ended[event.stack] = event.state
        self._say(f"{event.stack}: {event.state}")

    def _say(self, text: str) -> None:
        typer.echo(f"{time.monotonic() - self._began:5.1f} s  {text}", err=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left to clean up."""


class Bars:
    """The steps under way, and a bar for all resources; the stacks being deployed are named beside it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._events: dict[str, StackEvent] = {}
        self._labels: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._deploy: TaskID | None = None

    def step(self, text: str) -> None:
        """Add a line that spins."""
        if self._deploy is None:
            self._progress.add_task(text, total=None, note="")

    def stacks(self, labels: tuple[str, ...]) -> None:
        """Replace the lines by the bar of the deploy."""
        with self._lock:
            for task in self._progress.task_ids:
                self._progress.remove_task(task)
            self._labels = labels
            self._deploy = self._progress.add_task("deploying", total=None, note=f"0 of {len(labels)} stacks")

    def moved(self, event: StackEvent) -> None:
        """Move the bar."""
        with self._lock:
            if self._deploy is None:
                return
            self._events[event.stack] = event
            events = self._events.values()
            ended = [e for e in events if e.state in {"deployed", "unchanged", "failed"}]
            busy = [e.stack for e in events if e.state == "deploying"]
            done, total = sum(e.done for e in events), sum(e.total for e in events)
            note = f"{len(ended)} of {len(self._labels)} stacks, {done} of {total} resources  {' '.join(busy[:2])}"
            self._progress.update(self._deploy, completed=done, total=total or None, note=note)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the display off the screen."""
        self._progress.stop()

"""How `drill` shows that it is at work: a bar of days on a terminal, a line a week anywhere else."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from mlops_stages.cli.console import VisibleConsole
from mlops_stages.terminal import one_line, output, say

_EVERY = 7


class DrillDisplay(Protocol):
    """A watcher of a drill; a context that cleans up after itself."""

    def step(self, text: str) -> None:
        """Something new is being done."""
        ...

    def days(self, done: int, total: int, text: str) -> None:
        """So many of the days to be played are done."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def drill_display() -> DrillDisplay:
    """Return what suits standard error: progress never mixes with results."""
    return _Bar() if output(error=True).isatty() else _Lines()


class _Lines:
    """A line a step, and one a week."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def step(self, text: str) -> None:
        """Print the step."""
        say(f"{time.monotonic() - self._began:5.1f} s  {one_line(text)}", error=True)

    def days(self, done: int, total: int, text: str) -> None:
        """Print each seventh day."""
        if done % _EVERY == 0:
            self.step(f"{done} of {total} days: {text}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left to clean up."""


class _Bar:
    """The days as a bar, and above it what has happened."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=VisibleConsole(error=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task: TaskID | None = None

    def step(self, text: str) -> None:
        """Print the step above the bar."""
        self._progress.console.print(one_line(text), markup=False, highlight=False)

    def days(self, done: int, total: int, text: str) -> None:
        """Move the bar."""
        if self._task is None:
            self._task = self._progress.add_task("", total=total)
        self._progress.update(self._task, completed=done, description=one_line(text))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar off the screen."""
        self._progress.stop()

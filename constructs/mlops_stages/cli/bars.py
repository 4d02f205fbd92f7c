"""The display of a deploy on a terminal."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from mlops_stages.cli.console import VisibleConsole
from mlops_stages.local.client.output import StackEvent
from mlops_stages.terminal import one_line

_NAMED = 2
"""How many of the stacks being deployed are named."""


class Bars:
    """The steps under way, and a bar for all resources; the stacks being deployed are named beside it."""

    def __init__(self, console: Console | None = None) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            _Bar(),
            TextColumn("{task.fields[note]}", markup=False),
            TimeElapsedColumn(),
            console=console or VisibleConsole(error=True),
            transient=True,
            redirect_stdout=False,  # what others print meanwhile would be read for colors and links
            redirect_stderr=False,
        )
        self._events: dict[str, StackEvent] = {}
        self._labels: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._deploy: TaskID | None = None

    def step(self, text: str) -> None:
        """Add a line that spins."""
        self._progress.add_task(one_line(text), total=None, note="")

    def stacks(self, labels: tuple[str, ...]) -> None:
        """Replace the lines of the preparation by the bar of the deploy."""
        with self._lock:
            for task in self._progress.task_ids:
                self._progress.remove_task(task)
            self._labels = labels
            self._deploy = self._progress.add_task("", total=None, note=f"0 of {len(labels)} stacks")

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
            note = f"{len(ended)} of {len(self._labels)} stacks"
            if total:
                note += f", {done} of {total} resources"
            named = one_line(" ".join(busy[:_NAMED]))
            self._progress.update(self._deploy, completed=done, total=total or None, note=f"{note}  {named}")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the display off the screen."""
        self._progress.stop()


class _Bar(ProgressColumn):
    """A bar where the total is known; nothing where it isn't."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = BarColumn(bar_width=24)

    def render(self, task: Task) -> RenderableType:
        return self._bar.render(task) if task.total else Text()

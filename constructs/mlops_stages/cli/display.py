"""How a command shows that it is at work: bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Protocol, Self

from mlops_stages.local.client.output import StackEvent, StackState
from mlops_stages.terminal import one_line, output, say


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
    if not output(error=True).isatty():
        return Lines()
    from mlops_stages.cli.bars import Bars

    return Bars()


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
        """Print how many there are; each speaks when it has ended."""
        self._say(f"deploying {len(labels)} stack{'' if len(labels) == 1 else 's'}")

    def moved(self, event: StackEvent) -> None:
        """Print a stack's end."""
        with self._lock:
            if event.state in {"waiting", "deploying"} or self._ended.get(event.stack) == event.state:
                return
            self._ended[event.stack] = event.state
        self._say(f"{event.stack}: {event.state}")

    def _say(self, text: str) -> None:
        say(f"{time.monotonic() - self._began:5.1f} s  {one_line(text)}", error=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left to clean up."""

"""A command from its start to its end: its lines as they come, its time limit, its end when someone wants it to end."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, Literal, Protocol

from mlops_stages.readiness import readable

GRACE_S = 2.0
"""Seconds between the wish to end and the end; AWS gives 120."""

_LONGEST_LINE = 64 * 1024
_CHUNK = 64 * 1024
_LINGER_S = 0.5
"""How long what a command has printed may still come once it has ended: longer only somebody else holds the pipe."""

Ending = Literal["exited", "stopped", "timeout"]


class Started(Protocol):
    """A command that runs, contained or not."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """What it reads, where a pipe was asked for."""
        ...

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it prints."""
        ...

    @property
    def stderr(self) -> IO[bytes] | None:
        """What it prints as errors, where that is a pipe of its own."""
        ...

    @property
    def exceeded(self) -> str:
        """Which limit ended it, in words; empty for none."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it and all that it started."""

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its exit code."""
        ...


class Running:
    """The commands that run now, so that the server leaves none behind."""

    def __init__(self) -> None:
        self._processes: set[StepProcess] = set()
        self._lock = threading.Lock()
        self._ended = False

    def add(self, process: StepProcess) -> None:
        """Remember a command before it starts; once everything ends, it is stopped before it begins."""
        with self._lock:
            self._processes.add(process)
            if self._ended:
                process.stop()

    def remove(self, process: StepProcess) -> None:
        """Forget a command that has ended."""
        with self._lock:
            self._processes.discard(process)

    def end(self) -> None:
        """Kill every command, and any that would still start."""
        with self._lock:
            self._ended = True
            for process in self._processes:
                process.stop()  # one that has not begun never will
                process.kill()


running = Running()


class StepProcess:
    """One command, which another thread may stop."""

    def __init__(self) -> None:
        self.exceeded = ""
        self._child: Started | None = None
        self._lock = threading.Lock()
        self._ending: Ending = "exited"
        self._killer: threading.Timer | None = None

    def run(self, start: Callable[[], Started], seconds: float, on_line: Callable[[str], None]) -> tuple[Ending, int]:
        """Run to the end, or for `seconds`; return how it ended and its exit code (128 and the signal, if by one).

        A line without an end is cut every 64 KiB. Raises what `start` raises.
        """
        running.add(self)
        limit = threading.Timer(seconds, self._stop, ["timeout"])
        limit.daemon = True
        try:
            with self._lock:
                if self._ending != "exited":
                    return self._ending, 143
                self._child = start()
            limit.start()
            for line in _lines(self._child):
                on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
            code = self._child.wait()
            self.exceeded = self._child.exceeded
            return self._ending, code
        finally:
            limit.cancel()
            if self._killer is not None:
                self._killer.cancel()
            self.kill()  # what it started and left behind
            running.remove(self)

    def stop(self) -> None:
        """End the command gently, then firmly; one that has not begun never will."""
        self._stop("stopped")

    def kill(self) -> None:
        """End the command and all that it started at once."""
        if self._child is not None:
            self._child.kill()

    def _stop(self, how: Ending) -> None:
        with self._lock:
            if self._ending != "exited":
                return
            self._ending = how
        if self._child is not None:
            self._child.terminate()
        self._killer = threading.Timer(GRACE_S, self.kill)
        self._killer.daemon = True
        self._killer.start()


def _lines(child: Started) -> Iterator[bytes]:
    """Yield what a command prints until it has ended, whoever still holds its pipe."""
    if child.stdout is None:
        return
    with child.stdout as pipe:
        waiting, ended = b"", None
        while True:
            content = os.read(pipe.fileno(), _CHUNK) if readable(pipe, _LINGER_S) else None
            if content:
                *whole, waiting = (waiting + content).split(b"\n")
                yield from whole
                while len(waiting) >= _LONGEST_LINE:
                    yield waiting[:_LONGEST_LINE]
                    waiting = waiting[_LONGEST_LINE:]
            if content == b"":
                break
            if ended is None and child.poll() is not None:
                ended = time.monotonic()
            if ended is not None and (content is None or time.monotonic() - ended > 10 * _LINGER_S):
                break
        if waiting:
            yield waiting
    with contextlib.suppress(OSError):
        pipe.close()

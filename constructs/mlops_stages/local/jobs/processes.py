"""The step's process: its lines as they come, its time limit, and its end when someone wants it to end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

GRACE_S = 2.0
"""Seconds between the wish to end and the end; AWS gives 120."""

_LONGEST_LINE = 64 * 1024
Ending = Literal["exited", "stopped", "timeout"]


class Running:
    """The steps that run now, so that the server leaves none behind."""

    def __init__(self) -> None:
        self._processes: set[StepProcess] = set()
        self._lock = threading.Lock()
        self._ended = False

    def add(self, process: StepProcess) -> None:
        """Remember a step before it starts; once everything ends, it is stopped before it begins."""
        with self._lock:
            self._processes.add(process)
            if self._ended:
                process.stop()

    def remove(self, process: StepProcess) -> None:
        """Forget a step that has ended."""
        with self._lock:
            self._processes.discard(process)

    def end(self) -> None:
        """Kill every step, and any that would still start."""
        with self._lock:
            self._ended = True
            for process in self._processes:
                process.stop()  # one that has not begun never will
                process.kill()


running = Running()


class StepProcess:
    """One command in a process group of its own."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ending: Ending = "exited"
        self._killer: threading.Timer | None = None

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        seconds: float,
        on_line: Callable[[str], None],
    ) -> tuple[Ending, int]:
        """Run to the end, or for `seconds`; return how it ended and its exit code (128 and the signal, if by one)."""
        running.add(self)
        limit = threading.Timer(seconds, self._stop, ["timeout"])
        limit.daemon = True
        try:
            with self._lock:
                if self._ending != "exited":
                    return self._ending, 143
                self._child = subprocess.Popen(
                    command,
                    cwd=directory,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            limit.start()
            with self._child as child:
                while line := child.stdout.readline(_LONGEST_LINE) if child.stdout else b"":
                    on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
            code = self._child.wait()
            return self._ending, code if code >= 0 else 128 - code
        finally:
            limit.cancel()
            if self._killer is not None:
                self._killer.cancel()
            self.kill()  # what it started and left behind
            running.remove(self)

    def stop(self) -> None:
        """End the step gently, then firmly; one that has not begun never will."""
        self._stop("stopped")

    def kill(self) -> None:
        """End the step and all of its group at once."""
        self._signal(signal.SIGKILL)

    def _stop(self, how: Ending) -> None:
        with self._lock:
            if self._ending != "exited":
                return
            self._ending = how
        self._signal(signal.SIGTERM)
        self._killer = threading.Timer(GRACE_S, self.kill)
        self._killer.daemon = True
        self._killer.start()

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)

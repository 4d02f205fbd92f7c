"""The processes that a command started, so that none outlives an interrupt."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from pathlib import Path
from typing import Any

from mlops_stages.files import opened_to_write, private_folder
from mlops_stages.terminal import visible

_PATIENCE_S = 5.0
_TURN_S = 0.25


def settled(*futures: Future[Any]) -> None:
    """Wait until all are done or one has failed, and raise its error; an interrupt always comes through.

    In short turns: a signal that comes just before a thread falls asleep wakes nobody, and a wait without an end would
    never see it.
    """
    while True:
        done, pending = wait(futures, timeout=_TURN_S, return_when=FIRST_EXCEPTION)
        for future in futures:
            if future in done:
                future.result()
        if not pending:
            return


class Children:
    """Runs commands in their own process groups, and can end them all from another thread.

    Run them in threads of a pool: an interrupt reaches the main thread only, so it never comes between the start of a
    command and the note of it.
    """

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        log: Path,
        on_line: Callable[[str], object] | None = None,
    ) -> int:
        """Run to the end, its output (errors included) in `log`; return the exit code, negative for a signal's."""
        private_folder(log.parent)
        with os.fdopen(opened_to_write(log), "w", encoding="utf-8") as out:
            child = self._start(command, cwd, environment)
            try:
                for line in child.stdout or ():
                    out.write(visible(line))  # people read it with `cat`
                    out.flush()
                    if on_line is not None:
                        on_line(line)
                return child.wait()
            except BaseException:  # its output cannot be kept, so nobody waits for it any more
                _signal(child, signal.SIGKILL)
                child.wait()
                raise
            finally:
                with self._lock:
                    self._running.discard(child)

    @contextlib.contextmanager
    def stopped_on_error(self) -> Generator[None]:
        """Stop when the block is left by an error or an interrupt. Inside of a pool's block, which waits at its end."""
        try:
            yield
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every running command with its own children, and start no other."""
        with self._lock:
            self._stopped = True
            running = tuple(self._running)
        for child in running:
            _signal(child, signal.SIGTERM)
        try:
            for child in running:
                child.wait(_PATIENCE_S)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            for child in running:
                _signal(child, signal.SIGKILL)

    def _start(self, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            self._running.add(child)
            return child


def _signal(child: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)

"""A command without a container, where the user asked for that: a process of this user, in a group of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlops_stages.local.containers.container import spawned
from mlops_stages.local.containers.streams import Streams


class Uncontained(Streams):
    """What `container.Contained` is, without what keeps the command in. `scratch` goes with it."""

    exceeded = ""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        streams: tuple[int, int, int],
        scratch: Path,
    ) -> None:
        self._scratch = scratch
        setpriv = shutil.which("setpriv")
        tied = [] if setpriv is None else [setpriv, "--pdeathsig", "KILL"]  # ends when the server dies without a word
        self._process = spawned([*tied, *command], directory, environment, streams)

    def terminate(self) -> None:
        """Ask the command and its group to end (SIGTERM)."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the command and its group at once; what left the group stays."""
        self._signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return None if self._process.poll() is None else self.wait()

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code: 128 and the signal where one ended the command."""
        code = self._process.wait(timeout)
        shutil.rmtree(self._scratch, ignore_errors=True)
        return code if code >= 0 else 128 - code

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

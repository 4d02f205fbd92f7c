"""The streams of a command that runs."""

from __future__ import annotations

import subprocess
from typing import IO


class Streams:
    """A command's ends of the pipes that were asked for; None where no pipe was asked for."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def stdin(self) -> IO[bytes] | None:
        """What it reads."""
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it prints."""
        return self._process.stdout

    @property
    def stderr(self) -> IO[bytes] | None:
        """What it prints of its errors."""
        return self._process.stderr

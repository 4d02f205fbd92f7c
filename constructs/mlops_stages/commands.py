"""Commands of the user's own tools, bounded in time and in what is kept of their output; what they start ends too."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlops_stages.readiness import readable

_CHUNK = 1 << 16
_NOT_STARTED = 127


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that has ended: its exit code, None where its time was up, and the last bytes that it printed.

    `cut` says whether it printed more than that.
    """

    code: int | None
    output: bytes
    cut: bool = False


def run(
    command: Sequence[str], *, environment: Mapping[str, str], directory: Path, seconds: float, most: int, errors: bool
) -> Done:
    """Run a command, with this environment and no other, for `seconds` at most; keep the last `most` bytes it prints.

    What it prints as errors is kept too with `errors`, and else dropped.
    """
    try:
        child = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if errors else subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return Done(code=_NOT_STARTED, output=f"{command[0]}: {error.strerror}".encode())
    kept, cut, code = bytearray(), False, None
    deadline = time.monotonic() + seconds
    assert child.stdout is not None  # noqa: S101  # as asked for above
    output = child.stdout.fileno()
    try:
        while (left := deadline - time.monotonic()) > 0:
            if not readable(output, left):
                break
            part = os.read(output, _CHUNK)
            if not part:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = child.wait(max(0.0, deadline - time.monotonic()))
                break
            kept += part
            if len(kept) > most:
                del kept[: len(kept) - most]
                cut = True
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # and what it left behind
        child.stdout.close()
        child.wait()
    return Done(code=code, output=bytes(kept), cut=cut)


def search_path(environ: Mapping[str, str]) -> str:
    """Return the user's PATH without what depends on the directory that somebody happens to be in."""
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())

"""Starting and running commands in containers, by whichever kind this machine has."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from mlops_stages.local.containers import kinds
from mlops_stages.local.containers.container import Contained, Container, ContainerError
from mlops_stages.local.containers.processes import Ending, StepProcess
from mlops_stages.local.containers.uncontained import Uncontained


def start(
    container: Container,
    command: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.STDOUT,
) -> Contained | Uncontained:
    """Start a command in a container. Raises ContainerError, with nothing of the command run."""
    made = kinds.kind()
    if made == "none":
        raise ContainerError(kinds.REFUSED)
    if made == "off":
        return _uncontained(container, command, (stdin, stdout, stderr))
    return container.start(command, stdin=stdin, stdout=stdout, stderr=stderr, kind=made)


def run(
    container: Container, command: Sequence[str], *, seconds: float, on_line: Callable[[str], None]
) -> tuple[Ending, int]:
    """Run a command in a container and hand over its lines; return how it ended ("exited", "timeout") and its code.

    A line is cut at 64 KiB. Raises ContainerError, with nothing of the command run.
    """
    return StepProcess().run(lambda: start(container, command), seconds, on_line)


def _uncontained(container: Container, command: Sequence[str], streams: tuple[int, int, int]) -> Uncontained:
    """Start it as a process of this user: where paths of the container would be, those outside stand."""
    scratch = Path(tempfile.mkdtemp(prefix="mlops-stages-"))
    places = {**container.readable, **container.writable}

    def outside(text: str) -> str:
        for place in sorted(places, key=len, reverse=True):
            text = text.replace(place, str(places[place]))
        return text

    variables = {name: outside(value) for name, value in container.variables().items()}
    directory = Path(outside(container.directory)) if container.directory in places else scratch
    try:
        return Uncontained(
            [outside(word) for word in command],
            {**variables, "HOME": str(scratch), "TMPDIR": str(scratch)},
            directory,
            streams,
            scratch,
        )
    except OSError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise ContainerError(str(error)) from error

"""What the tests of containers share: one of each kind that this machine makes, and a way to ask something inside."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.local.containers import kinds, trees
from mlops_stages.local.containers.container import Container
from mlops_stages.local.containers.limits import GIB, MIB, Limits
from mlops_stages.local.containers.processes import StepProcess

LIMITS = Limits(memory=GIB, disk=64 * MIB, tmp=16 * MIB, processes=64, open_files=128)


_TRYING = """
import ctypes, errno, json, os, resource, signal, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *words):
    done = getattr(libc, name)(*words)
    return errno.errorcode.get(ctypes.get_errno(), "?") if done < 0 else done

def attempt(what):
    try:
        return what()
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)

"""


@dataclass
class Inside:
    """Runs scripts in containers of one kind."""

    kind: str
    directory: Path

    def container(self, **more: Any) -> Container:  # noqa: ANN401  # the container's own options
        """A container with a directory of its own at /opt/ml."""
        given: dict[str, Any] = {"writable": {"/opt/ml": self.directory}, "limits": LIMITS, **more}
        return Container(python=Path(sys.executable), **given)

    def run(self, code: str, *, seconds: float = 60, **more: Any) -> tuple[str, int, list[str]]:  # noqa: ANN401
        """Run Python; how it ended, its exit code and its lines."""
        lines: list[str] = []
        step = StepProcess()
        container = self.container(**more)
        ending, code_of_exit = step.run(
            lambda: container.start(
                ["python3", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, kind=self.kind
            ),
            seconds,
            lines.append,
        )
        return step.exceeded or ending, code_of_exit, lines

    def ask(self, expressions: Mapping[str, str], **more: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON-like
        """The values of expressions, each tried on its own, in one container; the error's name where one is refused."""
        tried = ", ".join(f"{name!r}: attempt(lambda: {text})" for name, text in expressions.items())
        ending, code, lines = self.run(f"{_TRYING}print(json.dumps({{{tried}}}))", **more)
        assert (ending, code) == ("exited", 0), lines
        return json.loads(lines[-1])


@pytest.fixture(params=["bubblewrap", "namespaces"])
def inside(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inside]:
    """Containers of each kind; bubblewrap is tried where it is installed."""
    if not kinds.works(request.param):
        pytest.skip(f"this machine makes no containers by {request.param}")
    directory = tmp_path / "ml"
    directory.mkdir()
    yield Inside(request.param, directory)
    trees.remove(directory)
    assert not directory.exists()

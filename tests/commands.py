"""Runs mlops-stages in a process of its own, without the third of a second in which each would import the same.

What it imports, and in what time, is tested with processes that start from nothing (tests/cli/test_start.py).
"""

import atexit
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_AT_START = ("LANG", "LC_", "LD_", "PYTHON")
"""What variables that Python itself reads when it starts begin with."""


def run(directory: Path, arguments: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `mlops-stages ARGUMENTS` in a directory, without a terminal."""
    path = environment.get("PYTHONPATH", "")
    if _read_at_start(environment) != _read_at_start(_variables(path)):
        return started([sys.executable, "-m", "mlops_stages.cli.main", *arguments], directory, environment)
    with (
        tempfile.NamedTemporaryFile("r", encoding="utf-8") as output,
        tempfile.NamedTemporaryFile("r", encoding="utf-8") as errors,
        socket.socket(socket.AF_UNIX) as server,
    ):
        server.connect(_server(path))
        asked = {
            "arguments": arguments,
            "directory": str(directory.resolve()),
            "environment": dict(environment),
            "output": output.name,
            "errors": errors.name,
        }
        server.sendall(json.dumps(asked).encode() + b"\n")
        with server.makefile() as answer:
            code = int(answer.readline())
        return subprocess.CompletedProcess(arguments, code, output.read(), errors.read())


def started(command: list[str], directory: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run any command in a directory from nothing, without a terminal."""
    return subprocess.run(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@functools.cache
def _server(path: str) -> str:
    """Start the server of this process for one `PYTHONPATH`; return its address."""
    directory = tempfile.TemporaryDirectory(prefix="mlops-stages-commands-")
    address = f"{directory.name}/socket"
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("command_server.py")), address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_variables(path),
    )
    assert server.stdin is not None
    assert server.stdout is not None
    atexit.register(directory.cleanup)
    atexit.register(server.wait)
    atexit.register(server.stdin.close)
    assert server.stdout.readline() == b"ready\n"
    return address


def _variables(path: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": path}


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_AT_START) and value}

"""The local AWS in the background: start it, find it again, stop it.

Its files are in `.mlops-stages/` of a directory, for the owner's eyes only: `local.json` says which process it is and
holds the secret of this start, `local.log` what it wrote. Its state is in memory: stopping it loses every resource.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, cast

from mlops_stages.errors import UserError
from mlops_stages.files import opened_to_write, own_content, own_end, replace
from mlops_stages.local.client.allowed_variables import allowed, python_path
from mlops_stages.local.endpoint import LOOPBACK, Endpoint
from mlops_stages.local.json_values import document
from mlops_stages.local.state import STATE_DIRECTORY, state_directory
from mlops_stages.readiness import readable

DEFAULT_PORT = 4599
_PORT_REFUSED = b"refused: "  # as the server says it
_READY_S = 60.0  # for imports on a cold disk
GRACE_S = 8.0
PROBE_S = 12.0
"""How long it may take to say that it is there: one request is given ten seconds of the processor at most."""
_TICK_S = 0.02
_SECRET_BYTES = 32
_MOST_BYTES = 64 << 10
"""Of a record that is read, and of the end of a log."""


class LocalAwsError(Exception):
    """The local AWS cannot be started or found; the message says why and what to do."""


class SilentError(UserError):
    """The local AWS of a directory runs, and does not answer: it is busy with something, or stuck."""

    def __init__(self, state: Path, pid: int) -> None:
        super().__init__(
            "LOC-115",
            str(state),
            f"the local AWS runs (process {pid}), but does not answer",
            "wait where it is busy; otherwise run `mlops-stages down`, which ends it, and what it holds is lost",
            exit_code=1,
        )
        self.pid: int = pid


class PortError(Exception):
    """The local AWS cannot listen on the port that was asked for; the message says why."""


@dataclass(frozen=True)
class Running:
    """A local AWS that answers; `started` says whether this call brought it up, `notice` what to tell the user."""

    pid: int
    port: int
    endpoint: Endpoint
    started: bool
    notice: str = ""


@dataclass(frozen=True)
class _Record:
    pid: int
    identity: str
    port: int
    secret: str = field(repr=False)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(f"http://{LOOPBACK}:{self.port}", self.secret)


def start(directory: Path, port: int | None = None) -> Running:
    """Start the local AWS of a directory, or find the one that runs.

    Without a `port`, 4599 or else the next free one is used, and `notice` says so. A `port` that is given is the one
    that it listens on, or PortError is raised; 0 is any free one. Raises LocalAwsError, and SilentError for one that
    runs and does not answer: what it holds would be lost.
    """
    state = state_directory(directory)
    with _alone(state):
        found = status(directory)
        if found is not None:
            if port and port != found.port:
                raise PortError(f"the local AWS of this directory listens on port {found.port} already")
            return found
        stop(directory)  # the files of one that has gone
        wanted = DEFAULT_PORT if port is None else port
        record = _spawn(state, wanted, exactly=bool(port))
        running = _answering(record, started=True, patience_s=_READY_S)
        if running is None:
            _end(record)
            raise LocalAwsError(f"the local AWS started but does not answer; see {state / 'local.log'}")
        if record.port != wanted:
            notice = f"Port {wanted} is taken by another program; the local AWS listens on port {record.port}."
            return Running(running.pid, running.port, running.endpoint, started=True, notice=notice)
        return running


def status(directory: Path) -> Running | None:
    """Return the local AWS of a directory; None where none runs. Raises SilentError for one that does not answer."""
    record = _read(directory / STATE_DIRECTORY)
    if record is None or not _alive(record):
        return None
    found = _answering(record, started=False, patience_s=PROBE_S)
    if found is None and _alive(record):
        raise SilentError(directory / STATE_DIRECTORY, record.pid)
    return found


def stop(directory: Path) -> bool:
    """Stop the local AWS of a directory: gently, then firmly. Return whether one ran; safe to repeat."""
    state = directory / STATE_DIRECTORY
    record = _read(state)
    ran = record is not None and _alive(record)
    if record is not None and ran:
        _end(record)
    (state / "local.json").unlink(missing_ok=True)
    return ran


def _spawn(state: Path, port: int, *, exactly: bool) -> _Record:
    """Start the server in a session of its own, with a new secret; return its record once it listens.

    The secret goes through a pipe: command lines are for everybody to read, and environments go on to children.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    reading, writing = os.pipe()
    log = opened_to_write(state / "local.log")
    command = [sys.executable, "-m", "mlops_stages.local.server", "--port", str(port), "--directory", str(state)]
    if exactly:
        command.append("--exactly")
    try:
        child = subprocess.Popen(
            [*command, "--ready-fd", str(writing)],
            cwd=state,
            env=_environment(state),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[writing],
            start_new_session=True,
        )
    finally:
        os.close(writing)
        os.close(log)
    with contextlib.suppress(OSError), cast("IO[bytes]", child.stdin) as told:  # it may have ended already
        told.write(f"{secret}\n".encode())
    with open(reading, "rb", buffering=0) as ready:  # noqa: PTH123  # a descriptor, not a path
        actual = ready.read(200) if readable(ready, _READY_S) else b""
    if actual.startswith(_PORT_REFUSED):
        child.wait()
        reason = actual.removeprefix(_PORT_REFUSED).decode()
        raise PortError(f"the local AWS cannot listen on port {port}: {reason[:1].lower()}{reason[1:]}")
    if not actual:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        written = own_end(state / "local.log", _MOST_BYTES).decode("utf-8", "replace").strip().splitlines()
        raise LocalAwsError("the local AWS did not start: " + "\n".join(written[-5:] or ["it wrote nothing"]))
    record = _Record(child.pid, _identity(child.pid), int(actual), secret)
    try:
        _write(state, record)
    except BaseException:  # what is not on record could never be found again
        _end(record)
        raise
    # It is not ours to wait for: it outlives this process, and stop() reaps it where it is still our child.
    child.returncode = 0
    return record


def _environment(state: Path) -> dict[str, str]:
    """Return the server's environment: little of the user's, and our own package on the path."""
    return {
        **allowed(os.environ, state / "home"),
        "PYTHONPATH": python_path(os.environ, Path(__file__).resolve().parents[3]),
        "PYTHONUNBUFFERED": "1",
    }


def _answering(record: _Record, *, started: bool, patience_s: float) -> Running | None:
    """Return the server if the process behind the port says that it is the one."""
    try:
        with record.endpoint.opener().open(f"{record.endpoint}/_mlops-stages/process", timeout=patience_s) as answer:
            told = document(answer.read())
    except (OSError, ValueError):
        return None
    if told.get("pid") != record.pid:
        return None
    return Running(record.pid, record.port, record.endpoint, started)


def _end(record: _Record) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while _alive(record):
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(record.pid, signal.SIGKILL)  # its functions' processes too
            deadline = float("inf")
        time.sleep(_TICK_S)


def _alive(record: _Record) -> bool:
    """Whether the very process of the record runs: another that got its id later does not count."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(record.pid, os.WNOHANG)  # else one that we started would linger as a zombie
    identity = _identity(record.pid)
    return bool(identity) and identity == record.identity


def _identity(pid: int) -> str:
    """Return what tells a process from a later one of the same id: when it started; empty where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        shown = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        state, _, started = shown.stdout.strip().partition(" ")
        return "" if not started or state.startswith("Z") else started.strip()
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else f"{boot} {fields[19]}"  # state, and start time in ticks since boot


@contextlib.contextmanager
def _alone(state: Path) -> Generator[None]:
    """Keep two commands of the same directory from starting at the same time."""
    lock = opened_to_write(state / "local.lock", emptied=False)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _read(state: Path) -> _Record | None:
    """Return the record; None where there is none that can be read. Raises UnfitFileError: it is not ours."""
    try:
        found = document(own_content(state / "local.json", _MOST_BYTES))
        record = _Record(int(found["pid"]), str(found["identity"]), int(found["port"]), str(found.get("secret", "")))
    except (FileNotFoundError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return record if record.pid > 1 else None  # to signal others is to signal groups of processes


def _write(state: Path, record: _Record) -> None:
    replace(state / "local.json", json.dumps(asdict(record)), mode=0o600)

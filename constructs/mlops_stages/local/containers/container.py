"""A container: a command with nothing of this machine but what it is given.

It sees a read-only root made of the system's libraries and one Python environment, its own home, /tmp and processes,
no network or the local AWS alone; it has no rights, no way to more, and limits. Functions, jobs and the scripts of
model repositories all run in this one kind.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops_stages.local.containers import bubblewrap, call_filter, layout, relay, trees, users
from mlops_stages.local.containers.limits import HOME, SHARED_MEMORY, Limits, of_machine
from mlops_stages.local.containers.streams import Streams
from mlops_stages.local.containers.watch import Watch, children
from mlops_stages.readiness import readable

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_FOLDER = Path(__file__).parent
_BEGIN_S = 30.0
_END_S = 10.0
_CONNECT_S = 2.0
_EMPTY_PLACES = ("/sys", "/mnt", "/srv")
"""Where the root is mounted before it becomes `/`: nothing of a container comes from there."""

_spawner = ThreadPoolExecutor(1, "containers")


def spawned(
    words: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    streams: tuple[int, int, int],
    passed: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, from a thread that stays: some end with the *thread* that started them.

    Raises OSError.
    """
    return _spawner.submit(
        subprocess.Popen[bytes],
        words,
        cwd=directory,
        env=dict(environment),
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        pass_fds=passed,
        start_new_session=True,
    ).result()


class ContainerError(Exception):
    """A container could not be made; the message says why. Nothing of the command has run."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """What a command gets. Paths inside are absolute, and outside too; `port` is the local AWS's, None for no network.

    What is `writable` is the container's from then on: as root, this changes who owns it. What is `readable` must be
    so for everybody.
    """

    python: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    readable: Mapping[str, Path] = field(default_factory=dict[str, Path])
    writable: Mapping[str, Path] = field(default_factory=dict[str, Path])
    directory: str = "/tmp"  # noqa: S108  # the container's own
    port: int | None = None
    limits: Limits = field(default_factory=of_machine)

    def start(
        self, command: Sequence[str], *, stdin: int = subprocess.DEVNULL, stdout: int, stderr: int, kind: str
    ) -> Contained:
        """Start a command; its streams as subprocess.Popen takes them. Raises ContainerError."""
        return _started(self, list(command), (stdin, stdout, stderr), kind)

    def variables(self) -> dict[str, str]:
        """Return everything that the command has in its environment."""
        return {
            "HOME": layout.HOME,
            "LANG": "C.UTF-8",
            "PATH": f"{self.python.parent}:{_SYSTEM_PATH}",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": "/tmp",  # noqa: S108
            **self.environment,
        }


class Contained(Streams):
    """A command that runs in a container."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, container: Container) -> None:
        super().__init__(process)
        self._control = control
        self._relay: relay.Relay | None = None
        self._watch = Watch(process.pid, container.limits, [*container.writable.values()], self.kill)
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._first: int | None = None

    @property
    def exceeded(self) -> str:
        """Which limit ended the command, in words; empty for none."""
        return self._watch.exceeded

    def begin(self, port: int | None) -> None:
        """Wait until the container stands, and give it its way to the local AWS."""
        ready = readable(self._control, _BEGIN_S)
        told, descriptors = b"", list[int]()
        with contextlib.suppress(ConnectionError):
            told, descriptors, _flags, _address = socket.recv_fds(self._control, 4096, 1) if ready else (b"", [], 0, "")
        if told[:1] == b"L" and port is not None and descriptors:
            self._relay = relay.Relay(socket.socket(fileno=descriptors[0]), port)
        elif told[:1] != b"R":
            self.kill()
            raise ContainerError(told[1:].decode("utf-8", "replace") or "the container could not be made")
        first = next(children(self._process.pid), None)
        with contextlib.suppress(OSError, AttributeError):  # Linux before 5.3, Python before it was built there
            self._first = None if first is None else os.pidfd_open(first)
        self._watch.start()

    def terminate(self) -> None:
        """Ask the command to end (SIGTERM)."""
        with self._lock, contextlib.suppress(OSError):
            self._control.sendall(b"T")

    def connect(self, port: int) -> socket.socket:
        """Return a connection to what listens on a port inside. Raises OSError: nothing does, or it does not accept."""
        with self._asking:
            with self._lock:
                if self._control.fileno() < 0:
                    raise ConnectionRefusedError("the container has ended")
                self._control.sendall(b"C" + port.to_bytes(2))
            if not readable(self._control, _CONNECT_S):
                self.kill()  # whoever asked next would get this one's answer
                raise TimeoutError("the container does not answer")
            told, descriptors, _flags, _address = socket.recv_fds(self._control, 1, 1)
        if told != b"C" or not descriptors:
            raise ConnectionRefusedError("nothing accepts the connection")
        return socket.socket(fileno=descriptors[0])

    def kill(self) -> None:
        """End everything in the container at once."""
        with self._lock, contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return None if self._process.poll() is None else self.wait()

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code (128 and the signal, if one ended it) once nothing of the container runs any more.

        Raises subprocess.TimeoutExpired.
        """
        code = self._process.wait(timeout)
        self._watch.stop()
        with self._lock:
            first, self._first = self._first, None
        if first is not None:
            readable(first, _END_S)  # the first process ends last
            os.close(first)
        if self._relay is not None:
            self._relay.close()
        with self._lock:
            self._control.close()
        return code if code >= 0 else 128 - code


def _started(container: Container, command: list[str], streams: tuple[int, int, int], kind: str) -> Contained:
    readable, links = layout.system()
    user = users.unprivileged()
    inside = {str(place): str(path) for place, path in container.readable.items()}
    specification: dict[str, Any] = {
        "command": command,
        "environment": container.variables(),
        "directory": container.directory,
        "port": container.port,
        "user": user,
        "inside": layout.USER,
        "limits": container.limits.resources(),
        "filter": call_filter.program().hex(),
        "root": next(place for place in _EMPTY_PLACES if Path(place).is_dir()),
        "readable": [*readable.items(), *layout.environment(container.python).items(), *inside.items()],
        "writable": [(place, str(path)) for place, path in container.writable.items()],
        "links": [*links.items()],
        "files": [*layout.FILES.items()],
        "scratch": [
            ("/tmp", container.limits.tmp, "1777"),  # noqa: S108
            ("/dev/shm", SHARED_MEMORY, "1777"),  # noqa: S108
            (layout.HOME, HOME, "0777"),
        ],
    }
    if user is not None:
        for path in container.writable.values():
            trees.give(path, user)
    ours, theirs = socket.socketpair()
    with theirs, contextlib.ExitStack() as opened:
        theirs.set_inheritable(True)
        if kind == "bubblewrap":
            before, passed = bubblewrap.command(specification, _FOLDER / "init.py", opened)
            program = bubblewrap.PROGRAM
        else:
            before, passed, program = [], [], str(_FOLDER / "enter.py")
        words = [*before, layout.interpreter(), "-I", "-S", "-B", program, str(theirs.fileno())]
        try:
            process = spawned(words, Path("/"), {}, streams, [theirs.fileno(), *passed])
        except OSError as error:
            ours.close()
            raise ContainerError(str(error)) from error
    contained = Contained(process, ours, container)
    content = json.dumps(specification).encode()
    with contextlib.suppress(OSError):  # it has ended: `begin` says so
        ours.sendall(str(len(content)).encode() + b"\n" + content)
    try:
        contained.begin(container.port)
    except BaseException:
        contained.kill()
        contained.wait()
        raise
    return contained

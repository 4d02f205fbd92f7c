"""One container under the serving contract: what it must do, and what a hostile one cannot."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from mlops_stages.local import containers, images
from mlops_stages.local.server.sagemaker.hosting import model_server
from mlops_stages.local.server.sagemaker.hosting.container_log import ContainerLog
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError, InvocationError
from mlops_stages.local.server.sagemaker.hosting.model_server import LARGEST, Bounds, ModelServer, Sent
from mlops_stages.local.server.sagemaker.hosting.models import Content
from mlops_stages.local.server.sagemaker.hosting.serving_role import ServingRole
from mlops_stages.local.state import state_directory
from tests.local.hosting import named, server

RAW = """
import socket, threading, time
listening = socket.create_server(('0.0.0.0', 8080))
def serve(connection):
    while True:
        asked = connection.recv(65536)
        if not asked: return
        if asked.startswith(b'GET /ping'):
            connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n')
            continue
        {answer}
while True:
    connection, _ = listening.accept()
    threading.Thread(target=serve, args=[connection], daemon=True).start()
"""
ENDLESS = """connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 1073741824\\r\\n\\r\\n')
        for _ in range(1024): connection.sendall(bytes(1 << 20))
"""
Started = Callable[..., ModelServer]


class _Role:
    """A role that is never asked for anything."""

    def credentials(self) -> None:
        """Nobody's."""


class _Log:
    """What a container prints, kept."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)

    def note(self, text: str) -> None:
        self.lines.append(text)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing waits."""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a server that is this process."""
    place = state_directory(tmp_path)
    place.mkdir(exist_ok=True)
    monkeypatch.chdir(place)
    model_server.homes.cache_clear()
    return tmp_path


@contextmanager
def started(state: Path, program: str, *, seconds: float = 20, answered: float = 60) -> Generator[ModelServer]:
    """A container that runs the program, and has passed its health check."""
    script = f"#!{sys.executable} -BSI\n{program}"
    images.name(state, "image", Path(sys.executable), serve=script.encode())
    made = ModelServer(
        Content(image="image", data=None, packed=True, environment={}),
        cast("ServingRole", _Role()),
        cast("ContainerLog", _Log()),
        isolated=True,
        variant="main",
        seconds=seconds,
        bounds=Bounds(seconds=answered),
    )
    try:
        made.start()
        yield made
    finally:
        made.stop()


def ask(container: ModelServer, body: bytes = b"1") -> bytes:
    return container.invoke(Sent(body=body, headers={"Content-Type": "text/csv"})).body


def test_it_answers_and_its_connections_are_used_again(state: Path) -> None:
    with started(state, server("self.send(200, repr(id(self.connection)).encode())")) as container:
        assert ask(container) == ask(container)


def test_one_that_closes_its_connections_is_asked_by_others(state: Path) -> None:
    with started(state, server("self.send(200, b'x'); self.close_connection = True")) as container:
        assert [ask(container) for _ in range(3)] == [b"x"] * 3


def test_one_that_never_answers_its_health_check_does_not_come_up(state: Path) -> None:
    program = server("pass").replace(
        "def do_GET(self): self.send", "def do_GET(self): import time; time.sleep(9); self.send"
    )
    began = time.monotonic()
    with pytest.raises(HostingError, match="ping health check"), started(state, program, seconds=1):
        pass
    assert time.monotonic() - began < 15


def test_one_that_answers_its_health_check_with_another_status_does_not_come_up(state: Path) -> None:
    program = named("x").replace("'/ping'", "'/pong'")
    with pytest.raises(HostingError, match="ping health check"), started(state, program, seconds=1):
        pass


def test_an_image_without_serve_does_not_come_up(state: Path) -> None:
    images.name(state, "image", Path(sys.executable))
    content = Content(image="image", data=None, packed=True, environment={})
    log = _Log()
    made = ModelServer(
        content,
        cast("ServingRole", _Role()),
        cast("ContainerLog", log),
        isolated=True,
        variant="main",
        seconds=20,
    )
    with pytest.raises(HostingError, match="ping health check"):
        made.start()
    assert "serve: No such file or directory" in log.lines


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("time.sleep(60)", "timed out"),
        ("[(connection.sendall(b'HTTP/1.1 200 OK\\r\\nA: '), time.sleep(.1)) for _ in range(600)]", "timed out"),
        (
            "[(connection.sendall(b'HTTP/1.1 100 Continue\\r\\n\\r\\n'), time.sleep(.01)) for _ in range(6000)]",
            "timed out",
        ),
        ("connection.sendall(b'no HTTP at all\\r\\n\\r\\n'); connection.close(); return", "did not answer"),
        ("connection.sendall(b'HTTP/1.1 200 OK\\r\\n' + b'A: b\\r\\n' * 500); time.sleep(1)", "did not answer"),
        (
            "connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nx'); connection.close(); return",
            "answer",
        ),
        (
            ENDLESS,
            "larger than",
        ),
    ],
)
def test_a_hostile_answer_is_an_error_soon_and_the_next_is_asked(state: Path, answer: str, said: str) -> None:
    with started(state, RAW.format(answer=answer), answered=20 if "larger" in said else 0.7) as container:
        for _ in range(2):
            with pytest.raises(InvocationError, match=said):
                ask(container)


def test_an_answer_of_the_largest_size_is_whole(state: Path) -> None:
    with started(state, server(f"self.send(200, bytes({LARGEST}))")) as container:
        assert len(ask(container)) == len(ask(container)) == LARGEST


def test_where_nothing_is_contained_nothing_serves(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "kind", lambda: "off")
    with pytest.raises(HostingError, match="in containers alone"), started(state, named("x")):
        pass


def test_no_more_requests_are_under_way_than_it_takes(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_server, "_MOST_AT_ONCE", 0)
    with started(state, named("x")) as container, pytest.raises(InvocationError, match="under way") as refused:
        ask(container)
    assert refused.value.status == 503


def test_it_can_write_nowhere_but_in_its_memory(state: Path) -> None:
    tried = """
        import os
        found = []
        for place in ('/', '/opt/ml/model', '/opt/program', '/usr', '/etc', '/tmp', '/dev/shm'):
            try: open(place + '/mark', 'w').close(); found.append(place)
            except OSError: pass
        self.send(200, repr(found).encode())"""
    with started(state, server(tried)) as container:
        assert ask(container) == b"['/tmp', '/dev/shm']"


def test_what_it_started_and_what_ignores_its_end_goes_with_it(state: Path) -> None:
    mark = f"mark-{time.time_ns()}"
    program = f"""
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        os.execv(sys.executable, [sys.executable, '-BSI', '-c', 'import time; time.sleep(600)', {mark!r}])
{server("self.send(200, b'')")}
"""
    with started(state, program) as container:
        ask(container)
        assert len(running(mark)) > 0
    assert running(mark) == []


def running(mark: str) -> list[str]:
    """The processes of this machine that have the mark among their words."""
    found: list[str] = []
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            content = words.read_bytes()
        except OSError:
            continue
        if mark.encode() in content.split(b"\0"):
            found.append(words.parent.name)
    return found

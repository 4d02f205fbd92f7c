"""The local AWS in the background: started once, found again, stopped for good, and nobody else's process harmed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_stages.local.client import process
from mlops_stages.local.client.allowed_variables import ALLOWED
from tests.local.clients import LocalAws, refusal


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory whose local AWS, if any, is stopped at the end."""
    yield tmp_path
    process.stop(tmp_path)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of ours."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def write_record(directory: Path, **changes: object) -> None:
    state = directory / process.STATE_DIRECTORY
    state.mkdir(exist_ok=True)
    (state / "local.json").write_text(json.dumps({"pid": 1, "identity": "x", "port": 1, "secret": "s", **changes}))


def test_it_starts_once_and_stops_once(directory: Path) -> None:
    port = free_port()
    assert process.status(directory) is None
    first = process.start(directory, port)
    assert (first.port, first.endpoint.url, first.started, first.notice) == (port, f"http://127.0.0.1:{port}", True, "")
    with urllib.request.urlopen(f"{first.endpoint}/_mlops-stages/health") as answer:
        assert json.load(answer) == {"status": "ready"}
    again = process.start(directory, port)
    assert (again.pid, again.started) == (first.pid, False)
    found = process.status(directory)
    assert found is not None
    assert found.pid == first.pid
    assert process.stop(directory)
    assert process.status(directory) is None
    assert not process.stop(directory)


def test_our_own_server_is_used_again_where_no_port_is_asked_for(directory: Path) -> None:
    first = process.start(directory, free_port())
    assert process.start(directory).port == process.start(directory, 0).port == first.port


def test_our_own_server_on_another_port_than_the_one_asked_for_is_an_error(directory: Path) -> None:
    first = process.start(directory, free_port())
    with pytest.raises(process.PortError, match=f"listens on port {first.port} already"):
        process.start(directory, free_port())
    assert process.status(directory) is not None


def test_the_usual_port_taken_by_another_program_is_left_to_it_and_said(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(process, "DEFAULT_PORT", port)
        running = process.start(directory)
        assert running.port != port
        assert f"Port {port} is taken" in running.notice
        assert str(running.port) in running.notice


def test_a_port_that_is_asked_for_and_taken_is_an_error_and_starts_nothing(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(process.PortError, match=f"cannot listen on port {port}: address already in use"):
            process.start(directory, port)
    assert process.status(directory) is None


def test_its_files_are_for_their_owner_alone(directory: Path) -> None:
    process.start(directory, free_port())
    state = directory / process.STATE_DIRECTORY
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir() if path.is_file()} == {0o600}


def test_it_runs_in_a_session_of_its_own(directory: Path) -> None:
    running = process.start(directory, free_port())
    assert os.getsid(running.pid) == running.pid != os.getsid(0)


def test_it_inherits_nothing_but_what_is_allowed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "HTTPS_PROXY", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "the-users-own")
    running = process.start(directory, free_port())
    shown = subprocess.run(["ps", "eww", "-p", str(running.pid)], capture_output=True, text=True, check=False)
    assert f"HOME={directory / process.STATE_DIRECTORY / 'home'}" in shown.stdout
    assert "the-users-own" not in shown.stdout
    ours = {"HOME", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONUSERBASE"}
    names = {part.partition("=")[0] for part in re.findall(r"(?<= )[A-Z_]+=", shown.stdout)}
    assert names <= {*ALLOWED, *ours}


def test_the_secret_of_a_start_is_for_its_owner_alone(directory: Path) -> None:
    first = process.start(directory, free_port())
    record = directory / process.STATE_DIRECTORY / "local.json"
    assert json.loads(record.read_text("utf-8"))["secret"] == first.endpoint.secret
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    shown = subprocess.run(["ps", "eww", "-p", str(first.pid)], capture_output=True, text=True, check=False)
    assert "mlops_stages.local.server" in shown.stdout
    assert first.endpoint.secret not in shown.stdout
    process.stop(directory)
    second = process.start(directory, free_port())
    assert len(first.endpoint.secret) == len(second.endpoint.secret) == 43  # 256 bits in base64
    assert first.endpoint.secret != second.endpoint.secret


def test_credentials_of_an_earlier_start_are_told_apart(directory: Path) -> None:
    port = free_port()
    first = LocalAws(process.start(directory, port).endpoint)
    process.stop(directory)
    process.start(directory, port)
    message = refusal(lambda: first.client("sts", "111111111111").get_caller_identity(), code="SignatureDoesNotMatch")
    assert "of an earlier start" in message
    assert 'eval "$(mlops-stages env)"' in message


def test_a_server_that_is_told_no_secret_does_not_start(directory: Path) -> None:
    for given in (b"", b"\n", b"local\n"):
        done = subprocess.run(
            [sys.executable, "-m", "mlops_stages.local.server", "--port", "0", "--directory", str(directory)],
            input=given,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, b"takes its secret from standard input" in done.stderr) == (2, True)


def test_the_record_of_a_process_that_has_gone_is_cleaned_up(directory: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write_record(directory, pid=gone.pid)
    assert process.status(directory) is None
    assert not process.stop(directory)
    assert not (directory / process.STATE_DIRECTORY / "local.json").exists()
    assert process.start(directory, free_port()).started


def test_a_process_that_got_the_id_later_is_not_harmed(directory: Path, stranger: subprocess.Popen[bytes]) -> None:
    write_record(directory, pid=stranger.pid, identity="another start")
    assert process.status(directory) is None
    assert not process.stop(directory)
    assert stranger.poll() is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"pid": "x", "identity": "y", "port": 1}', '{"pid": 1, "identity": "y", "port": 1}', "null"],
)
def test_a_record_that_makes_no_sense_counts_as_none(directory: Path, content: str) -> None:
    state = directory / process.STATE_DIRECTORY
    state.mkdir()
    (state / "local.json").write_text(content)
    assert process.status(directory) is None
    assert not process.stop(directory)


def test_a_server_that_hangs_is_said_to_and_ended_firmly(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.1)
    monkeypatch.setattr(process, "PROBE_S", 0.1)
    first = process.start(directory, free_port())
    os.kill(first.pid, signal.SIGSTOP)
    for ask in (process.status, process.start):
        with pytest.raises(process.SilentError) as error:
            ask(directory)
        assert (error.value.code, error.value.pid, error.value.exit_code) == ("LOC-115", first.pid, 1)
    assert process.stop(directory)
    assert process.status(directory) is None
    second = process.start(directory, free_port())
    assert second.started
    assert second.pid != first.pid


def test_a_server_that_does_not_start_says_why(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(process.LocalAwsError, match="did not start"):
        process.start(directory, free_port())
    assert process.status(directory) is None


def test_a_server_whose_record_cannot_be_kept_is_ended(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(process, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        process.start(directory, free_port())
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert [line for line in listed.splitlines() if str(directory) in line] == []


def test_two_starts_at_once_give_one_server(directory: Path) -> None:
    port = free_port()
    code = (
        "import sys; from pathlib import Path; from mlops_stages.local.client import process; "
        "print(process.start(Path(sys.argv[1]), int(sys.argv[2])).pid)"
    )
    source = str(Path(process.__file__).parents[3])
    command = [sys.executable, "-c", code, str(directory), str(port)]
    starts = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": source}) for _ in range(3)
    ]
    assert len({start.communicate()[0] for start in starts}) == 1


def test_state_is_lost_when_it_stops(directory: Path) -> None:
    first = LocalAws(process.start(directory, free_port()).endpoint)
    first.client("sns", "111111111111").create_topic(Name="topic")
    process.stop(directory)
    second = LocalAws(process.start(directory, free_port()).endpoint)
    assert second.client("sns", "111111111111").list_topics()["Topics"] == []

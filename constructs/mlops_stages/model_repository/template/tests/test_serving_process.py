"""`serve` as the program of a container: many at once, what is cut short or malformed, the stop."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import serve
from conftest import ROOT, csv_of

ARN = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/12"
CSV = "text/csv"


@dataclass(frozen=True)
class Running:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def call(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)


@contextlib.contextmanager
def running(base: Path, log: Path, **variables: str) -> Iterator[Running]:
    """A server on a free port, which answers pings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_BIND_TO_PORT": str(port), **variables}
    words = [sys.executable, "-B", str(base / "model" / "code" / "serve.py"), "--workers", "2"]
    with log.open("wb") as stream:
        process = subprocess.Popen(words, env=environment, stdout=stream, stderr=stream)
        server = Running(process, port, log)
        try:
            for _ in range(1200):
                with contextlib.suppress(OSError):
                    if process.poll() is not None or server.call("GET", "/ping")[0] == 200:
                        break
                time.sleep(0.05)
            yield server
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def server(served_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(served_base, tmp_path_factory.mktemp("log") / "log", MODEL_PACKAGE_ARN=ARN) as server:
        yield server


def test_many_at_once_get_each_their_own_answer(server: Running, rows: pd.DataFrame) -> None:
    def one(number: int) -> tuple[int, list[str]]:
        status, body = server.call("POST", "/invocations", csv_of(rows, number * 7, 7), Content_Type=CSV)
        return status, [line.split(",")[0] for line in body.decode().splitlines()]

    with ThreadPoolExecutor(serve.WAITING) as callers:
        told = list(callers.map(one, range(100)))
    assert told == [(200, [f"d-{number * 7 + row}" for row in range(7)]) for number in range(100)]


def test_a_connection_is_used_again(server: Running, rows: pd.DataFrame) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with contextlib.closing(connection):
        for number in (1, 2, 3):
            connection.request("POST", "/invocations", csv_of(rows, number, 1), {"Content-Type": CSV})
            assert connection.getresponse().read().startswith(f"d-{number},".encode())


def test_a_full_payload_of_a_batch_transform_is_answered_row_by_row(
    served_base: Path, tmp_path: Path, rows: pd.DataFrame
) -> None:
    """6 MB of records, as MultiRecord sends them."""
    lines = csv_of(rows, 0, 2000).splitlines()
    body, count, size = list[str](), 0, 0
    while size < 6_000_000:
        line = f"d-{count}," + lines[count % 2000].partition(",")[2] + "\n"
        size += len(line)
        count += 1
        body.append(line)
    with running(served_base, tmp_path / "log", MODEL_PACKAGE_ARN=ARN, SAGEMAKER_BATCH="true") as server:
        status, answer = server.call("POST", "/invocations", "".join(body), Content_Type=CSV)
    assert status == 200
    assert [line.split(",")[0] for line in answer.decode().splitlines()] == [f"d-{each}" for each in range(count)]


def test_a_body_that_is_cut_short_is_not_scored(server: Running, rows: pd.DataFrame) -> None:
    body = csv_of(rows, 0, 2).encode()
    head = f"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: {len(body)}\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head.encode() + body[: len(body) // 2 + 5])
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"cut short" in answer


@pytest.mark.parametrize("chunks", [b"5\r\nhello\r\n", b"zz\r\n", b"5\r\nhello"])
def test_chunks_that_end_early_are_not_scored(server: Running, chunks: bytes) -> None:
    head = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head + chunks)
        with contextlib.suppress(OSError):  # it may have answered, and closed, already
            connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 400 ")


MALFORMED = [
    b"Jane-Doe\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nJane-Doe",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nJane-Doe",
    b"POST /invocations HTTP/1.1\r\nJane-Doe: \x00\r\n\r\n",
    b"GET /ping HTTP/1.1\r\n" + b"X: Jane-Doe\r\n" * 1000 + b"\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x00\xa5\x01",
    b"",
]


def test_malformed_requests_are_refused_and_quoted_nowhere(server: Running) -> None:
    for each in MALFORMED:
        with server.connect() as connection:
            answer = b""
            with contextlib.suppress(OSError):  # it may have answered, and closed, before all was sent
                connection.sendall(each)
                connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                answer = connection.makefile("rb").read()
            assert b" 200 " not in answer.partition(b"\r\n")[0], each[:40]
            assert b"Traceback" not in answer, each[:40]
    assert server.call("GET", "/ping")[0] == 200
    assert "Jane" not in server.log.read_text("utf-8")
    assert all({"time", "level", "message"} <= line.keys() for line in server.lines)


def test_a_stop_answers_what_was_begun_and_ends_well(served_base: Path, tmp_path: Path, rows: pd.DataFrame) -> None:
    body = csv_of(rows, 0, 2).encode()
    head = f"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: {len(body)}\r\n"
    with running(served_base, tmp_path / "log") as server:
        with server.connect() as connection:
            connection.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
            stream = connection.makefile("rb")
            assert stream.readline().startswith(b"HTTP/1.1 100 ")  # so it reads the body now
            server.process.send_signal(signal.SIGTERM)
            connection.sendall(body)
            assert b"HTTP/1.1 200 OK" in stream.read()
        assert server.process.wait(30) == 0
        with pytest.raises(OSError, match="refused"):
            server.connect()
    assert not [line for line in server.lines if line["level"] == "ERROR"]


@pytest.mark.parametrize(
    ("spoil", "variables"),
    [
        ("schema.json", {}),
        ("model.joblib", {}),
        (None, {"MODEL_PACKAGE_ARN": "arn\r\nSet-Cookie: x"}),
    ],
)
def test_what_cannot_be_served_ends_at_once_and_says_so(
    served_base: Path, tmp_path: Path, spoil: str | None, variables: dict[str, str]
) -> None:
    (tmp_path / "model").mkdir()
    for path in (served_base / "model").iterdir():
        (tmp_path / "model" / path.name).symlink_to(path)
    if spoil:
        (tmp_path / "model" / spoil).unlink()
        (tmp_path / "model" / spoil).write_text("{}", encoding="utf-8")
    with running(tmp_path, tmp_path / "log", **variables) as server:
        assert server.process.wait(60) == 1
    (line,) = server.lines
    assert line["message"] == "MDL-108 the model cannot be served"
    assert line["fix"]


def test_the_images_program_starts_the_code_beside_the_model(served_base: Path, tmp_path: Path) -> None:
    """Its `python3` is one that prints what it was given."""
    (tmp_path / "python3").write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    (tmp_path / "python3").chmod(0o755)
    for folder, code, told in (
        (served_base, 0, f"-B {served_base}/model/code/serve.py --host 0.0.0.0"),
        (tmp_path, 1, "MDL-108 the model cannot be served: model.tar.gz holds no code/serve.py"),
    ):
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SAGEMAKER_BASE_DIR": str(folder)}
        words = ["sh", str(ROOT / "serving" / "serve")]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert told in done.stdout

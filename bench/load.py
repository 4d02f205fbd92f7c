"""What the local AWS takes: many requests, many connections, many log lines; times, and memory before and after."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_stages.local.client import process
from mlops_stages.local.client.process import Running

_boto: Any = importlib.import_module("boto3")
_auth: Any = importlib.import_module("botocore.auth")
_awsrequest: Any = importlib.import_module("botocore.awsrequest")
_REGION = "eu-west-1"
_ACCOUNT = "111111111111"
_LINES_A_CALL = 10_000


@dataclass(frozen=True)
class Size:
    """How much of each."""

    sequential: int = 10_000
    concurrent: int = 500
    idle: int = 10_000
    lines: int = 2_000_000


@dataclass(frozen=True)
class Figure:
    """One number."""

    name: str
    value: float
    unit: str


def figures(directory: Path, size: Size) -> Iterator[Figure]:
    """Start a local AWS, load it, and yield what it took."""
    running = process.start(directory, 0)
    try:
        yield from loaded(running, size, lambda service: _client(running, service))
    finally:
        process.stop(directory)


def loaded(running: Running, size: Size, client: Callable[[str], Any]) -> Iterator[Figure]:
    """Load a local AWS that runs."""
    request = _request(running, client("sts"))
    asyncio.run(_one_by_one(running.port, request, 20))  # what is loaded with the first request
    yield Figure("load-memory-before", _resident(running.pid), "MB")
    yield from _latencies("load-sequential", asyncio.run(_one_by_one(running.port, request, size.sequential)))
    yield Figure("load-memory-sequential", _resident(running.pid), "MB")
    yield from _latencies("load-concurrent", asyncio.run(_at_once(running.port, request, size.concurrent)))
    yield Figure("load-memory-concurrent", _resident(running.pid), "MB")
    yield Figure("load-idle-answer", asyncio.run(_among_idle(running.port, size.idle)), "s")
    yield Figure("load-memory-idle", _resident(running.pid), "MB")
    began = time.monotonic()
    _log(client("logs"), size.lines)
    yield Figure("load-lines", time.monotonic() - began, "s")
    yield Figure("load-memory-lines", _resident(running.pid), "MB")
    yield Figure("load-answer-after", max(asyncio.run(_one_by_one(running.port, request, 20))), "s")


def _latencies(name: str, taken: list[float]) -> Iterator[Figure]:
    ordered = sorted(taken)
    yield Figure(f"{name}-p50", 1000 * ordered[len(ordered) // 2], "ms")
    yield Figure(f"{name}-p99", 1000 * ordered[int(0.99 * (len(ordered) - 1))], "ms")


def _client(running: Running, service: str) -> Any:  # noqa: ANN401  # built at run time
    return _boto.client(
        service,
        region_name=_REGION,
        endpoint_url=running.endpoint.url,
        aws_access_key_id=_ACCOUNT,
        aws_secret_access_key=running.endpoint.secret,
    )


def _request(running: Running, sts: Any) -> bytes:  # noqa: ANN401  # built at run time
    """The bytes of a signed request that asks who asks."""
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    unsigned = _awsrequest.AWSRequest("POST", f"{running.endpoint}/", data=body, headers=headers)
    _auth.SigV4Auth(sts._request_signer._credentials, "sts", _REGION).add_auth(unsigned)
    lines = [
        "POST / HTTP/1.1",
        f"Host: 127.0.0.1:{running.port}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in unsigned.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    began = time.monotonic()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200" not in head.partition(b"\r\n")[0]:
        raise RuntimeError(head.decode("latin-1"))
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    await reader.readexactly(length)
    return time.monotonic() - began


async def _one_by_one(port: int, request: bytes, count: int) -> list[float]:
    taken: list[float] = []
    while len(taken) < count:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        some = min(500, count - len(taken))  # hypercorn closes a connection after a thousand
        taken.extend([await _ask(reader, writer, request) for _ in range(some)])
        writer.close()
    return taken


async def _at_once(port: int, request: bytes, count: int) -> list[float]:
    async def one() -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await _ask(reader, writer, request)
        finally:
            writer.close()

    return await asyncio.gather(*(one() for _ in range(count)))


async def _among_idle(port: int, count: int) -> float:
    """Open connections that say nothing, and return how long a new one then waits for its answer."""
    writers: list[asyncio.StreamWriter] = []
    try:
        for number in range(count):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            if number % 2:
                writer.write(b"GET / HT")  # half of a request
            writers.append(writer)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        return await _ask(reader, writer, b"GET /_mlops-stages/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    finally:
        for writer in writers:
            writer.close()


def _log(logs: Any, count: int) -> None:  # noqa: ANN401  # built at run time
    logs.create_log_group(logGroupName="/load")
    logs.create_log_stream(logGroupName="/load", logStreamName="lines")
    for first in range(0, count, _LINES_A_CALL):
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": f"line {first + each}"} for each in range(_LINES_A_CALL)]
        logs.put_log_events(logGroupName="/load", logStreamName="lines", logEvents=events)


def _resident(pid: int) -> float:
    """Memory of a process, in MB; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmRSS"))

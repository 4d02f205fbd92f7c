"""How many connections the server holds, and which of them makes room."""

from __future__ import annotations

import asyncio
import importlib
import resource
import socket
from typing import Any

import pytest

from mlops_stages.local.server.bounds import connections

hypercorn: Any = importlib.import_module("hypercorn.asyncio")
config_module: Any = importlib.import_module("hypercorn.config")
run: Any = importlib.import_module("hypercorn.asyncio.run")


async def application(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # ASGI
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def _crowded(most: int, silent: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, bytes, bytes]:
    """Serve among silent connections; how many of them are left, and what a busy one and a new one are answered."""
    monkeypatch.setattr(run, "TCPServer", run.TCPServer)  # put back at the end
    connections.bound_connections(most)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = config_module.Config()
    config.bind = [f"fd://{listening.detach()}"]
    ended = asyncio.Event()
    serving = asyncio.create_task(hypercorn.serve(application, config, shutdown_trigger=ended.wait))
    busy_reader, busy = await asyncio.open_connection("127.0.0.1", port)
    busy.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{")  # the rest comes last
    await asyncio.sleep(0.2)
    crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(silent)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    new = await reader.readline()
    busy.write(b"}")
    old = await busy_reader.readline()
    left = 0
    for each, _ in crowd:
        try:
            async with asyncio.timeout(0.05):
                await each.read(1)
        except TimeoutError:
            left += 1
        except ConnectionError:
            pass
    for _, each in [*crowd, (reader, writer), (busy_reader, busy)]:
        each.close()
    ended.set()
    await serving
    return left, old, new


def test_the_longest_silent_makes_room_and_nobody_who_is_served_does(monkeypatch: pytest.MonkeyPatch) -> None:
    left, old, new = asyncio.run(_crowded(5, 20, monkeypatch))
    assert left <= 5
    assert old.startswith(b"HTTP/1.1 200")
    assert new.startswith(b"HTTP/1.1 200")


def test_there_are_files_for_every_connection() -> None:
    most = connections.most_connections()
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert 16 <= most <= connections.MOST
    assert most < soft

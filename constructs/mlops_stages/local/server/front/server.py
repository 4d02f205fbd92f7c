"""The local AWS as a process: `python -m mlops_stages.local.server --port N --directory DIR`.

Everything is in memory, and lost when it ends. It listens on the loopback interface only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import hmac
import importlib
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from mlops_stages.local.server.bounds.connections import bound_connections, most_connections
from mlops_stages.local.server.bounds.outgoing import refuse_outgoing
from mlops_stages.local.server.bounds.own_log import bound_handlers
from mlops_stages.local.server.bounds.requests import Bounded
from mlops_stages.local.server.bounds.watchdog import Watchdog
from mlops_stages.local.server.clock import CLOCK
from mlops_stages.local.server.front import control

HOST = "127.0.0.1"
PORT_REFUSED = "refused: "
"""Told in place of the port where the one that was asked for cannot be had; the system's reason follows."""

_BACKLOG = 512
_NEIGHBOURS = 100
_COLLECTIONS = (20_000, 20, 20)
"""How many objects, and collections of younger ones, are made between two collections of each generation."""
_SECRET_LENGTH = 43  # 256 bits in base64

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a loopback address; ValueError for any other, OSError where the port is taken."""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the local AWS listens on the loopback interface only, not on {host}")
    listening = socket.create_server((host, port), backlog=_BACKLOG)
    listening.setblocking(False)
    return listening


class Front:
    """The ASGI application before ministack's: loopback only, its own few paths, and the mark of TLS."""

    def __init__(self, application: Application, secret: str) -> None:
        self._application = application
        self._bearer = f"Bearer {secret}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._application(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_local(headers.get("host", "")):
            await _refuse(scope, send, 421, "MisdirectedRequest", "the local AWS answers to its own name only")
        elif _is_of_a_page(headers) or (_is_of_a_browser(headers) and not _may_be_opened(scope)):
            await _refuse(scope, send, 403, "AccessDenied", "the local AWS is not for web pages")
        elif scope["type"] == "http" and scope["path"].startswith(control.PREFIX):
            await control.serve(scope, receive, send, known=self._knows_the_secret(headers))
        else:
            await self._application(_marked(scope, headers), receive, send)

    def _knows_the_secret(self, headers: MutableMapping[str, str]) -> bool:
        return hmac.compare_digest(headers.get("authorization", "").encode(), self._bearer)


def _is_of_a_page(headers: MutableMapping[str, str]) -> bool:
    """Whether a page in a browser sends this, of whatever site. A link that a person opens is not of a page."""
    return "origin" in headers or headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _is_of_a_browser(headers: MutableMapping[str, str]) -> bool:
    """Whether a browser sends this: every one says so by headers that no page can set."""
    return any(name.startswith("sec-fetch-") for name in headers)


def _may_be_opened(scope: Scope) -> bool:
    """Whether a person may open this as a link: an object by its presigned URL, or whether the local AWS runs."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    credential = parse_qs(scope["query_string"].decode("latin-1")).get("X-Amz-Credential", [""])[0]
    return credential.endswith("/s3/aws4_request") or scope["path"] == f"{control.PREFIX}health"


def is_local(host: str) -> bool:
    """Whether a Host header names this machine, or AWS: a page of another name could otherwise reach us by DNS."""
    name = host.rsplit(":", 1)[0].strip("[]").lower() if not host.endswith("]") else host.strip("[]")
    if name in ("", "localhost") or name.endswith((".localhost", f".{HOST}", ".amazonaws.com", ".on.aws")):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(name).is_loopback
    return False


def _marked(scope: Scope, headers: MutableMapping[str, str]) -> Scope:
    """Return the request as if it had come by TLS: the loopback needs none, and policies demand it.

    A client that sends `x-forwarded-proto: http` says that it did not, and is judged so.
    """
    if "x-forwarded-proto" in headers:
        return scope
    return {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}


async def _refuse(scope: Scope, send: Send, status: int, code: str, message: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": message})
        return
    await control.answer(send, status, {"code": code, "message": message})


def build(secret: str, directory: Path, port: int) -> Application:
    """Return the local AWS as an ASGI application, with everything that the emulators lack put in.

    `secret` is that of this start: accounts' roots sign with it. Functions work below `directory`, and reach `port`.
    """
    from mlops_stages.local.server import cloudwatch, engine, events, lambda_functions, scheduler, sqs, step_functions
    from mlops_stages.local.server.api import calls
    from mlops_stages.local.server.front import authorization, misread, services
    from mlops_stages.local.server.front import resource_types as resources
    from mlops_stages.local.server.front.gate import Gate
    from mlops_stages.local.server.lambda_functions import credentials as functions
    from mlops_stages.local.server.organizations import store as organization_store

    engine.close_side_doors()
    engine.mend_credentials()
    engine.mend_policies()
    engine.mend_expressions()
    engine.mend_bodies()
    engine.mend_sessions()
    engine.mend_keys()
    engine.mend_queue_requests()
    engine.mend_table_requests()
    engine.mend_images()
    engine.mend_log_resources()
    engine.mend_log_store()
    engine.mend_limits(organization_store.levels_over)
    engine.mend_scans()
    engine.contain_functions(directory / "functions", port, functions.credentials)
    lambda_functions.register()
    step_functions.register()
    engine.mend_dispatch(authorization.answer, misread.faults)
    engine.mend_event_buses()
    engine.patch_stacks()
    calls.judge_by(authorization.refused_to_role)
    cloudwatch.register()  # before what looks at alarms: they are judged first
    events.register()
    scheduler.register()
    sqs.register()
    services.register()
    resources.register()
    return Bounded(Front(Gate(engine.application, secret), secret))


async def serve(listening: socket.socket, secret: str, ready: Callable[[], None]) -> None:
    """Serve until the process is told to end; call `ready` once everything is in place."""
    from mlops_stages.local.server.sagemaker.jobs import workplace

    hypercorn: Any = importlib.import_module("hypercorn.asyncio")
    config: Any = importlib.import_module("hypercorn.config").Config()
    config.bind = [f"fd://{listening.detach()}"]  # its own from here on, to close as well
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2
    config.loglevel = "WARNING"
    config.websocket_max_message_size = 1 << 20
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    application = build(secret, workplace.state(), workplace.port())
    bound_handlers()
    bound_connections(most_connections())
    Watchdog().start()
    CLOCK.start()
    ready()
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    try:
        await hypercorn.serve(application, config, shutdown_trigger=ended.wait)
    finally:
        _let_nobody_wait()


def _let_nobody_wait() -> None:
    """Wake what waits for an endpoint: the loop ends only when nothing does."""
    from mlops_stages.local.server.sagemaker.hosting.board import BOARD

    BOARD.end()


def _end_steps() -> None:
    """Kill the steps of jobs and the workers of functions that still run: each is a container of its own."""
    from mlops_stages.local.containers import running
    from mlops_stages.local.server import engine

    running.end()
    engine.end_functions()


def _warm_up() -> None:
    """Load moto while the first requests are served."""
    from mlops_stages.local.server.api import forwarding

    forwarding.warm_up()


def listen_near(port: int) -> socket.socket:
    """Return a socket on the port, or on the next free one after it."""
    for candidate in range(port, min(port + _NEIGHBOURS, 65536)):
        with contextlib.suppress(OSError):
            return listen(HOST, candidate)
    return listen(HOST, 0)


def keep_loaded() -> None:
    """Leave what is loaded by now out of garbage collection, which took 14 % of the server's CPU time in an `up`."""
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)


def main(arguments: list[str] | None = None) -> int:
    """Run the server until SIGTERM. Whoever starts it tells it the secret of this start in a line of standard input."""
    parser = argparse.ArgumentParser(prog="mlops_stages.local.server", description="The local AWS, in memory.")
    parser.add_argument("--port", type=int, required=True, help="the next free one is taken where this is not free")
    parser.add_argument("--exactly", action="store_true", help="end with an error where the port is not free")
    parser.add_argument("--directory", type=Path, required=True, help="where it works; what it writes is private")
    parser.add_argument("--ready-fd", type=int, help="a descriptor that gets the port once the server answers")
    given = parser.parse_args(arguments)
    secret = sys.stdin.readline().strip()
    if len(secret) < _SECRET_LENGTH:
        parser.error("the local AWS takes its secret from standard input; `mlops-stages up` starts it")
    os.umask(0o077)
    os.chdir(given.directory)
    try:
        listening = listen(HOST, given.port) if given.exactly else listen_near(given.port)
    except OSError as error:
        if given.ready_fd is not None:
            os.write(given.ready_fd, f"{PORT_REFUSED}{error.strerror}".encode())
        return 1
    port = str(listening.getsockname()[1])
    os.environ["GATEWAY_PORT"] = port
    refuse_outgoing(int(port))

    def ready() -> None:
        keep_loaded()
        if given.ready_fd is not None:
            os.write(given.ready_fd, port.encode())
            os.close(given.ready_fd)

    try:
        with listening:
            asyncio.run(serve(listening, secret, ready))
    finally:
        _end_steps()
    if os.getpgrp() == os.getpid():  # started in a session of our own: leave no function's process behind
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Calls of AWS APIs inside the server's own process: botocore's request, the services' own handlers, no socket."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import importlib
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mlops_stages.local.server import engine
from mlops_stages.local.server.api import forwarding
from mlops_stages.local.server.api.shapes import LOADER

# By name, because botocore has no types to check.
_botocore_session: Any = importlib.import_module("botocore.session")
_botocore_awsrequest: Any = importlib.import_module("botocore.awsrequest")
_botocore_config: Any = importlib.import_module("botocore.config")
_botocore_credentials: Any = importlib.import_module("botocore.credentials")

_lock = threading.Lock()
_threads = ThreadPoolExecutor(max_workers=1000, thread_name_prefix="mlops-stages-call")
"""Threads and their loops, kept: to make both takes eight times as long as to use them. A call may wait for others."""
_of_this_thread = threading.local()

Judge = Callable[[engine.ServiceRole, str, str, str, engine.Headers, bytes, engine.Query], "engine.Response | None"]
"""Called with the role, the signing name, method, path, headers, body and query; a refusal, or None."""

_judges: list[Judge] = []


def judge_by(judge: Judge) -> None:
    """Have `judge` asked about every call that a resource's handler makes under its stack's service role."""
    _judges.append(judge)


class _Raw:
    """The part of a urllib3 response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, amt: int = 1024) -> list[bytes]:
        """Return the body at once; `amt` is botocore's, unused."""
        del amt
        return [self._body]

    def read(self, amt: int | None = None) -> bytes:
        """Return the body, or its next `amt` bytes."""
        taken = self._body if amt is None else self._body[:amt]
        self._body = self._body[len(taken) :]
        return taken


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401  # as boto3 has it
    """Call an AWS API in process, as the root of the current account in the current region.

    `service` and `operation` as boto3 names them: `call("s3", "put_bucket_logging", Bucket=...)`. Own services have
    their turn first, then ministack or moto. Nothing is authorized, since this is the emulator's own hand, but for what
    a stack with a service role does. Raises botocore's ClientError and ParamValidationError. Synchronous, and allowed
    on the event loop.
    """
    with _lock:  # botocore's sessions are not safe to create clients from in parallel
        client = _client(service, engine.region())
    answer: dict[str, Any] = getattr(client, operation)(**parameters)
    return answer


def call_in(account: str, region: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
    """Call an API as `call` does, in an account and region."""
    with engine.within(account, region):
        return call(service, operation, **parameters)


class _RootOfTheAccount:
    """Where botocore finds credentials: those of the root of whichever account is current when a request is signed.

    So clients serve all accounts; to make one takes a hundred times as long as a call.
    """

    def load_credentials(self) -> _RootOfTheAccount:
        """Return them, for a client that is made."""
        return self

    def get_frozen_credentials(self) -> Any:  # noqa: ANN401  # botocore has no types
        """Return them, for a request that is signed."""
        secret = ""  # nobody checks a call that never leaves the process
        return _botocore_credentials.ReadOnlyCredentials(engine.account(), secret, None)

    def get_deferred_property(self, name: str) -> Callable[[], None]:
        """Return that nothing else is known, such as an account for the names of hosts."""
        del name
        return lambda: None


@functools.lru_cache(maxsize=256)
def _client(service: str, region: str) -> Any:  # noqa: ANN401  # botocore builds the class at run time
    client: Any = _session().create_client(
        service,
        region_name=region,
        endpoint_url="http://127.0.0.1",
        config=_botocore_config.Config(
            retries={"max_attempts": 0},
            s3={"addressing_style": "path"},
            user_agent="mlops-stages",  # nobody reads it, and botocore makes its own anew for each call
        ),
    )
    signing_name: str = client.meta.service_model.signing_name

    def answer(request: Any, **_: object) -> Any:  # noqa: ANN401  # botocore's event
        status, headers, body = run_apart(lambda: _handle(signing_name, request))
        return _botocore_awsrequest.AWSResponse(request.url, status, headers, _Raw(body))

    client.meta.events.register("before-send", answer)
    return client


@functools.cache
def _session() -> Any:  # noqa: ANN401  # botocore has no types
    session: Any = _botocore_session.Session()
    session.register_component("credential_provider", _RootOfTheAccount())
    session.register_component("data_loader", LOADER)
    return session


async def _handle(signing_name: str, request: Any) -> engine.Response:  # noqa: ANN401  # botocore's AWSPreparedRequest
    url = urlsplit(str(request.url))
    given: Mapping[str, str | bytes] = request.headers
    headers = {name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in given.items()}
    given_body: Any = request.body or b""
    body: bytes | str = given_body.read() if hasattr(given_body, "read") else given_body
    asked = (
        str(request.method),
        unquote(url.path) or "/",  # as a server hands paths on
        headers,
        body if isinstance(body, bytes) else body.encode(),
        parse_qs(url.query, keep_blank_values=True),
    )
    role = engine.service_role()
    with engine.by_itself():
        refused = [answer for judge in _judges if role and (answer := judge(role, signing_name, *asked)) is not None]
        return refused[0] if refused else await forwarding.answer(signing_name, *asked)


def run_apart(work: Callable[[], Awaitable[engine.Response]]) -> engine.Response:
    """Run an asynchronous handler to its end, in a thread with a loop of its own and the caller's request context."""
    return _threads.submit(_run, work, contextvars.copy_context()).result()


class _Loop:
    """A thread's event loop, and how many tasks were made on it: to ask asyncio takes a look at every loop's."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.made = 0
        self.runner.get_loop().set_task_factory(self._make)

    def _make(self, loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Future[Any]:  # noqa: ANN401  # as asyncio calls it
        self.made += 1
        return asyncio.Task(work, loop=loop, **more)


def _run(work: Callable[[], Awaitable[engine.Response]], context: contextvars.Context) -> engine.Response:
    async def awaited() -> engine.Response:
        engine.come_by_tls()
        return await work()

    loop: _Loop | None = getattr(_of_this_thread, "loop", None)
    if loop is None:
        loop = _of_this_thread.loop = _Loop()
    loop.made = 0
    try:
        return loop.runner.run(awaited(), context=context)
    finally:
        if loop.made > 1 and asyncio.all_tasks(loop.runner.get_loop()):  # what a handler leaves running ends with it
            del _of_this_thread.loop
            loop.runner.close()

"""What a request may take of the local AWS: its head, its body, its time, and this machine's memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from mlops_stages.local.server.bounds import requests as bounds
from mlops_stages.local.server.bounds.requests import MIB, Bounded

Json = dict[str, Any]


def signed(service: str) -> tuple[bytes, bytes]:
    scope = f"AWS4-HMAC-SHA256 Credential=111111111111/20260101/eu-west-1/{service}/aws4_request, Signature=0"
    return b"authorization", scope.encode()


class Inside:
    """An application that reads the whole body, and swallows what goes wrong while it does, as emulators do."""

    def __init__(self, *, swallows: bool = False) -> None:
        self.read = 0
        self.swallows = swallows

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # ASGI
        del scope
        try:
            more = True
            while more:
                message = await receive()
                self.read += len(message.get("body", b""))
                more = message.get("more_body", False)
        except Exception:
            if not self.swallows:
                raise
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


def ask(
    inside: Inside,
    parts: list[bytes] | None = None,
    *,
    headers: list[tuple[bytes, bytes]] | None = None,
    path: str = "/",
    query: bytes = b"",
    stalls: bool = False,
) -> tuple[int, bytes]:
    """Send one request to the application behind its bounds; the status and the body of the answer."""
    to_come = list(parts or [b""])
    sent: list[Json] = []

    async def receive() -> Json:
        if stalls and len(to_come) == 1:
            await asyncio.sleep(60)
        part = to_come.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(to_come)}

    async def send(message: Any) -> None:  # noqa: ANN401  # ASGI
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": query, "headers": headers or []}
    asyncio.run(Bounded(inside, stall_s=0.05)(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return sent[0]["status"], sent[1]["body"]


def test_a_usual_request_passes() -> None:
    inside = Inside()
    assert ask(inside, [b"x" * 1000, b"y" * 1000], headers=[(b"content-length", b"2000")])[0] == 200
    assert inside.read == 2000


def test_what_says_that_it_is_too_long_is_not_read() -> None:
    inside = Inside()
    status, body = ask(inside, [b"x"], headers=[signed("iam"), (b"content-length", str(3 * MIB).encode())])
    assert (status, inside.read) == (413, 0)
    assert json.loads(body)["__type"] == "RequestEntityTooLargeException"


@pytest.mark.parametrize("swallows", [True, False])
@pytest.mark.parametrize("said", [None, b"10"])
def test_what_does_not_say_how_long_it_is_is_read_to_its_bound_only(said: bytes | None, swallows: bool) -> None:
    inside = Inside(swallows=swallows)
    length = [] if said is None else [(b"content-length", said)]
    status, _ = ask(inside, [b"x" * MIB] * 10, headers=[signed("iam"), *length])
    assert status == 413
    assert inside.read <= bounds.LONGEST_BODY


def test_each_service_has_its_own_bound() -> None:
    assert bounds.longest("s3", "/bucket/key", {}) == 256 * MIB
    assert bounds.longest("s3", "/bucket", {"lifecycle": [""]}) == 2 * MIB
    assert bounds.longest("sagemaker", "/", {}) == 8 * MIB
    assert bounds.longest("sagemaker", "/endpoints/fraud/invocations", {}) == 25 * MIB
    assert bounds.longest("", "/", {}) == 2 * MIB


def test_s3_is_refused_in_its_own_form() -> None:
    status, body = ask(Inside(), headers=[signed("s3"), (b"content-length", b"5000000000")])
    assert status == 413
    assert b"<Code>EntityTooLarge</Code>" in body


def test_a_presigned_address_names_its_service_too() -> None:
    credential = b"X-Amz-Credential=111111111111%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
    length = (b"content-length", str(3 * MIB).encode())
    assert ask(Inside(), [b"x"], headers=[length], query=credential)[0] == 200
    assert ask(Inside(), [b"x"], headers=[length])[0] == 413


@pytest.mark.parametrize(
    ("headers", "path", "query", "status"),
    [
        ([(b"x-a", b"1")] * 101, "/", b"", 431),
        ([(b"x-a", b"1" * 40_000)], "/", b"", 431),
        ([], "/" + "a" * 40_000, b"", 414),
        ([], "/", b"a=1&" * 10_000, 414),
    ],
)
def test_a_head_is_bounded(headers: list[tuple[bytes, bytes]], path: str, query: bytes, status: int) -> None:
    assert ask(Inside(), headers=headers, path=path, query=query)[0] == status


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    assert ask(Inside(), [b"x", b"y"], stalls=True)[0] == 408


def test_bodies_together_take_no_more_than_half_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "most_memory", lambda: 100 * MIB)
    monkeypatch.setattr(bounds, "resident", lambda: 40 * MIB)
    thirty = [signed("s3"), (b"content-length", str(30 * MIB).encode())]
    status, body = ask(Inside(), [b"x"], headers=thirty)
    assert status == 503
    assert b"mlops-stages down" in body
    ten = [signed("s3"), (b"content-length", str(10 * MIB).encode())]
    assert ask(Inside(), [b"x"], headers=ten)[0] == 200
    assert ask(Inside(), [b"x" * MIB] * 30, headers=[signed("s3")])[0] == 503, "also where no length is given"


def test_memory_that_a_body_took_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "most_memory", lambda: 100 * MIB)
    monkeypatch.setattr(bounds, "resident", lambda: 0)
    memory = bounds.Memory()
    for _ in range(10):
        memory.take(30 * MIB)
        memory.give_back(30 * MIB)


def test_the_most_memory_is_half_of_what_there_is() -> None:
    assert 64 * MIB < bounds.most_memory() < 1 << 50
    assert 0 <= bounds.resident() < bounds.most_memory()


def test_a_request_that_is_ended_is_told_so() -> None:
    from mlops_stages.local.server.bounds.watchdog import TooLongError

    class Slow(Inside):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # ASGI
            raise TooLongError("too long")

    assert ask(Slow())[0] == 503


def nothing(*_: object) -> None:
    """Take part in no protocol."""


def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def inside(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # ASGI
        del receive, send
        seen.append(scope["type"])

    unused: Callable[..., Any] = nothing
    asyncio.run(Bounded(inside)({"type": "lifespan"}, unused, unused))
    assert seen == ["lifespan"]

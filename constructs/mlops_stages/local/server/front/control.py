"""The server's own paths, below `/_mlops-stages/`: for whoever knows the secret of this start.

`health` alone answers everybody, and says nothing but that the local AWS runs.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from mlops_stages.local.json_values import document
from mlops_stages.local.server import clock
from mlops_stages.local.server.timers import TIMERS

PREFIX = "/_mlops-stages/"

_BODY_LIMIT = 1 << 20

Json = Mapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def serve(scope: Scope, receive: Receive, send: Send, *, known: bool) -> None:
    """Answer a request; `known` says whether it carries the secret."""
    from mlops_stages.local.server.sts import sessions

    route = (scope["method"], scope["path"].removeprefix(PREFIX))
    try:
        if route == ("GET", "health"):
            await answer(send, 200, {"status": "ready"})
        elif not known:
            message = "the secret of this start is missing or wrong: only whoever started the local AWS has it"
            await answer(send, 403, {"code": "AccessDenied", "message": message})
        elif route in _TOLD:
            await answer(send, 200, await _TOLD[route]())
        elif route == ("POST", "clock"):
            await answer(send, 200, await _advance(await _json_body(receive)))
        elif route in _DONE:
            await answer(send, 200, _DONE[route](await _json_body(receive)))
        else:
            await answer(send, 404, {"code": "NotFound", "message": f"no such path: {' '.join(route)}"})
    except sessions.Refused as refused:
        await answer(send, refused.status, {"code": refused.code, "message": refused.message})
    except ValueError as error:
        await answer(send, 400, {"code": "ValidationError", "message": str(error)})


async def _process() -> Json:
    return {"pid": os.getpid()}


async def _containers() -> Json:
    from mlops_stages.local import containers

    return await asyncio.to_thread(containers.about)


async def _declared() -> Json:
    from mlops_stages.local.server import engine

    return {"resources": [dataclasses.asdict(found) for found in engine.declared()]}


async def _clock() -> Json:
    now = clock.CLOCK.now()
    return {"now": clock.text(now), "now_seconds": now, "ahead_seconds": round(clock.CLOCK.ahead, 3)}


async def _advance(request: dict[str, Any]) -> Json:
    """Move the clock ahead, and answer once all that was due on the way is done."""
    seconds = request.get("advance_seconds")
    if set(request) != {"advance_seconds"} or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ValueError("say advance_seconds, a number")
    await asyncio.to_thread(TIMERS.drive, float(seconds))
    return await _clock()


def _session(request: dict[str, Any]) -> Json:
    from mlops_stages.local.server.sts import person_sessions, sessions

    return person_sessions.assume_as_person(request) if "email" in request else sessions.assume(request)


def _after_rollback(request: dict[str, Any]) -> Json:
    from mlops_stages.local.server.sagemaker.hosting import after_rollback

    after_rollback.choose(request)
    return {}


def _imported(request: dict[str, Any]) -> Json:
    from mlops_stages.local.server.front import imported

    imported.add(request)
    return {}


def _organization(request: dict[str, Any]) -> Json:
    from mlops_stages.local.server.organizations import membership as organizations

    organizations.set_organization(request)
    return {}


_TOLD: Mapping[tuple[str, str], Callable[[], Awaitable[Json]]] = {
    ("GET", "clock"): _clock,
    ("GET", "process"): _process,
    ("GET", "containers"): _containers,
    ("GET", "declared"): _declared,
}
_DONE: Mapping[tuple[str, str], Callable[[dict[str, Any]], Json]] = {
    ("POST", "sessions"): _session,
    ("POST", "imported"): _imported,
    ("POST", "stack-after-rollback"): _after_rollback,
    ("POST", "organization"): _organization,
}


async def _json_body(receive: Receive) -> dict[str, Any]:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _BODY_LIMIT:
            raise ValueError("the request is too large")
        if not message.get("more_body"):
            break
    found = document(body)
    if not found:
        raise ValueError("the request must be a JSON object")
    return found


async def answer(send: Send, status: int, content: Json) -> None:
    """Answer with JSON."""
    body = json.dumps(content, default=str).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""The ASGI application around ministack's: it has signed calls recorded, and answers completed that lack something.

Whether a call may pass has been judged, and by whom, when its answer comes by here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.api.heard import Completion, Heard
from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.cloudtrail.recorder import Recorder
from mlops_stages.local.server.ec2 import completion as ec2
from mlops_stages.local.server.logs import metric_filters

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
_RPC = ("application/x-amz-json", "application/x-www-form-urlencoded")


class Observer:
    """ministack's application, heard and completed."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._recorder = Recorder()
        self._completions: Mapping[str, Callable[[Heard, bytes], Completion | None]] = {
            "cloudtrail": self._recorder.completion,
            "ec2": ec2.completion,
            "logs": metric_filters.completion,
        }

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection."""
        heard = _heard(scope) if scope["type"] == "http" else None
        if heard is None:
            await self._application(scope, receive, send)
            return
        body = b""
        if heard.headers.get("content-type", "").startswith(_RPC):
            body = await _whole(receive)
            receive = _again(body, receive)
        completion = self._completions.get(heard.service)
        completes = None if completion is None else completion(heard, body)
        answer = _Answer(send, hold=completes is not None)
        await self._application(scope, receive, answer.send)
        with engine.within(_account_of(heard.key), heard.region):
            principal = engine.caller(heard.headers, heard.query)
        if completes is not None:
            where = Scope(account=principal.split(":")[4], region=heard.region)
            await answer.release((lambda body: completes(where, body)) if answer.status == 200 else None)
        try:
            self._recorder.record(heard, body, principal, answer.status, answer.error())
        except Exception:  # the call has been answered; its record must not undo that
            _log.exception("%s %s could not be recorded", heard.method, heard.path)


def _account_of(key: str) -> str:
    return key if re.fullmatch(r"\d{12}", key) else "000000000000"


def _heard(scope: Mapping[str, Any]) -> Heard | None:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    presigned = listed(query.get("X-Amz-Credential"))
    signed = _CREDENTIAL.search(f"Credential={presigned[0]}/" if presigned else headers.get("authorization", ""))
    if signed is None or scope["path"].startswith("/_"):
        return None
    return Heard(
        key=signed["key"],
        region=signed["region"],
        service=signed["service"],
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        query=query,
    )


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that was read once more."""
    given = False

    async def give() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


class _Answer:
    """An answer on its way out: let through, or held until it is complete."""

    def __init__(self, send: Send, *, hold: bool) -> None:
        self._send = send
        self._hold = hold
        self._start: Message | None = None
        self._body = b""
        self.status = 0

    async def send(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            self._start = message
        elif self._hold or (self.status >= 400 and len(self._body) < 4096):
            self._body += message.get("body", b"")
        if not self._hold:
            await self._send(message)

    async def release(self, completes: Callable[[bytes], bytes] | None) -> None:
        """Send a held answer, completed."""
        if self._start is None:
            return
        body = self._body if completes is None else completes(self._body)
        length = (b"content-length", str(len(body)).encode())
        headers = [item for item in self._start["headers"] if item[0].lower() != length[0]]
        await self._send({**self._start, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": body})

    def error(self) -> str:
        """Return the error code of a refusal, as every AWS protocol spells it."""
        if self.status < 400:
            return ""
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in (self._start or {})["headers"]
        }
        named = headers.get("x-amzn-errortype", "").partition(":")[0]
        text = self._body.decode("utf-8", errors="replace")
        inside = re.search(r"<Code>([^<]+)</Code>", text) or re.search(r'"__type"\s*:\s*"(?:[^"]*#)?([^"]+)"', text)
        return named or (inside[1] if inside else str(self.status))

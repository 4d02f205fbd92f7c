"""The gate: no request reaches an emulator before it is known whose it is.

Every request is signed by Signature Version 4: with the secret of this start by an account's root, with their own
secrets by users and sessions. Nothing is served to the anonymous: what AWS serves so (AssumeRoleWithWebIdentity and
WithSAML, public buckets, function URLs, API stages, registries with a token of their own) is refused here. The one
exception is where a custom resource answers, as on AWS: at an address with a random token.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.front import control, signatures
from mlops_stages.local.server.front.signatures import Refused, Request, Signature

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_ROOT = re.compile(r"[0-9]{12}")
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OPEN_ELSEWHERE = frozenset({"/health"})
"""Paths that ministack serves to everybody and that could be a bucket's: that is asked for with a signature."""

_UNKNOWN = "The security token included in the request is invalid."
_CREDENTIALS = frozenset(
    {"InvalidClientTokenId", "InvalidToken", "SignatureDoesNotMatch", "UnrecognizedClientException"}
)
HINT = (
    " If these credentials are of an earlier start of the local AWS, take those of this one: "
    'eval "$(mlops-stages env)", or what gave you the credentials again.'
)
"""Told wherever credentials are not known, or not the right ones."""


class _GoneError(Exception):
    """The client has gone."""


class Gate:
    """The ASGI application before the emulators: lets through what is signed as it must be."""

    def __init__(self, application: Application, secret: str) -> None:
        self._application = application
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "the local AWS has no WebSocket APIs"})
            return
        request = Request.of(scope)
        if _is_capability(request):
            await self._application(scope, receive, send)
            return
        if scope["path"].startswith("/_") or (scope["path"] in _OPEN_ELSEWHERE and not request.header("authorization")):
            await control.answer(send, 404, {"code": "NotFound", "message": "no such path"})
            return
        try:
            body = await self._admitted(request, receive)
        except Refused as refused:
            await _refuse(request, refused, send)
        except _GoneError:
            return
        else:
            await self._application(scope, _again(body, receive), send)

    async def _admitted(self, request: Request, receive: Receive) -> list[bytes]:
        """Return the body of a request that is signed. Raises Refused, as early as it can be known."""
        signature = signatures.read(request)
        signatures.check_time(signature, datetime.datetime.now(tz=datetime.UTC))
        secret = self._secret_of(signature)
        declared = signatures.declared_payload(request, signature)
        if declared:
            signatures.check(request, signature, secret, declared)
        body = await _whole(receive)
        actual = signatures.sha256(body)
        if not declared:
            signatures.check(request, signature, secret, actual)
        elif len(declared) == len(actual) and declared != actual:
            raise signatures.mismatch(signature)
        return body

    def _secret_of(self, signature: Signature) -> str:
        if _ROOT.fullmatch(signature.key):
            if signature.token:
                raise Refused("InvalidToken", _UNKNOWN, signature.service)
            return self._secret
        secret, code = engine.secret_of(signature.key, signature.token)
        if code:
            raise Refused(code, _UNKNOWN, signature.service)
        return secret


def _is_capability(request: Request) -> bool:
    start, _, token = request.path.rpartition("/")
    return request.method == "PUT" and f"{start}/" in engine.CAPABILITIES and _TOKEN.fullmatch(token) is not None


async def _refuse(request: Request, refused: Refused, send: Send) -> None:
    headers = {name: ", ".join(values) for name, values in request.headers.items()}
    message = refused.message + (HINT if refused.code in _CREDENTIALS else "")
    denial = engine.Denial("", "*", "", False, "", refused.code, message)
    status, answered, body = engine.denied_response(
        refused.service or _protocol_of(request), denial, headers, str(uuid.uuid4())
    )
    if refused.code in _CREDENTIALS and b"earlier start" not in body:  # S3 and EC2 have words of their own
        body = body.replace(b"</Message>", HINT.encode() + b"</Message>", 1)
    fields = {**answered, "content-length": str(len(body))}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in fields.items()],
        }
    )
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


def _protocol_of(request: Request) -> str:
    """Return a service whose protocol the request has, where it does not say which one it is for."""
    kind = request.header("content-type")
    if request.header("x-amz-target") or kind.startswith("application/x-amz-json"):
        return "dynamodb"
    if kind.startswith("application/x-www-form-urlencoded") or any(name == "Action" for name, _ in request.query):
        return "sts"
    return "s3"


async def _whole(receive: Receive) -> list[bytes]:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _GoneError
        if message.get("body"):
            chunks.append(message["body"])
        if not message.get("more_body"):
            return chunks


def _again(chunks: list[bytes], receive: Receive) -> Receive:
    """Return a `receive` that gives a body that was read once more."""
    left = list(reversed(chunks or [b""]))

    async def give() -> Message:
        if not left:
            return await receive()
        chunk = left.pop()
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    return give

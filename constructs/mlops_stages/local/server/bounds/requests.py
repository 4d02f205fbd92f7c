"""What a request to the local AWS may take: its head, its body, its time, and memory of this machine.

Outermost of the server: what is refused here is not read any further, and nothing behind it has to count. The limits
are AWS's own where AWS has one, and otherwise what a laptop holds (docs/local-aws.md has the table).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from mlops_stages.local.server.bounds.watchdog import TooLongError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MIB = 1 << 20
MOST_HEADERS = 100
LONGEST_HEAD = 32 * 1024
"""Bytes of all headers, and of the path with its query."""
LONGEST_BODY = 2 * MIB
LONGEST_BODIES: Mapping[str, int] = {
    "codeartifact": 256 * MIB,
    "dynamodb": 16 * MIB,
    "ecr": 32 * MIB,  # a part of a layer is 20 MiB, in Base64
    "firehose": 6 * MIB,
    "kinesis": 14 * MIB,
    "lambda": 70 * MIB,
    "s3": 256 * MIB,
    "sagemaker": 8 * MIB,  # a definition of a million characters, escaped
}
"""Bytes of a body by the service that the request is signed for; AWS takes 5 GB in one PUT to S3."""
_LONGEST_INVOCATION = 25 * MIB  # of SageMaker's endpoints
_LONGEST_SETTINGS = 2 * MIB  # of a bucket, and lists of objects to delete
_PASSED_OVER = 64 * MIB
"""Bytes of a body that are still read once it has been refused."""
_STALL_S = 30.0
"""How long the next part of a body may take to come, and its last one at most twenty times that."""

_CREDENTIAL = re.compile(r"Credential=[^/,\s]{1,256}/[^/,\s]{1,64}/[^/,\s]{1,64}/([^/,\s]{1,64})/")
_SETTINGS = frozenset(
    {
        "accelerate", "acl", "analytics", "cors", "delete", "encryption", "intelligent-tiering", "inventory",
        "legal-hold", "lifecycle", "logging", "metrics", "notification", "object-lock", "ownershipControls", "policy",
        "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select", "tagging",
        "versioning", "website",
    }
)  # fmt: skip


class _RefusedError(Exception):
    """A request is not read any further."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Memory:
    """What bodies take that are being received, together."""

    def __init__(self) -> None:
        self._held = 0

    def take(self, length: int) -> None:
        """Count a body, or a part of one; raise where this machine has no memory for it."""
        most = most_memory()
        if 3 * (self._held + length) + resident() > most:  # it is held in parts, whole, and where it is kept
            message = (
                f"The local AWS would take more than {most // MIB} MiB of memory, half of this machine's. "
                "Delete objects, or start it again (mlops-stages down, then up)."
            )
            raise _RefusedError(503, "ServiceUnavailable", message)
        self._held += length

    def give_back(self, length: int) -> None:
        """Count a body no longer."""
        self._held -= length


class Bounded:
    """The ASGI application around the others: it lets through what is within the bounds."""

    def __init__(self, application: Application, *, stall_s: float = _STALL_S) -> None:
        self._application = application
        self._stall_s = stall_s
        self._memory = Memory()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request = _Request(scope, receive, send, self._memory, self._stall_s)
        try:
            request.check_head()
            await self._application(scope, request.receive, request.send)
        except _RefusedError as refused:
            request.refused = refused
        except TooLongError as error:
            request.refused = _RefusedError(503, "ServiceUnavailable", str(error))
        finally:
            self._memory.give_back(request.taken)
        if request.refused is not None:
            await request.refuse(request.refused)


class _Request:
    """One request, while its body comes in and its answer goes out."""

    def __init__(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send, memory: Memory, stall_s: float
    ) -> None:
        self._receive = receive
        self._send = send
        self._memory = memory
        self._stall_s = stall_s
        self._left_s = 20 * stall_s
        self._headers = scope["headers"]
        self._path, self._query = str(scope["path"]), scope.get("query_string", b"")
        self._received = 0
        self._whole = False
        self._answered = False
        self._service = ""
        self._longest = LONGEST_BODY
        self.taken = 0
        self.refused: _RefusedError | None = None

    def check_head(self) -> None:
        """Raise where the head, or the length that it says the body has, is out of bounds."""
        length = sum(len(name) + len(value) for name, value in self._headers)
        if len(self._headers) > MOST_HEADERS or length > LONGEST_HEAD:
            raise _RefusedError(431, "RequestHeaderSectionTooLarge", "The request's headers are too large.")
        if len(self._path) + len(self._query) > LONGEST_HEAD:
            raise _RefusedError(414, "RequestURITooLong", "The request's address is too long.")
        headers = {name.lower(): value for name, value in self._headers}
        query = parse_qs(self._query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
        self._service = _service(headers.get(b"authorization", b"").decode("latin-1"), query)
        self._longest = longest(self._service, self._path, query)
        said = headers.get(b"content-length", b"0")
        promised = int(said) if said.isdigit() and len(said) < 16 else 0  # what is not a number, the server refuses
        if promised > self._longest:
            raise self._too_long()
        self._take(promised)

    async def receive(self) -> Message:
        """Return the next part of the body; raise where there is too much of it, or it does not come."""
        if self._whole:
            return await self._receive()
        patience = min(self._stall_s, self._left_s)
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(patience):
                message = await self._receive()
        except TimeoutError:
            self.refused = _RefusedError(408, "RequestTimeout", "The request's body does not come.")
            raise self.refused from None
        self._left_s -= asyncio.get_running_loop().time() - began
        self._received += len(message.get("body", b""))
        self._whole = not message.get("more_body")
        try:
            if self._received > self._longest:
                raise self._too_long()
            self._take(self._received)
        except _RefusedError as refused:
            self.refused = refused
            raise
        return message

    def _take(self, length: int) -> None:
        more = length - self.taken
        if more > 0:
            self._memory.take(more)
            self.taken = length

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, unless the request has been refused meanwhile."""
        if self.refused is None or self._answered:
            self._answered = True
            await self._send(message)

    async def refuse(self, refused: _RefusedError) -> None:
        """Answer with the refusal, in the form of the service's protocol, and end the connection."""
        if self._answered:
            return
        await self._pass_over()
        sort, body = _told(self._service, refused)
        headers = [
            (b"content-type", sort),
            (b"content-length", str(len(body)).encode()),
            (b"x-amzn-errortype", refused.code.encode()),
            (b"connection", b"close"),
        ]
        await self._send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def _pass_over(self) -> None:
        """Read what still comes of the body, and drop it: clients look for an answer once they have sent all."""
        left = _PASSED_OVER
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._stall_s):
                while not self._whole and left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b"")) or 1
                    self._whole = not message.get("more_body")

    def _too_long(self) -> _RefusedError:
        code = "EntityTooLarge" if self._service == "s3" else "RequestEntityTooLargeException"
        return _RefusedError(413, code, f"The request is longer than {self._longest} bytes, the most that is taken.")


def longest(service: str, path: str, query: Mapping[str, Any]) -> int:
    """Return how many bytes the body of a request may have."""
    if service == "s3" and _SETTINGS.intersection(query):
        return _LONGEST_SETTINGS
    if service == "sagemaker" and path.startswith("/endpoints/"):
        return _LONGEST_INVOCATION
    return LONGEST_BODIES.get(service, LONGEST_BODY)


def _service(authorization: str, query: Mapping[str, list[str]]) -> str:
    given = next(iter(query.get("X-Amz-Credential", [])), "")
    signed = _CREDENTIAL.search(f"Credential={given}/" if given else authorization)
    return signed[1] if signed is not None else ""


def _told(service: str, refused: _RefusedError) -> tuple[bytes, bytes]:
    if service == "s3":
        xml = f"<Error><Code>{refused.code}</Code><Message>{refused.message}</Message></Error>"
        return b"application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}'.encode()
    told = {"__type": refused.code, "code": refused.code, "message": refused.message}
    return b"application/json", json.dumps(told).encode()


@cache
def most_memory() -> int:
    """Return how many bytes of memory the local AWS may take: half of what the machine, or its container, has."""
    has = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(limit).read_text("ascii").strip()
        except OSError:
            continue
        has = min(has, int(text)) if text.isdigit() else has
    return has // 2


def resident() -> int:
    """Return how many bytes of memory this process has; 0 where the system does not say (outside of Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")

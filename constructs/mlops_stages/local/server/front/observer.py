"""The ASGI application around ministack's: it hears every signed call, and completes answers that lack something.

Whether a call may pass has been judged, and by whom, when its answer comes by here.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from mlops_stages.local.json_values import document, listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls, forwarding, operations
from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.cloudtrail import events
from mlops_stages.local.server.cloudtrail.trails import Trails
from mlops_stages.local.server.ec2 import details as ec2_details
from mlops_stages.local.server.ec2 import endpoint_services
from mlops_stages.local.server.logs.metric_filters import count_matches

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)

DELIVERY_SECONDS = 1.0
"""How long events wait for a trail's delivery; AWS takes minutes."""

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
_RPC = ("application/x-amz-json", "application/x-www-form-urlencoded")
_LISTS = frozenset({"ListObjects", "ListObjectVersions", "DeleteObjects", "HeadBucket"})
_UNAUTHENTICATED = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"})


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A signed request as it came."""

    key: str
    region: str
    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, Any]


def call(account: str, region: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401  # as boto3 has it
    """Call an API of an account and region as the emulator's own hand."""
    with engine.within(account, region):
        return calls.call(service, operation, **parameters)


def put(account: str, region: str, where: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Put an object as the emulator's own hand; OSError where S3 refuses it."""
    signed = (
        f"AWS4-HMAC-SHA256 Credential={account}/00000000/{region}/s3/aws4_request, SignedHeaders=host, Signature=none"
    )
    given = {**headers, "authorization": signed, "content-length": str(len(body))}
    with engine.within(account, region):
        status, _, said = calls.run_apart(lambda: forwarding.answer("s3", "PUT", f"/{where}", given, body, {}))
    if status >= 300:
        raise OSError(f"{where}: {status} {said[:200]!r}")


def tell(account: str, region: str, event: events.Event) -> None:
    """Put an API call on the default bus of an account and region, as CloudTrail does."""
    source = f"aws.{str(event['eventSource']).partition('.')[0]}"
    with engine.within(account, region):
        engine.put_service_event(source, "AWS API Call via CloudTrail", [], event)


class Observer:
    """ministack's application, heard and completed."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._delivery: asyncio.TimerHandle | None = None
        self.trails = Trails(call, put, tell)

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
        completes = self._completion(heard, body)
        answer = _Answer(send, hold=completes is not None)
        await self._application(scope, receive, answer.send)
        with engine.within(_account_of(heard.key), heard.region):
            principal = engine.caller(heard.headers, heard.query)
        if completes is not None:
            where = Scope(account=principal.split(":")[4], region=heard.region)
            await answer.release((lambda body: completes(where, body)) if answer.status == 200 else None)
        try:
            self._record(heard, body, principal, answer)
        except Exception:  # the call has been answered; its record must not undo that
            _log.exception("%s %s could not be recorded", heard.method, heard.path)

    def _completion(self, heard: Heard, body: bytes) -> Callable[[Scope, bytes], bytes] | None:
        """Return what completes the answer to a request, None for the many that are complete."""
        target = heard.headers.get("x-amz-target", "")
        if heard.service == "ec2":
            form = ec2_details.form_of(body, heard.query)
            if endpoint_services.concerns(form):
                return lambda scope, content: endpoint_services.completed(scope, form, content)
            if ec2_details.concerns(form):
                return lambda scope, content: ec2_details.details.completed(scope, form, content)
        if heard.service == "cloudtrail" and target.endswith(".LookupEvents"):
            asked = document(body)
            return lambda scope, _: json.dumps(self.trails.lookup(scope.account, scope.region, asked)).encode()
        if heard.service == "logs" and target.endswith(".PutLogEvents"):
            return lambda scope, content: _counted(scope, document(body), content)
        return None

    def _record(self, heard: Heard, body: bytes, principal: str, answer: _Answer) -> None:
        error = answer.error()
        if error in _UNAUTHENTICATED or not principal.split(":")[4].isdigit():
            return
        request = _request(heard, body, principal, answer.status, error)
        if request is not None:
            self.trails.record(events.event(request, datetime.datetime.now(tz=datetime.UTC)))
            if self._delivery is None:
                self._delivery = asyncio.get_running_loop().call_later(DELIVERY_SECONDS, self._deliver)

    def _deliver(self) -> None:
        self._delivery = None
        self.trails.deliver()


def _counted(scope: Scope, asked: Mapping[str, Any], content: bytes) -> bytes:
    """Count new log events into the metrics of their group's filters; the answer stays as it is."""
    messages = [str(item.get("message", "")) for item in listed(asked.get("logEvents"))]
    count_matches(call, scope.account, scope.region, str(asked.get("logGroupName")), messages)
    return content


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


def _request(heard: Heard, body: bytes, principal: str, status: int, error: str) -> events.Request | None:
    bucket = resource = ""
    parameters: Mapping[str, Any]
    if heard.service == "s3":
        copies = "x-amz-copy-source" in heard.headers
        name, bucket, key = events.s3_operation(heard.method, heard.path, heard.query, copies=copies)
        resource = f"arn:aws:s3:::{bucket}/{key}" if key else ""
        parameters = {"bucketName": bucket, **({"key": key} if key else {})} if bucket else {}
        data = bool(key) or name in _LISTS
    else:
        found = _called(heard, body)
        if found is None:
            return None
        name, parameters = found
        data = (heard.service, name) == ("lambda", "Invoke") or name.startswith("InvokeEndpoint")
    return events.Request(
        service=heard.service,
        operation=name,
        parameters=parameters,
        principal=principal,
        access_key=heard.key,
        region=heard.region,
        agent=heard.headers.get("user-agent", ""),
        status=status,
        error=error,
        data=data,
        resource=resource,
        bucket=bucket,
    )


def _called(heard: Heard, body: bytes) -> tuple[str, Mapping[str, Any]] | None:
    """Return the operation that a request calls, and with what; None where no service has it."""
    target = heard.headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2], document(body)
    form = ec2_details.form_of(body, heard.query)
    if "Action" in form:
        return form["Action"][0], {
            name: values[0] for name, values in form.items() if name not in ("Action", "Version")
        }
    found = operations.find(heard.service, heard.method, heard.path, heard.headers, body, heard.query)
    return None if found is None else (found.name, found.parameters)


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

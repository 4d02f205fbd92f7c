"""Records every signed call for the trails of its account, and has them delivered soon after."""

from __future__ import annotations

import asyncio
import datetime
import json
import time
from collections.abc import Mapping
from typing import Any

from mlops_stages.local.json_values import document
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls, forwarding, operations
from mlops_stages.local.server.api.heard import Completion, Heard, form_of
from mlops_stages.local.server.cloudtrail import events
from mlops_stages.local.server.cloudtrail.trails import Trails

DELIVERY_SECONDS, LONGEST_SECONDS = 1.0, 5.0
"""How long events wait for a trail's delivery; AWS takes minutes."""
_REST = 20.0
"""How much longer than a delivery takes the next waits at least: one a second took a quarter of a busy server's."""

_LISTS = frozenset({"ListObjects", "ListObjectVersions", "DeleteObjects", "HeadBucket"})
_UNAUTHENTICATED = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"})


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


class Recorder:
    """Trails of all accounts, and what they wait for."""

    def __init__(self) -> None:
        self._delivery: asyncio.TimerHandle | None = None
        self._rest_until = 0.0
        self._trails = Trails(calls.call_in, put, tell)

    def completion(self, heard: Heard, body: bytes) -> Completion | None:
        """Answer LookupEvents from the history; None for every other operation."""
        if not heard.headers.get("x-amz-target", "").endswith(".LookupEvents"):
            return None
        asked = document(body)
        return lambda scope, _: json.dumps(self._trails.lookup(scope.account, scope.region, asked)).encode()

    def record(self, heard: Heard, body: bytes, principal: str, status: int, error: str) -> None:
        """Record a call that has been answered; one whose caller nobody knows is not recorded."""
        if error in _UNAUTHENTICATED or not principal.split(":")[4].isdigit():
            return
        request = _request(heard, body, principal, status, error)
        if request is not None:
            self._trails.record(events.event(request, datetime.datetime.now(tz=datetime.UTC)))
            if self._delivery is None:
                wait = max(DELIVERY_SECONDS, self._rest_until - time.monotonic())
                self._delivery = asyncio.get_running_loop().call_later(wait, self._deliver)

    def _deliver(self) -> None:
        self._delivery = None
        began = time.monotonic()
        self._trails.deliver()
        ended = time.monotonic()
        self._rest_until = ended + min(_REST * (ended - began), LONGEST_SECONDS)


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
        source_identity=engine.source_identity(heard.key),
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
    form = form_of(body, heard.query)
    if "Action" in form:
        return form["Action"][0], {
            name: values[0] for name, values in form.items() if name not in ("Action", "Version")
        }
    found = operations.find(heard.service, heard.method, heard.path, heard.headers, body, heard.query)
    return None if found is None else (found.name, found.parameters)

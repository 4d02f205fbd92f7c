"""Services: who answers a request, ours first, then the emulator."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

from mlops_stages.local.server.engine import bodies, ministack
from mlops_stages.local.server.engine.ministack import Headers, Query, Response

_SIGNED_OTHERWISE = frozenset({"geo", "iotdata", "iotdevicegateway", "kinesisanalytics"})
"""Signing names that ministack maps to a service of another name."""

_STUMBLES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What goes wrong where a request is read that is not as it should be."""

_NOT_EMULATED = frozenset({"cloudwatch"})
"""An alias of ministack's that AWS signs another service with."""


_log = logging.getLogger(__name__)


class ServiceHandler(Protocol):
    """Answers a request, or returns None to leave it to the emulator behind."""

    def __call__(
        self, method: str, path: str, headers: Headers, body: bytes, query: Query, /
    ) -> Awaitable[Response | None]:
        """Answer one request."""
        ...


Answer = Callable[[str, str, str, Headers, bytes, Query, str], Awaitable[Response | None]]
"""Called with the signing name, method, path, headers, body, query and request id."""

_services: dict[str, list[ServiceHandler]] = {}


def add_service(name: str, handler: ServiceHandler) -> None:
    """Give `handler` the first turn at requests signed for service `name` (its SigV4 signing name, "sagemaker").

    A handler that returns None leaves the request to the next one, at last to ministack or moto. Requests are
    authenticated and authorized before any handler sees them.
    """
    _services.setdefault(name, []).append(handler)


def service_handlers(name: str) -> tuple[ServiceHandler, ...]:
    """Return the handlers that `add_service` gave the service, in order."""
    return tuple(_services.get(name, ()))


def is_emulated(signing_name: str) -> bool:
    """Say whether ministack itself serves requests signed with this name."""
    known: Mapping[str, object] = ministack.app.SERVICE_HANDLERS
    aliases: Mapping[str, str] = ministack.app.SERVICE_NAME_ALIASES
    patterns: Mapping[str, object] = ministack.router.SERVICE_PATTERNS
    named = any(signing_name in names for names in (known, aliases, patterns, _SIGNED_OTHERWISE))
    return named and signing_name not in _NOT_EMULATED


def emulated(method: str, path: str, headers: Headers, query: Query) -> ServiceHandler:
    """Return ministack's own handler for a request; only for signing names that `is_emulated`."""
    name: str = ministack.router.detect_service(method, path, dict(headers), dict(query))
    handler: ServiceHandler = ministack.app.SERVICE_HANDLERS[name]
    return handler


def signing_name(headers: Headers, query: Query) -> str | None:
    """Return the service that a request is signed for, None where it is not signed by Signature Version 4."""
    scope = re.search(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/", headers.get("authorization", ""))
    if scope is not None:
        return scope.group(1)
    parts = str(ministack.router._credential_from_query(query)).split("/")
    return parts[3] if len(parts) == 5 else None  # key, date, region, service, "aws4_request"


def is_of_s3(method: str, path: str, headers: Headers, body: bytes, query: Query) -> bool:
    """Say whether ministack takes a request that is signed for S3 for one of S3's.

    Its body need not be signed, nor all that comes with a presigned URL: neither must make it another service's.
    """
    given = dict(headers)
    parameters = ministack.app._routing_params(method, path, given, body, dict(query))
    return ministack.router.detect_service(method, path, given, parameters) == "s3"


Faults = Callable[[str, str, str, Headers, bytes, Query], list[str]]
"""Called with the signing name, method, path, headers, body and query; what AWS would find wrong with the request."""

_INTERNAL = b'"InternalError"'


def mend_dispatch(answer: Answer, faults: Faults) -> None:
    """Let `answer` have the first turn at every signed request; where it returns None, ministack goes on as before.

    What ministack stumbles over is the sender's fault where `faults` finds one, and else is not emulated.
    """
    original: Callable[..., Awaitable[Response]] = ministack.app._dispatch_service_request

    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any], request_id: str
    ) -> Response:
        name = signing_name(headers, query_params)
        try:
            body = ministack.app._decompress_request_body(body, headers) if name != "s3" else body
            bodies.check(name, path, headers, body)
            if name is not None:
                answered = await answer(name, method, path, headers, body, query_params, request_id)
                if answered is not None:
                    ministack.app._maybe_record_cloudtrail(
                        name, method, path, headers, body, query_params, request_id, ministack.region()
                    )
                    return answered
            answered = await original(method, path, headers, body, query_params, request_id)
        except bodies.BodyError as error:
            return bodies.told(error, name, request_id)
        except RecursionError:
            deep = bodies.BodyError(400, "ValidationException", "The request nests too deep.")
            return bodies.told(deep, name, request_id)
        except _STUMBLES:
            _log.exception("%s %s %s", name, method, headers.get("x-amz-target", path)[:200])
        else:
            if not (
                answered[0] == 500 and isinstance(cast("object", answered[2]), bytes) and _INTERNAL in answered[2][:100]
            ):
                return answered
        found = faults(name, method, path, headers, body, query_params) if name is not None else []
        if found:
            return bodies.told(bodies.BodyError(400, "ValidationException", "; ".join(found)), name, request_id)
        message = f"Not emulated: ministack failed on {headers.get('x-amz-target', f'{method} {path}')[:200]}"
        return bodies.told(bodies.BodyError(501, "NotImplementedException", message), name, request_id)

    ministack.app._dispatch_service_request = dispatch

"""Who answers a request that may pass: our own services, ministack, or moto by a call inside the process."""

from __future__ import annotations

import functools
import importlib
import io
import json
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from mlops_stages.local.server import engine
from mlops_stages.local.server.engine import Headers, Query, Response

_log = logging.getLogger(__name__)

_HOP_BY_HOP = frozenset({"connection", "content-length", "date", "host", "server", "transfer-encoding"})

_Environment = dict[str, Any]
_Application = Callable[[_Environment, Callable[..., object]], Iterable[bytes]]


async def answer(name: str, method: str, path: str, headers: Headers, body: bytes, query: Query) -> Response:
    """Answer a request signed for service `name`; the first of our own handlers that knows it, then the emulator."""
    for handler in engine.service_handlers(name):
        answered = await handler(method, path, headers, body, query)
        if answered is not None:
            return answered
    if engine.is_emulated(name):
        answered = await engine.emulated(method, path, headers, query)(method, path, headers, body, query)
        if answered is not None:
            return answered
    if is_forwarded(name):
        return forward(method, path, headers, body, query)
    return unsupported(f"the local AWS has no service {name!r}")


def unsupported(message: str) -> Response:
    """Return the answer to what neither emulator has: status 501, which no client retries."""
    body = json.dumps({"__type": "NotImplementedException", "message": f"Not emulated: {message}"})
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": "NotImplementedException"}
    return 501, headers, body.encode()


@functools.cache
def _known() -> frozenset[str]:
    backends: Any = importlib.import_module("moto.backends")
    return frozenset(backends.list_of_moto_modules())


_MOTO_NAMES = {"sso": "ssoadmin", "application-autoscaling": "applicationautoscaling", "servicequotas": "servicequotas"}


def is_forwarded(name: str) -> bool:
    """Say whether moto has the service that signs with this name."""
    return _MOTO_NAMES.get(name, name).replace("-", "") in _known()


@functools.cache
def _moto() -> _Application:
    # What some services import reads all images of machines otherwise, for two seconds; no machine is started here.
    os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).with_name("no_amis.json"))
    server: Any = importlib.import_module("moto.moto_server.werkzeug_app")
    application: _Application = server.DomainDispatcherApplication(server.create_backend_app)
    return application


def warm_up() -> None:
    """Load moto and its SageMaker ahead of the first request."""
    forward(
        "POST",
        "/",
        {
            "authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/sagemaker/aws4_request, ",
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "SageMaker.ListModels",
        },
        b"{}",
        {},
    )


def forward(method: str, path: str, headers: Headers, body: bytes, query: Query) -> Response:
    """Answer a request by moto, in the account of the request, by a WSGI call: no port, no socket."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, response_headers: list[tuple[str, str]], _: object = None) -> object:
        started.append((status, response_headers))
        return None

    environment: _Environment = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": urlencode(query, doseq=True),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.get("content-type", ""),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    kept = {key: value for key, value in headers.items() if key not in _HOP_BY_HOP}
    for key, value in {**kept, "host": "127.0.0.1", "x-moto-account-id": engine.account()}.items():
        environment[f"HTTP_{key.upper().replace('-', '_')}"] = value
    try:
        content = b"".join(_moto()(environment, start_response))
    except Exception:  # moto's own fault, whatever it is, must not take the server's stack trace to the client
        _log.exception("moto failed on %s %s %s", method, path, headers.get("x-amz-target", ""))
        return unsupported(f"moto failed on {headers.get('x-amz-target', path)}")
    status, response_headers = started[-1]
    code = int(status.partition(" ")[0])
    if code >= 500 or (code == 404 and b"<html" in content[:200].lower()):
        _log.warning("moto answered %s to %s %s %s", status, method, path, headers.get("x-amz-target", ""))
        return unsupported(f"moto does not know {headers.get('x-amz-target') or f'{method} {path}'}")
    return code, {key: value for key, value in response_headers if key.lower() not in _HOP_BY_HOP}, content

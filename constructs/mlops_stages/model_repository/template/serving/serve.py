"""Serve: answer SageMaker's hosting contract with the model that lies beside this code.

GET /ping, POST /invocations and GET /execution-parameters on port 8080; SIGTERM answers what was begun, then ends. It
lies in model.tar.gz as code/serve.py, and the image's program `serve` starts it: a container without a network can
fetch no code. One process for each processor shares the loaded model and scores one request at a time; a few wait
their turn, more are told so, and /ping is always answered.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

import argparse
import contextlib
import json
import os
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Before scikit-learn is imported: one request, one thread. More of them take the processors from other requests.
for _name, _value in {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}.items():
    os.environ.setdefault(_name, _value)

import answers
import input_schema
import json_logs
import request_rows
import scoring
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException
from request_rows import RefusedError

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
LARGEST = 6 * 1024 * 1024  # bytes of a request, and of an answer to a caller: InvokeEndpoint takes and gives no more
WAITING = 6  # requests of a process that are scored or wait for it
THREADS = WAITING + 2  # and /ping finds a thread
SECONDS_TO_READ, SECONDS_TO_WAIT, SECONDS_TO_END = 20, 30, 25  # SageMaker gives 60 for a request, 30 for the end
_PACKAGE = re.compile(r"arn:[a-z-]+:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[A-Za-z0-9/-]{1,200}")

StartResponse = Callable[[str, list[tuple[str, str]]], object]
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
           408: "Request Timeout", 413: "Content Too Large", 415: "Unsupported Media Type",
           500: "Internal Server Error", 503: "Service Unavailable"}  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A model that was loaded, its schema, and the package that it is, where the deployment says so."""

    model: Any
    schema: input_schema.Schema
    package: str | None

    def scores(self, columns: dict[str, Any]) -> list[float]:
        """The score of each row."""
        return scoring.scores(self.model, self.schema, columns)


def load(folder: Path, package: str | None) -> Served:
    """The model of a folder, tried with one row; ValueError if the parts do not fit each other."""
    if package and not _PACKAGE.fullmatch(package):
        raise ValueError("MODEL_PACKAGE_ARN is not the ARN of a model package")
    schema = input_schema.read(folder)
    served = Served(scoring.load(folder / scoring.FILE), schema, package or None)
    answers.answer(answers.CSV, ["1"], served.scores({field.name: [field.seen[0]] for field in schema.fields}), None)
    return served


class Application:
    """The WSGI application of one process."""

    def __init__(self, served: Served, *, batch: bool) -> None:
        self._served = served
        self._batch = batch  # the answers of a batch transform go to S3, which takes any size
        self._places = threading.BoundedSemaphore(WAITING)
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        wanted = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}.get(environ["PATH_INFO"])
        if wanted is None:
            return self._send(start, 404, b"")
        if environ["REQUEST_METHOD"] != wanted:
            return self._send(start, 405, b"", extra=[("Allow", wanted)])
        if environ["PATH_INFO"] == "/ping":
            return self._send(start, 200, b"")
        if environ["PATH_INFO"] == "/execution-parameters":
            parameters = {"MaxConcurrentTransforms": processors(), "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}
            return self._send(start, 200, json.dumps(parameters).encode(), answers.JSON)
        return self._invoked(environ, start)

    def _invoked(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer an invocation, and log what became of it: no value of a row, and of an error where it was raised."""
        began, log = time.monotonic(), dict[str, Any]()
        form, extra = answers.JSON, list[tuple[str, str]]()
        if self._served.package:
            extra.append(("X-Amzn-SageMaker-Custom-Attributes", f"model-package={self._served.package}"))
        try:
            form, body = self._answer(environ, log)
            status = 200
        except RefusedError as refused:
            status, log["faults"] = refused.status, refused.faults.count
            body = answers.refusal(refused.message, refused.faults, self._served.package)
        except Exception as error:
            status, log["failed"] = 500, json_logs.where(error)
            body = answers.refusal("the model failed; its log says where", request_rows.Faults(), self._served.package)
        log |= {"status": status, "milliseconds": round(1000 * (time.monotonic() - began), 1), "bytes_out": len(body)}
        json_logs.write("ERROR" if status >= 500 else "INFO", "invocation", **log)
        return self._send(start, status, body, form, extra)

    def _answer(self, environ: dict[str, Any], log: dict[str, Any]) -> tuple[str, bytes]:
        given = answers.media_type(environ.get("CONTENT_TYPE") or "")
        if given is None or environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
            raise RefusedError(415, f"the body must be {', '.join(answers.TYPES)}, in UTF-8, not compressed")
        form = answers.accepted(environ.get("HTTP_ACCEPT") or "", given)
        if form is None:
            raise RefusedError(406, f"answers are {', '.join(answers.TYPES)}")
        if not self._places.acquire(blocking=False):
            raise RefusedError(503, "too many requests wait already: try again")
        try:
            body = _body(environ)
            log["bytes_in"] = len(body)
            if not self._turn.acquire(timeout=SECONDS_TO_WAIT):
                raise RefusedError(503, f"its turn did not come within {SECONDS_TO_WAIT} seconds: try again")
            try:
                inference_id = environ.get("HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID", "")
                rows = request_rows.parse(body, given, self._served.schema, inference_id)
                log["rows"] = len(rows.ids)
                if rows.unseen:
                    log["unseen"] = rows.unseen
                answer = answers.answer(form, rows.ids, self._served.scores(rows.columns), self._served.package)
            finally:
                self._turn.release()
        finally:
            self._places.release()
        if len(answer) > LARGEST and not self._batch:
            raise RefusedError(413, f"the answer would be larger than {LARGEST} bytes: send fewer rows")
        return form, answer

    def _send(
        self,
        start: StartResponse,
        status: int,
        body: bytes,
        form: str = "text/plain",
        extra: Iterable[tuple[str, str]] = (),
    ) -> list[bytes]:
        headers = [("Content-Type", f"{form}; charset=utf-8"), ("Content-Length", str(len(body))), *extra]
        start(f"{status} {REASONS[status]}", headers)
        return [body]


def _body(environ: dict[str, Any]) -> bytes:
    """The whole body of a request; RefusedError if it is too large, too slow or cut short.

    One that says that it is too large is not read at all.
    """
    length = int(environ["CONTENT_LENGTH"]) if environ.get("CONTENT_LENGTH") else None
    too_large = RefusedError(413, f"the body is larger than {LARGEST} bytes: send fewer rows")
    if length is not None and length > LARGEST:
        raise too_large
    late = threading.Event()
    timer = threading.Timer(SECONDS_TO_READ, _stop_reading, [environ.get("gunicorn.socket"), late])
    timer.daemon = True
    timer.start()
    pieces, size = list[bytes](), 0
    try:
        while piece := environ["wsgi.input"].read(65_536):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST:
                raise too_large
    except (OSError, ParseException):
        size = -1
    finally:
        timer.cancel()
    if late.is_set():
        raise RefusedError(408, f"the body did not come within {SECONDS_TO_READ} seconds")
    if size < 0 or (length is not None and size < length):
        raise RefusedError(400, "the body is cut short")
    return b"".join(pieces)


def _stop_reading(connection: socket.socket | None, late: threading.Event) -> None:
    late.set()
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RD)  # whoever waits for more of the body reads its end


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Server(BaseApplication):
    """gunicorn with the settings that the contract asks for: its own files, variables and control socket are off."""

    def __init__(self, application: Application, host: str, port: int, workers: int) -> None:
        self._application = application
        self._settings = {
            "bind": f"{host}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": True,  # the workers share the memory of one loaded model
            "keepalive": 65,
            "backlog": 128,
            "worker_connections": 256,
            "timeout": 60,
            "graceful_timeout": SECONDS_TO_END,
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - no disk to wait for
            "control_socket_disable": True,
            "when_ready": _expect_bytes,
            "logger_class": json_logs.Logger,
        }
        super().__init__()

    def load_config(self) -> None:
        """Set the settings."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        """The application that the workers run."""
        return self._application


def _expect_bytes(arbiter: Any) -> None:
    """Let connections, which inherit it, end where no byte of a request comes for some seconds."""
    for listener in arbiter.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SECONDS_TO_READ, 0))


def main() -> int:
    """Load the model, then answer until SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")))
    parser.add_argument("--workers", type=int, default=processors(), help="processes that score")
    given = parser.parse_args()
    began = time.monotonic()
    try:
        served = load(BASE / "model", os.environ.get("MODEL_PACKAGE_ARN"))
    except Exception as error:  # of whatever lies there
        fix = "serve a model.tar.gz that the Train step of this code has made"
        json_logs.write("ERROR", "MDL-108 the model cannot be served", failed=json_logs.where(error), fix=fix)
        return 1
    seconds = round(time.monotonic() - began, 1)
    json_logs.write("INFO", "loaded", package=served.package, seconds=seconds, workers=given.workers)
    batch = os.environ.get("SAGEMAKER_BATCH", "").lower() == "true"
    Server(Application(served, batch=batch), given.host, given.port, given.workers).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Logs as lines of JSON on standard output, which SageMaker keeps: what happened, never what a row holds."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gunicorn import glogging


def write(level: str, message: str, **more: Any) -> None:
    """Write one line."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    sys.stdout.write(json.dumps({"time": now, "level": level, "message": message, **more}) + "\n")
    sys.stdout.flush()


def where(error: BaseException) -> str:
    """What an error is and where it was raised. Its text is left out: it may quote the value of a row."""
    frames = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return " < ".join([type(error).__name__, *frames[:-6:-1]])


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        # Of what gunicorn says about a malformed request, what follows the colon quotes it.
        message = record.getMessage().partition(":")[0] if record.levelno >= logging.WARNING else record.getMessage()
        more = {"failed": where(record.exc_info[1])} if record.exc_info and record.exc_info[1] else {}
        write(record.levelname, message, **more)


class Logger(glogging.Logger):
    """gunicorn's own messages as such lines; its access log is not used, since `serve` logs each invocation."""

    def setup(self, cfg: Any) -> None:
        """See gunicorn."""
        self.loglevel = logging.INFO
        self.error_log.setLevel(self.loglevel)
        self.error_log.handlers = [_Lines()]
        self.error_log.propagate = False
        self.access_log.propagate = False

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """See gunicorn."""

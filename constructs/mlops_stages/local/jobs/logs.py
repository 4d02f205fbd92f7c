"""What a step prints, as its CloudWatch log stream: written under the job's role, which may be refused that."""

from __future__ import annotations

import logging
import time
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.jobs.workplace import Client, Role

_BATCH_BYTES = 900_000
_BATCH_EVENTS = 5_000
_EVENT_BYTES = 200_000
_EVERY_S = 1.0
_MOST_BYTES = 50_000_000
"""What one step may print into its log; the rest is dropped, and said to be."""

_OVERHEAD = 26
_log = logging.getLogger(__name__)


class LogStream:
    """One stream of a group; lines are put in batches, at the latest a second after they came."""

    def __init__(self, role: Role, group: str, stream: str) -> None:
        self._logs: Client = role.client("logs")
        self._group = group
        self._stream = stream
        self._waiting: list[dict[str, Any]] = []
        self._bytes = 0
        self._total = 0
        self._last = time.monotonic()
        self._open = self._opened()

    def line(self, text: str) -> None:
        """Add a line."""
        content = text[:_EVENT_BYTES]
        size = len(content.encode("utf-8", "replace")) + _OVERHEAD
        if not content or not self._open or self._total > _MOST_BYTES:
            return
        self._total += size
        if self._total > _MOST_BYTES:
            content = "The local AWS keeps no more of what this step prints."
        if self._bytes + size > _BATCH_BYTES or len(self._waiting) >= _BATCH_EVENTS:
            self.flush()
        self._waiting.append({"timestamp": int(time.time() * 1000), "message": content})
        self._bytes += size
        if time.monotonic() - self._last > _EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Put what waits."""
        self._last = time.monotonic()
        events, self._waiting, self._bytes = self._waiting, [], 0
        if events and self._open:
            try:
                self._logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
            except (refusals.ClientError, refusals.BotoCoreError) as error:
                self._refused(error)

    def _opened(self) -> bool:
        for operation, parameters in (
            (self._logs.create_log_group, {"logGroupName": self._group}),
            (self._logs.create_log_stream, {"logGroupName": self._group, "logStreamName": self._stream}),
        ):
            try:
                operation(**parameters)
            except (refusals.ClientError, refusals.BotoCoreError) as error:
                refused_group = operation == self._logs.create_log_group
                if refusals.code(error) != "ResourceAlreadyExistsException" and not refused_group:
                    self._refused(error)
                    return False
        return True

    def _refused(self, error: Exception) -> None:
        """Say it in the server's own log: as on AWS a job whose role may not write logs runs without."""
        self._open = False
        _log.warning("no log of %s in %s: %s", self._stream, self._group, error)

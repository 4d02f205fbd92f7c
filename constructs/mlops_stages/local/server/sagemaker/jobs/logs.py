"""What a step prints, as its CloudWatch log stream: written under the job's role, which may be refused that."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.server.sagemaker.jobs.workplace import Client, Role

_BATCH_BYTES = 900_000
_BATCH_EVENTS = 5_000
_EVENT_BYTES = 200_000
_EVERY_S = 1.0
MOST_EVENTS = 50_000
MOST_BYTES = 16_000_000
"""What is kept of the beginning of what one step prints: an event takes a kilobyte of the server's memory."""

LAST_EVENTS = 1_000
LAST_BYTES = 1_000_000
"""And of its end, which tells why it failed; what lies between is dropped, and said to be."""

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
        self._kept = self._kept_bytes = 0
        self._end: deque[tuple[dict[str, Any], int]] = deque()
        self._end_bytes = 0
        self._dropped = 0
        self._last = time.monotonic()
        self._open = self._opened()

    @property
    def waits(self) -> bool:
        """Whether lines wait to be put."""
        return bool(self._waiting)

    def line(self, text: str) -> None:
        """Add a line of what the step prints."""
        content = text[:_EVENT_BYTES]
        if not content or not self._open:
            return
        size = len(content.encode("utf-8", "replace")) + _OVERHEAD
        event = {"timestamp": int(time.time() * 1000), "message": content}
        if self._end or self._kept >= MOST_EVENTS or self._kept_bytes + size > MOST_BYTES:
            self._hold(event, size)
            return
        self._kept += 1
        self._kept_bytes += size
        self._put(event, size)

    def note(self, text: str, timestamp: int | None = None) -> None:
        """Add a line of the local AWS itself: now, or at a time in milliseconds."""
        event = {"timestamp": timestamp or int(time.time() * 1000), "message": f"[local AWS] {text}"}
        self._put(event, len(text) + _OVERHEAD)

    def close(self) -> None:
        """Put what waits, and the end of what was too much to keep."""
        if self._dropped and self._end:
            said = f"{self._dropped} lines are left out here: the first {MOST_EVENTS} or {MOST_BYTES} bytes are kept"
            self.note(said, self._end[0][0]["timestamp"])  # events are told in the order of their times
        for event, size in self._end:
            self._put(event, size)
        self._end.clear()
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

    def _put(self, event: dict[str, Any], size: int) -> None:
        if self._bytes + size > _BATCH_BYTES or len(self._waiting) >= _BATCH_EVENTS:
            self.flush()
        self._waiting.append(event)
        self._bytes += size
        if time.monotonic() - self._last > _EVERY_S:
            self.flush()

    def _hold(self, event: dict[str, Any], size: int) -> None:
        self._end.append((event, size))
        self._end_bytes += size
        while len(self._end) > LAST_EVENTS or self._end_bytes > LAST_BYTES:
            self._end_bytes -= self._end.popleft()[1]
            self._dropped += 1

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

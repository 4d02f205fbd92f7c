"""How many log events the local AWS keeps: the newest, where AWS keeps all of them for as long as the group says.

An event is a kilobyte in memory whatever it says, and a step may print millions of lines.
"""

from __future__ import annotations

import importlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mlops_stages.local.server.engine import ministack

MOST_EVENTS = 200_000
MOST_BYTES = 128 << 20
"""Events of all streams together, and bytes of their messages."""
_LONGEST = 1 << 20
"""Characters of a message; CloudWatch Logs takes 1 MB (cloudwatch_limits_cwl.html)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Batch:
    """The events of one call, in the order of calls."""

    account: str
    region: str
    stream: dict[str, Any]
    ids: tuple[str, ...]
    size: int


class Kept:
    """What all streams hold, oldest call first."""

    def __init__(self, most_events: int = MOST_EVENTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._batches: deque[_Batch] = deque()
        self._events = 0
        self._bytes = 0
        self.dropped = 0

    def add(self, stream: dict[str, Any], events: list[dict[str, Any]], forget: Callable[[str], object]) -> None:
        """Count the events of one call; where there are too many, drop the oldest tenth of all."""
        size = sum(len(str(event["message"])) for event in events)
        ids = tuple(str(event["eventId"]) for event in events)
        self._batches.append(_Batch(ministack.account(), ministack.region(), stream, ids, size))
        self._events += len(ids)
        self._bytes += size
        if self._events > self._most_events or self._bytes > self._most_bytes:
            self._drop(forget)

    def _drop(self, forget: Callable[[str], object]) -> None:
        events, size = 0.9 * self._most_events, 0.9 * self._most_bytes
        gone: dict[int, tuple[dict[str, Any], set[str]]] = {}
        while self._batches and (self._events > events or self._bytes > size):
            batch = self._batches.popleft()
            self._events -= len(batch.ids)
            self._bytes -= batch.size
            gone.setdefault(id(batch.stream), (batch.stream, set()))[1].update(batch.ids)
            with ministack.within(batch.account, batch.region):
                for each in batch.ids:
                    forget(each)
        for stream, ids in gone.values():
            stream["events"] = [event for event in stream["events"] if event["eventId"] not in ids]
            self.dropped += len(ids)
        _log.warning("%d log events have been dropped so far, the oldest of all: it keeps 200,000", self.dropped)


def mend_log_store() -> None:
    """Bound what ministack keeps of logs, once."""
    store: Any = importlib.import_module("ministack.services.cloudwatch_logs")
    if getattr(store, "bounded_by_mlops_stages", False):
        return
    store.bounded_by_mlops_stages = True
    kept = Kept()
    append: Callable[[dict[str, Any], list[dict[str, Any]]], None] = store._append_log_events

    def append_and_bound(stream: dict[str, Any], stored: list[dict[str, Any]]) -> None:  # as the wrapped one
        for event in stored:
            event["message"] = str(event["message"])[:_LONGEST]
        append(stream, stored)
        kept.add(stream, stored, lambda each: store._log_records.pop(each, None))

    store._append_log_events = append_and_bound

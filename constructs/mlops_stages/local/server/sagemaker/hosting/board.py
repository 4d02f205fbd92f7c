"""The endpoints of this process: found by their names, and moved on by the clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from mlops_stages.local.server.api.records import Record, Records, Scope
from mlops_stages.local.server.clock import CLOCK, Watcher
from mlops_stages.local.server.sagemaker.hosting.live_endpoint import LiveEndpoint


class Board:
    """Every endpoint that lives."""

    def __init__(self) -> None:
        self._endpoints: dict[tuple[Scope, str], LiveEndpoint] = {}
        self._lock = threading.Lock()
        self._ended = False

    def watch(self) -> None:
        """Go by the clock from now on: register it after the alarms, so that they are judged first."""
        CLOCK.watch(Watcher(due=self._due, run=self._run))

    def open(self, records: Records, scope: Scope, record: Record, configuration: Record) -> LiveEndpoint:
        """Bring up the endpoint of a new record."""
        live = LiveEndpoint(records, scope, record, configuration)
        with self._lock:
            self._endpoints[scope, record["EndpointName"]] = live
        live.create()
        CLOCK.look_again()
        return live

    def find(self, scope: Scope, name: str) -> LiveEndpoint | None:
        """Return the endpoint of that name."""
        with self._lock:
            return self._endpoints.get((scope, name))

    def close(self, scope: Scope, name: str) -> None:
        """End an endpoint."""
        with self._lock:
            live = self._endpoints.pop((scope, name), None)
        if live is not None:
            live.close()

    def wait(self, scope: Scope, name: str) -> LiveEndpoint | None:
        """Wait until nothing is under way with an endpoint; None where it is gone, or the server ends."""
        live = self.find(scope, name)
        if live is None:
            return None
        live.settled.wait()
        return None if self._ended else live

    def end(self) -> None:
        """Let nobody wait any longer: the server ends."""
        self._ended = True
        for live in self._all():
            live.settled.set()

    def _all(self) -> Iterator[LiveEndpoint]:
        with self._lock:
            endpoints = list(self._endpoints.values())
        return iter(endpoints)

    def _due(self) -> float | None:
        return min((due for live in self._all() if (due := live.due()) is not None), default=None)

    def _run(self, moment: float) -> None:
        for live in self._all():
            due = live.due()
            if due is not None and due <= moment:
                live.run(moment)


BOARD = Board()
"""The one of this server."""

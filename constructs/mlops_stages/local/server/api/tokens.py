"""Requests that are made again: the same client token gets the same answer, and nothing is done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mlops_stages.local.server.api.records import Record, Scope

_REMEMBERED = 1000


class Tokens:
    """The answers to the last requests of some operations, by account, region, token and what they are on."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], Record] = {}
        self._lock = threading.RLock()

    def once(self, scope: Scope, token: object, on: str, work: Callable[[], Record]) -> Record:
        """Do the work of a request, or answer as it was answered before; one without a token is always done."""
        if not token:
            return work()
        key = (scope.account, scope.region, str(token), on)
        with self._lock:
            if key not in self._answers:
                self._answers[key] = work()
                if len(self._answers) > _REMEMBERED:
                    del self._answers[next(iter(self._answers))]
            return dict(self._answers[key])

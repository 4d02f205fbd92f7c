"""Whose turn it is: exactly a share of every window of requests, the same way each time."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping


class Share:
    """Says of each request whether it is among a share of them: of n requests, floor(n * share) are."""

    def __init__(self, share: float) -> None:
        self.share = share
        self._seen = 0
        self._lock = threading.Lock()

    def takes_next(self) -> bool:
        """Count one request."""
        with self._lock:
            before = math.floor(self._seen * self.share + 1e-9)
            self._seen += 1
            return math.floor(self._seen * self.share + 1e-9) > before


class Weights:
    """Names in turn, by weight: always the one that is the farthest behind its share."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)
        self._behind = dict.fromkeys(weights, 0.0)
        self._lock = threading.Lock()

    def next(self) -> str:
        """Return the next name; the first where nothing weighs anything."""
        with self._lock:
            total = sum(self._weights.values())
            if total <= 0:
                return next(iter(self._weights))
            for name, weight in self._weights.items():
                self._behind[name] += weight / total
            chosen = max(self._behind, key=lambda name: self._behind[name])
            self._behind[chosen] -= 1
            return chosen

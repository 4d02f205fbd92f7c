"""Waiting until a job or a pipeline's execution has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

_ENDED = frozenset({"Completed", "Failed", "Stopped", "Succeeded"})
_PAUSE_S = 0.2


def settled(describe: Callable[[], Mapping[str, Any]], status: str) -> Mapping[str, Any]:
    """Ask until the status is one that stays; return the last answer. Each job has its own time limit."""
    while True:
        answer = describe()
        if answer[status] in _ENDED:
            return answer
        time.sleep(_PAUSE_S)

"""Plans: what is due next of each schedule, on the clock; nothing is swept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlops_stages.local.server.engine import Key
from mlops_stages.local.server.timers import Timer, Timers


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One schedule: when it is due after a moment, and what is done then."""

    version: object
    """Equal as long as the schedule is not changed."""

    after: Callable[[float], float | None]
    """From the moment at which it was due last (-inf: never) to the next, or None."""

    fire: Callable[[float], None]
    """Called with the moment at which it was due."""

    ended: Callable[[], None]
    """Called once it is never due again."""


class Plans:
    """The plans of one kind of schedule."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._lock = threading.Lock()
        self._kept: dict[Key, tuple[Plan, Timer | None]] = {}

    def keep(self, wanted: Mapping[Key, Plan]) -> None:
        """Keep these plans and no others; those that have not changed go on as they are."""
        with self._lock:
            for key, (plan, timer) in list(self._kept.items()):
                if key not in wanted or wanted[key].version != plan.version:
                    del self._kept[key]
                    if timer is not None:
                        timer.cancel()
            for key, plan in wanted.items():
                if key not in self._kept:
                    self._kept[key] = (plan, None)
                    self._next(key, plan, float("-inf"))

    def _next(self, key: Key, plan: Plan, moment: float) -> None:
        """Plan what comes after a moment, and what comes when nothing does; the lock is held."""
        due = plan.after(moment)
        if due is None:
            self._kept[key] = (plan, None)
            self._timers.work(plan.ended)
        else:
            self._kept[key] = (plan, self._timers.work_at(due, lambda: self._due(key, plan, due)))

    def _due(self, key: Key, plan: Plan, moment: float) -> None:
        with self._lock:
            if self._kept.get(key, (None, None))[0] is not plan:
                return
        plan.fire(moment)
        with self._lock:
            if self._kept.get(key, (None, None))[0] is plan:
                self._next(key, plan, moment)

"""The time that the local AWS goes by: the machine's, until a drill or a test moves it ahead.

What happens by the clock (alarms are evaluated at the end of a minute) watches it: in real time a thread runs what is
due, and whoever moves the clock ahead runs all that would have been due meanwhile, each at its own moment and in order.
Signatures, sessions and certificates go by the machine's own time, always.
"""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

FARTHEST = 7 * 24 * 3600
"""Seconds that the clock is moved by one call."""

_LONGEST_SLEEP = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Something that happens by the clock.

    `due()` is the next moment at which there is something to do, None where there is nothing; `run(moment)` does it,
    and leaves a later `due()` behind. Where `due()` comes to be earlier, `Clock.look_again()` must be called.
    """

    due: Callable[[], float | None]
    run: Callable[[float], None]


class Clock:
    """Seconds since 1970: the machine's, and what it has been moved ahead by; nothing here moves it back."""

    def __init__(self, machine: Callable[[], float] = time.time) -> None:
        self._machine = machine
        self._ahead = 0.0
        self._watchers: list[Watcher] = []
        self._running = threading.RLock()  # held while something that was due is done
        self._changed = threading.Event()

    def now(self) -> float:
        """The time, in seconds since 1970."""
        return self._machine() + self._ahead

    @property
    def ahead(self) -> float:
        """Seconds by which it is ahead of the machine's."""
        return self._ahead

    def watch(self, watcher: Watcher) -> None:
        """Have something done by this clock from now on."""
        with self._running:
            self._watchers.append(watcher)
        self.look_again()

    def look_again(self) -> None:
        """Note that something may be due earlier than it was."""
        self._changed.set()

    def advance(self, seconds: float) -> float:
        """Move it ahead, and do on the way all that is due; the time then. ValueError for what is not a step ahead.

        Several at once come one after the other.
        """
        if not 0 < seconds <= FARTHEST:
            raise ValueError(f"the clock goes ahead by more than 0 and at most {FARTHEST} seconds a call")
        with self._running:
            target = self.now() + seconds
            self._run_until(target)
            self._go_to(target)
        self.look_again()
        return self.now()

    def catch_up(self) -> None:
        """Do all that is due by now."""
        with self._running:
            self._run_until(self.now())

    def start(self) -> None:
        """Do from now on what is due when it is due, in a thread that ends with the process."""
        threading.Thread(target=self._live, name="clock", daemon=True).start()

    def _live(self) -> None:
        while True:
            self._changed.clear()
            self.catch_up()
            dues = [due for watcher in list(self._watchers) if (due := watcher.due()) is not None]
            wait = min(dues, default=self.now() + _LONGEST_SLEEP) - self.now()
            self._changed.wait(min(max(wait, 0.0), _LONGEST_SLEEP))

    def _run_until(self, end: float) -> None:
        while True:
            dues = [
                (due, number) for number, watcher in enumerate(self._watchers) if (due := watcher.due()) is not None
            ]
            moment, number = min(dues, default=(end + 1, 0))
            if moment > end:
                return
            self._go_to(moment)
            try:
                self._watchers[number].run(moment)
            except Exception:  # what is due later must not wait for it forever
                _log.exception("what was due at %s failed", text(moment))

    def _go_to(self, moment: float) -> None:
        self._ahead = max(self._ahead, moment - self._machine())


def text(moment: float) -> str:
    """A moment as ISO 8601 in UTC, with seconds."""
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(moment: float) -> str:
    """A moment as ISO 8601 in UTC, with milliseconds."""
    when = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


CLOCK = Clock()
"""The clock of this server."""

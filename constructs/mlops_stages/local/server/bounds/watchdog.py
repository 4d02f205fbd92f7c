"""Ends what keeps the event loop busy for too long, so that one request cannot stop the server for all others.

What is known to take long is bounded where it is. This is for the rest: thousands of lines of two emulators, with
expressions of their own. A timer of the process counts its CPU seconds, and its signal reaches Python even inside of an
expression; the request that is being served then fails, and the next one is served.
"""

from __future__ import annotations

import asyncio
import signal
import time
from types import FrameType

MOST_S = 10.0
"""CPU seconds that one step of one request may take; what the local AWS does itself takes less than one."""
_TICK_S = 0.5


class TooLongError(Exception):
    """A request took more of the processor than the local AWS gives one."""


class Watchdog:
    """Watches the event loop that it was started on; in the main thread of the process only."""

    def __init__(self, most_s: float = MOST_S) -> None:
        self._most_s = most_s
        self._since = 0.0
        self._beat_to_come: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin; to be called on the loop."""
        self._beat()
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _TICK_S, _TICK_S)

    def stop(self) -> None:
        """End."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        if self._beat_to_come is not None:
            self._beat_to_come.cancel()

    def _beat(self) -> None:
        self._since = time.thread_time()
        self._beat_to_come = asyncio.get_running_loop().call_later(_TICK_S, self._beat)

    def _look(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        now = time.thread_time()
        if now - self._since > self._most_s:
            self._since = now  # what comes next has as long
            raise TooLongError(f"This took more than {self._most_s:g} seconds of the processor.")

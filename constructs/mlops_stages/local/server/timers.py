"""What waits for a moment of the clock: waits of state machines, retries of deliveries, schedules.

Whoever moves the clock ahead is answered once all that came due on the way has been done, as far as it needs nobody
else: work that is begun at a moment is waited for before the clock goes on, and so what it waits for itself comes in
order too. In real time nobody waits for it.
"""

from __future__ import annotations

import contextvars
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

from mlops_stages.local.server.clock import CLOCK, Clock, Watcher

_PATIENCE = 60.0
"""Seconds of the machine's own time that whoever moves the clock waits for work that does not end."""

_BETWEEN_LOOKS = 0.002
"""Seconds between two looks at work that others do."""

_log = logging.getLogger(__name__)


class Timer:
    """Something to be done at a moment, once, unless it is cancelled before."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        """Leave it undone."""
        self.cancelled = True


class Waiter:
    """What one piece of work waits by, once."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.by_clock = False


class _Group:
    """The branches of one work."""

    def __init__(self, number: int) -> None:
        self.expected = number
        """Those that count and have not begun."""

        self.active = 0
        self.held = 0
        """1 where nobody walks, and the work that waits is counted instead."""

    def begin(self) -> int:
        """Begin a branch; return what the count grows by."""
        self.active += 1
        if self.expected:
            self.expected -= 1
            return 0
        held, self.held = self.held, 0
        return 1 - held

    def end(self) -> int:
        """End a branch; return what the count shrinks by."""
        self.active -= 1
        if self.active or self.expected:
            return 1
        self.held = 1
        return 0


_branches: ContextVar[_Group | None] = ContextVar("mlops_stages_branches", default=None)


class Timers:
    """Work by a clock: at a moment, or at once; each piece in a thread of its own."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._working = 0
        self._drives = threading.Lock()
        self._driven = False
        self._others: list[Callable[[], bool]] = []
        clock.watch(Watcher(due=self._due, run=self._run))

    def at(self, moment: float, action: Callable[[], None]) -> Timer:
        """Have `action` called at a moment of the clock; it must return soon. What is past is done at once."""
        timer = Timer(action)
        with self._lock:
            heapq.heappush(self._heap, (moment, next(self._numbers), timer))
        self.clock.look_again()
        return timer

    def work_at(self, moment: float, work: Callable[[], None]) -> Timer:
        """Have `work` done in a thread from a moment on, for the account and region being served now."""
        context = contextvars.copy_context()
        return self.at(moment, lambda: self._start(context, work))

    def work(self, work: Callable[[], None]) -> None:
        """Have `work` done in a thread, for the account and region being served now."""
        self._start(contextvars.copy_context(), work)

    def wait(self, waiter: Waiter, until: float | None) -> bool:
        """Wait until somebody wakes the waiter, or a moment (None: for ever); say whether somebody did.

        Only for work of these timers: while it waits, the clock may go on.
        """
        timer = None if until is None else self.at(until, lambda: self._wake(waiter, by_clock=True))
        self._ended()
        waiter.event.wait()
        if timer is not None:
            timer.cancel()
        return not waiter.by_clock

    def wake(self, waiter: Waiter) -> None:
        """Wake work that waits, or will; the first who does says why."""
        self._wake(waiter, by_clock=False)

    def _wake(self, waiter: Waiter, *, by_clock: bool) -> None:
        with self._lock:
            if not waiter.event.is_set():
                waiter.by_clock = by_clock
                self._working += 1
                waiter.event.set()

    @contextmanager
    def branching(self, number: int) -> Generator[None]:
        """Let work wait for branches that other threads walk, `number` of them at once to begin with.

        They count from now on in its place, and the last that ends hands the count back: at no moment in between does
        it look as if nothing were being done.
        """
        group = _Group(number)
        with self._lock:
            self._working += number - 1
        token = _branches.set(group)
        try:
            yield
        finally:
            _branches.reset(token)
            with self._idle:
                self._working += 1 - group.expected - group.held
                self._idle.notify_all()

    @contextmanager
    def branch(self) -> Generator[None]:
        """Count a thread that somebody else has started as work, so that it may wait."""
        group, token = _branches.get(), _branches.set(None)
        with self._lock:
            self._working += 1 if group is None else group.begin()
        try:
            yield
        finally:
            _branches.reset(token)
            with self._idle:
                self._working -= 1 if group is None else group.end()
                self._idle.notify_all()

    def drive(self, seconds: float) -> None:
        """Move the clock ahead; done is by then all that came due. ValueError for what is not a step ahead."""
        with self._drives:
            self._driven = True
            try:
                self.settle()
                self.clock.advance(seconds)
            finally:
                self._driven = False

    def wait_for(self, is_busy: Callable[[], bool]) -> None:
        """Have the clock wait for work of others, too, that begins by what these timers do."""
        self._others.append(is_busy)

    def settle(self) -> None:
        """Wait until no work is being done, but what waits for the clock or for somebody else."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with self._idle:
                self._idle.wait_for(lambda: self._working == 0, timeout=deadline - time.monotonic())
            # In this order: the work of others may have begun some here.
            if not any(is_busy() for is_busy in self._others) and self._working == 0:
                return
            time.sleep(_BETWEEN_LOOKS)
        _log.warning("%s pieces of work do not end: the clock goes on", self._working)

    def _start(self, context: contextvars.Context, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                context.run(work)
            except Exception:  # nobody is there to hear of it
                _log.exception("what was begun by a timer failed")
            finally:
                self._ended()

        with self._lock:
            self._working += 1
        threading.Thread(target=run, name="timed-work", daemon=True).start()

    def _ended(self) -> None:
        with self._idle:
            self._working -= 1
            self._idle.notify_all()

    def _due(self) -> float | None:
        with self._lock:
            while self._heap and self._heap[0][2].cancelled:
                heapq.heappop(self._heap)
            return self._heap[0][0] if self._heap else None

    def _run(self, moment: float) -> None:
        with self._lock:
            due: list[Timer] = []
            while self._heap and self._heap[0][0] <= moment:
                due.append(heapq.heappop(self._heap)[2])
        for timer in due:
            if not timer.cancelled:
                timer.action()
        if self._driven:
            self.settle()


TIMERS = Timers(CLOCK)
"""The timers of this server."""

"""Timers: in order, once, and done by the time that the clock has been moved."""

from __future__ import annotations

import contextvars
import threading

import pytest

from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.timers import Timers, Waiter

START = 1_800_000_000.0
DAY = 24 * 3600.0


@pytest.fixture
def timers() -> Timers:
    """Timers of a clock that stands still until it is moved."""
    return Timers(Clock(machine=lambda: START))


def test_what_is_due_is_done_in_order_and_once(timers: Timers) -> None:
    done: list[tuple[str, float]] = []
    for name, after in (("second", 20), ("first", 10), ("later", 100)):
        timers.work_at(START + after, lambda name=name: done.append((name, timers.clock.now() - START)))
    timers.at(START + 15, lambda: done.append(("cancelled", 0))).cancel()
    timers.drive(50)
    timers.drive(10)
    assert done == [("first", 10), ("second", 20)]


def test_seven_days_of_waits_are_one_move_of_the_clock(timers: Timers) -> None:
    seen: list[float] = []

    def work() -> None:
        for _ in range(7):
            assert timers.wait(Waiter(), timers.clock.now() + DAY) is False
            seen.append((timers.clock.now() - START) / DAY)

    timers.work(work)
    timers.drive(7 * DAY)
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_work_that_is_woken_does_not_wait_for_its_moment(timers: Timers) -> None:
    waiter, said = Waiter(), list[bool]()
    timers.work(lambda: said.append(timers.wait(waiter, START + DAY)))
    timers.settle()
    timers.wake(waiter)
    timers.settle()
    timers.drive(2 * DAY)
    assert said == [True]


def test_work_that_is_woken_before_it_waits_goes_on_at_once(timers: Timers) -> None:
    waiter, said = Waiter(), list[bool]()
    timers.wake(waiter)
    timers.wake(waiter)
    timers.work(lambda: said.append(timers.wait(waiter, None)))
    timers.settle()
    assert said == [True]


def test_the_clock_waits_for_work_of_a_moment_before_it_goes_on(timers: Timers) -> None:
    slow, moments = threading.Event(), list[float]()

    def work() -> None:
        slow.wait(5)
        moments.append(timers.clock.now() - START)

    timers.work_at(START + 10, work)
    timers.work_at(START + 20, lambda: moments.append(timers.clock.now() - START))
    threading.Timer(0.05, slow.set).start()
    timers.drive(30)
    assert moments == [10, 20]


def test_work_that_fails_holds_nothing_up(timers: Timers) -> None:
    def fail() -> None:
        raise RuntimeError

    done = list[str]()
    timers.work_at(START + 10, fail)
    timers.work_at(START + 20, lambda: done.append("done"))
    timers.drive(30)
    assert done == ["done"]


@pytest.mark.parametrize("seconds", [0.0, -1.0, 8 * DAY])
def test_only_a_step_ahead_moves_the_clock(timers: Timers, seconds: float) -> None:
    with pytest.raises(ValueError, match="the clock goes ahead"):
        timers.drive(seconds)
    timers.drive(1)
    assert timers.clock.now() == START + 1


def test_branches_count_from_before_they_begin_until_their_work_goes_on(timers: Timers) -> None:
    begin, ended = threading.Event(), list[float]()

    def branch(seconds: float) -> None:
        begin.wait(5)
        with timers.branch():
            timers.wait(Waiter(), START + seconds)

    def work() -> None:
        with timers.branching(3):
            contexts = [contextvars.copy_context() for _ in range(3)]
            threads = [
                threading.Thread(target=context.run, args=(branch, 10 * (number + 1)))
                for number, context in enumerate(contexts)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        ended.append(timers.clock.now() - START)
        timers.wait(Waiter(), START + 40)
        ended.append(timers.clock.now() - START)

    timers.work(work)
    threading.Timer(0.05, begin.set).start()
    timers.drive(29)
    assert ended == []
    timers.drive(31)
    assert ended == [30, 40]


def test_the_clock_waits_for_work_that_others_begin_by_what_is_done(timers: Timers) -> None:
    left, done = [0], list[float]()

    def is_busy() -> bool:
        if not left[0]:
            return False
        left[0] -= 1
        if not left[0]:  # the last of it begins work of these timers
            timers.work(lambda: done.append(timers.clock.now() - START))
        return True

    def hand_over() -> None:
        left[0] = 3

    timers.wait_for(is_busy)
    timers.work_at(START + 10, hand_over)
    timers.drive(3600)
    assert done == [10]

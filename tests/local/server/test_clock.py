"""The clock of the local AWS: what is due is done in order, each at its moment, whoever moves it."""

from __future__ import annotations

import threading

import pytest

from mlops_stages.local.server.clock import FARTHEST, Clock, Watcher

START = 1_800_000_000.0


class Every:
    """Something that is due every so many seconds, and writes down when it was done."""

    def __init__(self, clock: Clock, seconds: float, done: list[tuple[str, float]], name: str = "tick") -> None:
        self._clock, self._seconds, self._done, self._name = clock, seconds, done, name
        self._last = clock.now()
        clock.watch(Watcher(due=lambda: self._last + seconds, run=self._run))

    def _run(self, moment: float) -> None:
        assert self._clock.now() == moment
        self._last = moment
        self._done.append((self._name, moment - START))


@pytest.fixture
def clock() -> Clock:
    """A clock over a machine whose time stands still."""
    return Clock(machine=lambda: START)


def test_it_goes_by_the_machine_until_it_is_moved(clock: Clock) -> None:
    assert (clock.now(), clock.ahead) == (START, 0)
    assert clock.advance(90) == START + 90
    assert (clock.now(), clock.ahead) == (START + 90, 90)


def test_what_is_due_on_the_way_is_done_in_order_at_its_moment(clock: Clock) -> None:
    done: list[tuple[str, float]] = []
    Every(clock, 60, done, "minute")
    Every(clock, 25, done, "often")
    clock.advance(120)
    expected = [("often", 25), ("often", 50), ("minute", 60), ("often", 75), ("often", 100), ("minute", 120)]
    assert done == expected


def test_nothing_is_done_twice(clock: Clock) -> None:
    done: list[tuple[str, float]] = []
    Every(clock, 60, done)
    clock.advance(60)
    clock.catch_up()
    clock.advance(59)
    assert done == [("tick", 60)]


def test_two_who_move_it_at_once_come_one_after_the_other(clock: Clock) -> None:
    done: list[tuple[str, float]] = []
    Every(clock, 1, done)
    threads = [threading.Thread(target=clock.advance, args=(100,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now() == START + 400
    assert [moment for _, moment in done] == list(range(1, 401))


def test_a_failure_keeps_nothing_else_from_being_done(clock: Clock) -> None:
    dues = [START + 10]
    done: list[tuple[str, float]] = []

    def fail(_: float) -> None:
        dues[0] += 10
        raise ZeroDivisionError

    clock.watch(Watcher(due=lambda: dues[0], run=fail))
    Every(clock, 60, done)
    clock.advance(60)
    assert done == [("tick", 60)]


@pytest.mark.parametrize("seconds", [0, -1, FARTHEST + 1, float("nan"), float("inf")])
def test_it_goes_ahead_only_and_not_too_far_at_once(clock: Clock, seconds: float) -> None:
    with pytest.raises(ValueError, match="ahead"):
        clock.advance(seconds)
    assert clock.now() == START


def test_it_does_what_is_due_by_itself_as_time_passes() -> None:
    done = threading.Event()
    clock = Clock()
    moment = [clock.now() + 0.05]

    def run(_: float) -> None:
        moment[0] += 3600
        done.set()

    clock.start()
    clock.watch(Watcher(due=lambda: moment[0], run=run))
    assert done.wait(10)

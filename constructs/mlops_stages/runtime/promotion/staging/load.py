"""The load that is promised: requests at its rate, whatever the answers take, and what 99 of 100 of them took."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...capture.records import JSON_LINES
from ..clock import Clock
from ..settings import Promise
from . import golden
from .endpoint import Ask, lines
from .findings import Findings
from .material import Material

SECONDS = 15
FEWEST, LONGEST_SECONDS = 200, 300
"""Requests of a run, below which 99 of 100 says little; and how long all may take: a lower promise is exceeded."""
USUAL = 10.0
"""Requests a second where no rate is promised."""
MOST_PER_SECOND = 100.0
"""What one function can send; of a larger promise, this much is tried, and the result says so."""
WORKERS = 48
RUNS = 3
LATE_MS = 50
"""How late this function wakes where its own machine is busy: what it then measures is not the endpoint alone.

It then also sends at once what it should have sent bit by bit, and an endpoint may turn some of that away.
"""
_TURNED_AWAY = 503


class _Answered(NamedTuple):
    seconds: float
    right: bool
    turned_away: bool


@dataclass(frozen=True)
class _Run:
    """What one run measured, times in milliseconds.

    Attributes:
        p50: half of the answers took no longer.
        p99: 99 of 100 took no longer.
        late: by how much 99 of 100 requests missed their moment at most.
        failed: answers that are wrong, or none.
        turned_away: those of them that say that too much is asked.
        seconds: what all took.
    """

    p50: float
    p99: float
    late: float
    failed: int
    turned_away: int
    seconds: float


def check(
    ask: Ask, material: Material, promise: Promise, package_arn: str, at: Clock
) -> tuple[Findings, dict[str, Any]]:
    """Send the load; return what is wrong, and what was measured. PRM-053, PRM-054.

    A run that was too slow, or was turned away too often, while this function itself was kept waiting is made again;
    the last one is judged.
    """
    promised = None if promise.requests_per_minute is None else promise.requests_per_minute / 60
    rate = min(MOST_PER_SECOND, max(USUAL if promised is None else promised, FEWEST / LONGEST_SECONDS))
    count = max(FEWEST, math.ceil(rate * SECONDS))

    def one(number: int) -> _Answered:
        each = material.golden[number % len(material.golden)]
        answer, judged = ask(lines(each.record), JSON_LINES), Findings()
        if answer.status == 200:
            golden.wrong(answer.body, [each], material.tolerance, package_arn, judged)
        right = answer.status == 200 and judged.count == 0
        return _Answered(answer.seconds, right, answer.status == _TURNED_AWAY)

    began = at.now()
    runs = [_run(one, count, rate, at)]
    last = runs[-1]
    while _undecided(last, promise, count) and len(runs) < RUNS and at.now() - began + last.seconds < LONGEST_SECONDS:
        last = _run(one, count, rate, at)
        runs.append(last)
    found = Findings(asked=count)
    busy = ""
    if _undecided(last, promise, count):
        busy = f"; this function itself was {last.late:.0f} ms late, its machine is busy: promote it again"
    if _slow(last, promise):
        found.add("PRM-053", "load", f"p99 is {last.p99:.1f} ms, promised are {promise.p99_latency_ms} ms{busy}")
    if _too_many(last.failed, promise, count):
        many = f"{last.failed} of {count} answers are wrong or none; {_allowed(promise):.4g} % may be"
        found.add("PRM-054", "load", many + busy)
    return found, {
        "p50_ms": f"{last.p50:.1f}",
        "p99_ms": f"{last.p99:.1f}",
        "late_ms": f"{last.late:.1f}",
        "runs": len(runs),
        "failed": last.failed,
        "sent_per_minute": f"{60 * (count - 1) / last.seconds:.0f}" if last.seconds > 0 else "?",
        "promised_per_minute": None if promise.requests_per_minute is None else f"{promise.requests_per_minute:g}",
    }


def _slow(run: _Run, promise: Promise) -> bool:
    return promise.p99_latency_ms is not None and run.p99 > promise.p99_latency_ms


def _allowed(promise: Promise) -> float:
    """Percent of the answers that may be wrong or none."""
    return 0.0 if promise.availability_percent is None else 100 - promise.availability_percent


def _too_many(failed: int, promise: Promise, count: int) -> bool:
    return 100 * failed / count > _allowed(promise)


def _undecided(run: _Run, promise: Promise, count: int) -> bool:
    """Whether it was slow, or turned away too often, and the function that measured may be the reason."""
    wrong = _too_many(run.failed - run.turned_away, promise, count)
    turned_away = not wrong and _too_many(run.failed, promise, count)
    return (_slow(run, promise) or turned_away) and run.late > LATE_MS


def _run(one: Callable[[int], _Answered], count: int, rate: float, at: Clock) -> _Run:
    began, late = at.now(), list[float]()
    with ThreadPoolExecutor(WORKERS) as workers:
        waiting = list[Future[_Answered]]()
        for number in range(count):
            moment = began + number / rate
            if moment > at.now():
                at.sleep(moment - at.now())
            late.append(max(0.0, at.now() - moment))
            waiting.append(workers.submit(one, number))
        answers = [each.result() for each in waiting]
    p50, p99 = (1000 * percentile([each.seconds for each in answers], share) for share in (50, 99))
    return _Run(
        p50=p50,
        p99=p99,
        late=1000 * percentile(late, 99),
        failed=sum(not each.right for each in answers),
        turned_away=sum(each.turned_away for each in answers),
        seconds=at.now() - began,
    )


def percentile(values: list[float], percent: int) -> float:
    """The least value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]

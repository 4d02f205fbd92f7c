"""The load that is promised: requests at its rate, whatever the answers take, and what 99 of 100 of them took."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ..clock import Clock
from ..settings import Promise
from . import golden
from .endpoint import JSON_LINES, Ask, lines
from .findings import Findings
from .material import Material

SECONDS = 15
FEWEST, LONGEST_SECONDS = 200, 300
"""Requests of a run, below which 99 of 100 says little; and how long they may take: a lower promise is exceeded."""
USUAL = 10.0
"""Requests a second where no rate is promised."""
MOST_PER_SECOND = 100.0
"""What one function can send; of a larger promise, this much is tried, and the result says so."""
WORKERS = 48


def check(
    ask: Ask, material: Material, promise: Promise, package_arn: str, at: Clock
) -> tuple[Findings, dict[str, Any]]:
    """Send the load; return what is wrong, and what was measured. PRM-053, PRM-054."""
    promised = None if promise.requests_per_minute is None else promise.requests_per_minute / 60
    rate = min(MOST_PER_SECOND, max(USUAL if promised is None else promised, FEWEST / LONGEST_SECONDS))
    count = max(FEWEST, math.ceil(rate * SECONDS))
    began = at.now()

    def one(number: int) -> tuple[float, bool]:
        each = material.golden[number % len(material.golden)]
        answer, judged = ask(lines(each.record), JSON_LINES), Findings()
        if answer.status == 200:
            golden.wrong(answer.body, [each], material.tolerance, package_arn, judged)
        return answer.seconds, answer.status == 200 and judged.count == 0

    with ThreadPoolExecutor(WORKERS) as workers:
        waiting = list[Future[tuple[float, bool]]]()
        for number in range(count):
            wait = began + number / rate - at.now()
            if wait > 0:
                at.sleep(wait)
            waiting.append(workers.submit(one, number))
        answers = [each.result() for each in waiting]
    took = at.now() - began
    found = Findings(asked=count)
    p50, p99 = (1000 * percentile([seconds for seconds, _ in answers], share) for share in (50, 99))
    failed = sum(not right for _, right in answers)
    failed_percent = 100 * failed / count
    if promise.p99_latency_ms is not None and p99 > promise.p99_latency_ms:
        found.add("PRM-053", "load", f"p99 is {p99:.1f} ms, promised are {promise.p99_latency_ms} ms")
    allowed = 0.0 if promise.availability_percent is None else 100 - promise.availability_percent
    if failed_percent > allowed:
        found.add("PRM-054", "load", f"{failed} of {count} answers are wrong or none; {allowed:.4g} % may be")
    return found, {
        "p50_ms": f"{p50:.1f}",
        "p99_ms": f"{p99:.1f}",
        "failed": failed,
        "sent_per_minute": f"{60 * (count - 1) / took:.0f}" if took > 0 else "?",
        "promised_per_minute": None if promise.requests_per_minute is None else f"{promise.requests_per_minute:g}",
    }


def percentile(values: list[float], percent: int) -> float:
    """The least value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]

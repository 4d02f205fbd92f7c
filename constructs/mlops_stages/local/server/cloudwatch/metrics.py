"""Metric data: what PutMetricData brought, by account, region, metric, unit and minute, in bounded memory.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from __future__ import annotations

import logging
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlops_stages.local.server.api.records import Scope

MOST_BYTES = 128 << 20
"""What all metric data may take in memory; the oldest goes where it would be more."""
KEPT = 15 * 24 * 3600
"""Seconds for which data is kept; AWS keeps it in coarser periods for 15 months."""
MOST_VALUES = 20_000
"""Different values of one metric in one minute that are told apart; with more, three digits of each are kept."""

_SERIES_BYTES, _SLOT_BYTES, _VALUE_BYTES = 1_000, 700, 120

_log = logging.getLogger(__name__)

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, sorted by name."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What tells one metric from another: namespace, name, and exactly these dimensions."""

    namespace: str
    name: str
    dimensions: Dimensions

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, at most."""
        texts = [self.namespace, self.name, *(text for pair in self.dimensions for text in pair)]
        return _SERIES_BYTES + sum(60 + 4 * len(text) for text in texts)


class Slot:
    """The data of one metric and unit in one minute, or in one second where it has high resolution."""

    __slots__ = ("_rounded", "count", "high", "low", "start", "total", "unit", "values")

    def __init__(self, start: int, unit: str) -> None:
        self.start = start
        self.unit = unit
        self.count = self.total = 0.0
        self.low, self.high = float("inf"), float("-inf")
        self.values: dict[float, float] | None = {}
        """How often each value came; None where a statistic set hides its values, and so percentiles."""
        self._rounded = False

    def add(self, value: float, count: float) -> None:
        """Add a value that came `count` times."""
        self._count(count, value * count, value, value)
        if self.values is None:
            return
        key = _rounded(value) if self._rounded else value
        self.values[key] = self.values.get(key, 0.0) + count
        if len(self.values) > MOST_VALUES and not self._rounded:
            self._rounded, known = True, self.values
            self.values = {}
            for each, times in known.items():
                self.values[_rounded(each)] = self.values.get(_rounded(each), 0.0) + times

    def add_set(self, count: float, total: float, low: float, high: float) -> None:
        """Add a statistic set; one that can only be of a single value counts as that value."""
        if low == high and total == low * count:
            self.add(low, count)
            return
        self._count(count, total, low, high)
        self.values = None

    def _count(self, count: float, total: float, low: float, high: float) -> None:
        self.count += count
        self.total += total
        self.low, self.high = min(self.low, low), max(self.high, high)

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, about."""
        return _SLOT_BYTES + _VALUE_BYTES * len(self.values or ())


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


@dataclass(frozen=True, kw_only=True)
class Datum:
    """One datum: values with how often each came, or a statistic set (count, sum, minimum, maximum)."""

    metric: Metric
    unit: str
    at: float
    resolution: int
    values: tuple[tuple[float, float], ...] = ()
    statistics: tuple[float, float, float, float] | None = None


class _Series:
    """The slots of one metric, in order of time."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.slots: dict[int, dict[str, Slot]] = {}

    def slot(self, start: int, unit: str) -> Slot | None:
        return self.slots.get(start, {}).get(unit)

    def add(self, slot: Slot) -> None:
        if slot.start not in self.slots:
            insort(self.starts, slot.start)
            self.slots[slot.start] = {}
        self.slots[slot.start][slot.unit] = slot

    def remove(self, slot: Slot) -> None:
        units = self.slots[slot.start]
        del units[slot.unit]
        if not units:
            del self.slots[slot.start]
            del self.starts[bisect_left(self.starts, slot.start)]

    def between(self, start: int, end: int) -> Iterator[Slot]:
        for at in self.starts[bisect_left(self.starts, start) : bisect_left(self.starts, end)]:
            yield from self.slots[at].values()


class Metrics:
    """The metric data of all accounts and regions."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._series: dict[Scope, dict[Metric, _Series]] = {}
        self._slots: deque[tuple[Scope, Metric, Slot]] = deque()  # in the order in which they came to be
        self._bytes = 0
        self.dropped = 0
        """Slots that went before their time, for lack of room."""

    def put(self, scope: Scope, data: Sequence[Datum], now: float) -> None:
        """Add data, whose times have been checked; forget what is too old or too much."""
        for datum in data:
            slot = self._slot(scope, datum)
            before = slot.size
            if datum.statistics is not None:
                slot.add_set(*datum.statistics)
            for value, count in datum.values:
                slot.add(value, count)
            self._bytes += slot.size - before
        self._forget(now)

    def slots(self, scope: Scope, metric: Metric, start: int, end: int, unit: str | None = None) -> list[Slot]:
        """The data of a metric from `start` to before `end`, in order of time; of one unit where it is given."""
        series = self._series.get(scope, {}).get(metric)
        found = () if series is None else series.between(start, end)
        return [slot for slot in found if unit is None or slot.unit == unit]

    def starts(self, scope: Scope, metric: Metric, start: int) -> list[int]:
        """When the slots of a metric start that start at a moment or later, in order."""
        series = self._series.get(scope, {}).get(metric)
        return [] if series is None else series.starts[bisect_left(series.starts, start) :]

    def metrics(self, scope: Scope) -> list[tuple[Metric, int]]:
        """Every metric with data, with the start of its newest slot."""
        return [(metric, series.starts[-1]) for metric, series in self._series.get(scope, {}).items()]

    def _slot(self, scope: Scope, datum: Datum) -> Slot:
        known = self._series.setdefault(scope, {})
        series = known.get(datum.metric)
        if series is None:
            series = known[datum.metric] = _Series()
            self._bytes += datum.metric.size
        start = int(datum.at // datum.resolution) * datum.resolution
        slot = series.slot(start, datum.unit)
        if slot is None:
            slot = Slot(start, datum.unit)
            series.add(slot)
            self._slots.append((scope, datum.metric, slot))
            self._bytes += slot.size
        return slot

    def _forget(self, now: float) -> None:
        before = self.dropped
        while self._slots:
            scope, metric, slot = self._slots[0]
            too_old = slot.start < now - KEPT
            if not too_old and self._bytes <= self._most_bytes:
                break
            self._slots.popleft()
            self.dropped += not too_old
            series = self._series[scope][metric]
            series.remove(slot)
            self._bytes -= slot.size
            if not series.starts:
                del self._series[scope][metric]
                self._bytes -= metric.size
        if self.dropped // 1000 > before // 1000:
            _log.warning("%d minutes of metric data have been dropped so far, the oldest of all", self.dropped)

"""Statistics over metric data: Average, Sum, Minimum, Maximum, SampleCount and percentiles.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlops_stages.local.server.api.records import ServiceError
from mlops_stages.local.server.cloudwatch.metrics import Slot
from mlops_stages.local.server.cloudwatch.refusals import not_emulated

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_KNOWN = re.compile(r"(?i:iqm|(?:tm|wm|pr|tc|ts)[\d.]{1,15}|(?:tm|wm|pr|tc|ts)\([\d.:%eE+-]{0,60}\))")
"""Trimmed means and the like: AWS has them, the local AWS does not."""


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """A statistic by its name in the API; `percentile` is from 0 to 100."""

    name: str
    percentile: float | None = None

    def of(self, slots: Sequence[Slot]) -> float | None:
        """The statistic over all values in some slots; None where there are none, or no percentile of them."""
        if not slots:
            return None
        return _percentile(slots, self.percentile) if self.percentile is not None else _PLAIN[self.name](slots)

    def cost(self, slots: Sequence[Slot]) -> int:
        """How many numbers are looked at for it."""
        return sum(1 if self.percentile is None else len(slot.values or ()) for slot in slots)

    @property
    def least_samples(self) -> float:
        """How many values a percentile needs to mean something; 0 for other statistics.

        Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
        """
        if self.percentile is None:
            return 0.0
        rare = 100 - self.percentile if self.percentile >= 50 else self.percentile
        return 1000 / rare if rare > 0 else 0.0


def statistic(name: str) -> Statistic:
    """The statistic of that name; ServiceError for one that AWS does not have, or the local AWS does not."""
    if name in _PLAIN:
        return Statistic(name=name)
    found = _PERCENTILE.fullmatch(name)
    if found is not None:
        return Statistic(name=name, percentile=float(found.group(1)))
    if _KNOWN.fullmatch(name):
        raise not_emulated(f"the statistic {name}: take Average, Sum, Minimum, Maximum, SampleCount or a percentile")
    raise ServiceError("ValidationError", f"The value {name[:60]!r} for parameter Stat is not supported.")


def samples(slots: Sequence[Slot]) -> float:
    """How many values came."""
    return sum(slot.count for slot in slots)


def _total(slots: Sequence[Slot]) -> float:
    return sum(slot.total for slot in slots)


def _average(slots: Sequence[Slot]) -> float | None:
    count = samples(slots)
    return _total(slots) / count if count else None


def _low(slots: Sequence[Slot]) -> float:
    return min(slot.low for slot in slots)


def _high(slots: Sequence[Slot]) -> float:
    return max(slot.high for slot in slots)


_PLAIN: Mapping[str, Callable[[Sequence[Slot]], float | None]] = {
    "Average": _average,
    "Sum": _total,
    "Minimum": _low,
    "Maximum": _high,
    "SampleCount": samples,
}


def _percentile(slots: Sequence[Slot], percentile: float) -> float | None:
    """Interpolate between the two nearest values; None where a statistic set hides values, or one is negative."""
    counts: dict[float, float] = {}
    for slot in slots:
        if slot.values is None or slot.low < 0:
            return None
        for value, count in slot.values.items():
            counts[value] = counts.get(value, 0.0) + count
    ordered = sorted(counts.items())
    total = sum(count for _, count in ordered)
    if not total:
        return None
    rank = percentile / 100 * max(total - 1, 0.0)
    lower = _at(ordered, int(rank))
    return lower + (rank - int(rank)) * (_at(ordered, int(rank) + 1) - lower)


def _at(ordered: Sequence[tuple[float, float]], rank: int) -> float:
    seen = 0.0
    for value, count in ordered:
        seen += count
        if rank < seen:
            return value
    return ordered[-1][0]

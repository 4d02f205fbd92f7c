"""Intervals by drawing whole days again, with replacement.

Decisions of a day share weather, campaigns and outages: drawn one by one, their interval is far too narrow.
Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), sections 3.8 and 5.3.1.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .quantiles import quantile

DRAWS = 2000
FEWEST_DAYS = 5
"""With fewer, a percentile is little else than the lowest or the highest day."""
_MOST_WITHOUT_VALUE = 0.01

Weighted = Callable[[Sequence[float]], float | None]
"""A figure's value when each day counts as often as its weight says; None where it is not defined."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The central 95 %, or why there is none."""

    low: float | None = None
    high: float | None = None
    why: str | None = None


@lru_cache(maxsize=4)
def draws(days: int, seed: str) -> tuple[tuple[int, ...], ...]:
    """How often each day is drawn, in each draw. The same seed gives the same draws, on every machine.

    Days are known by their place among those that have rows, the earliest first, and not by their dates.
    """
    source = random.Random(seed)  # noqa: S311  # it has to be repeatable, not unpredictable
    found: list[tuple[int, ...]] = []
    for _ in range(DRAWS):
        counts = [0] * days
        for day in source.choices(range(days), k=days):
            counts[day] += 1
        found.append(tuple(counts))
    return tuple(found)


def interval(value: Weighted, days: int, seed: str) -> Interval:
    """The interval of a figure over so many days."""
    if days < FEWEST_DAYS:
        return Interval(why=f"no interval: {days} days have rows, at least {FEWEST_DAYS} are needed")
    values = sorted(drawn for weights in draws(days, seed) if (drawn := value(weights)) is not None)
    if len(values) < DRAWS * (1 - _MOST_WITHOUT_VALUE):
        return Interval(why=f"no interval: {DRAWS - len(values)} of {DRAWS} draws have no value")
    return Interval(low=quantile(values, 0.025), high=quantile(values, 0.975))


def method(days: int, seed: str) -> str:
    """How an interval is calculated, as definitions say it."""
    return (
        f"95 % interval from percentiles 2.5 and 97.5 (interpolated linearly) of {DRAWS} draws, with replacement, of "
        f"whole days from the {days} days that have rows, by their order, seed {seed!r}"
    )

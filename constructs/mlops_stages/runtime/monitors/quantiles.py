"""Quantiles, interpolated linearly between the two nearest values, as numpy has them unless told otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence


def spot(count: int, share: float) -> tuple[int, int, float]:
    """Where a quantile of so many sorted values is: the places of its two neighbours, from 0, and how far between."""
    place = share * (count - 1)
    below = int(place)
    return below, min(below + 1, count - 1), place - below


def between(low: float, high: float, part: float) -> float:
    """The number a part of the way from one to the other; equal ones give exactly themselves."""
    way = high - low
    return low + part * way if math.isfinite(way) else low * (1 - part) + high * part


def quantile(rising: Sequence[float], share: float) -> float:
    """The quantile of sorted values."""
    below, above, part = spot(len(rising), share)
    return between(rising[below], rising[above], part)

"""A figure, with what it takes to calculate it again."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .codes import MonitorError


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was calculated, and from what.

    `of` is what it is about: a model, a column, a slice, a segment. `rows` counts the decisions that it rests on.
    `low` and `high` are the 95 % interval. `why` says why the value or the interval is missing. `definition` is one
    sentence with all that was chosen: bins, smoothing, window, baseline, method of the interval.
    """

    name: str
    of: str
    value: float | None
    low: float | None = None
    high: float | None = None
    rows: int
    definition: str
    why: str | None = None


def lies_outside(figure: Figure, margin: float) -> bool | None:
    """Whether a ratio's interval lies wholly outside [1/(1 + margin), 1 + margin].

    None where there is no interval: nothing is known, which is not the same as nothing is wrong. Error: MON-007.
    """
    if not (math.isfinite(margin) and margin > 0):
        raise MonitorError("MON-007", "margin", f"it is {margin}")
    if figure.low is None or figure.high is None:
        return None
    return figure.low > 1 + margin or figure.high < 1 / (1 + margin)

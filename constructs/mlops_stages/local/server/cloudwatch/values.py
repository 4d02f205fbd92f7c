"""What metric math computes with: numbers, time series and arrays of time series.

A value that does not come out (a division by zero, a logarithm of nothing, more than a number holds) is no data point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from mlops_stages.local.server.cloudwatch.expressions import ExpressionError, Node

MOST_STEPS = 2_000_000
"""Data points that the expressions of one request may touch; a month by minute is 43,200."""


@dataclass(frozen=True)
class Series:
    """Values by the start of their period, and the period in seconds."""

    points: Mapping[int, float]
    period: int


Value = float | Series | list[Series]
"""NaN is the number that there is none of, such as the average of nothing."""


class UnsupportedError(ExpressionError):
    """A function that AWS has, and the local AWS does not."""


@dataclass
class Budget:
    """What is left of the steps that one request may take."""

    left: int = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Take steps; ExpressionError where there are none left."""
        self.left -= steps + 1
        if self.left < 0:
            raise ExpressionError(f"it needs more than {MOST_STEPS:,} data points to compute: ask for a shorter time")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What an expression is computed from.

    `value` finds what an id stands for, `metrics` are the ids of metrics, in order; `grid` holds the starts of all
    periods in question. `compute` computes a part of the expression.
    """

    value: Callable[[str], Value]
    metrics: tuple[str, ...]
    grid: range
    compute: Callable[[Node], Value]
    budget: Budget = field(default_factory=Budget)


def array(value: Value) -> list[Series]:
    """A value as time series; ExpressionError for a number."""
    if isinstance(value, int | float):
        raise ExpressionError("an array holds time series, not numbers")
    return value if isinstance(value, list) else [value]


def tried(work: Callable[[], float]) -> float:
    """A value, or NaN where it does not come out."""
    try:
        found: float | complex = work()
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(found, complex) or not math.isfinite(found) else found


def with_values(points: Iterable[tuple[int, float]]) -> dict[int, float]:
    """The points with a value."""
    return {at: value for at, value in points if not math.isnan(value)}


def over_each(value: Value, work: Callable[[float], float], context: Context) -> Value:
    """Apply a function to a number, or to each data point."""
    if isinstance(value, int | float):
        return tried(lambda: work(value))
    if isinstance(value, list):
        return [_mapped(series, work, context) for series in value]
    return _mapped(value, work, context)


def _mapped(series: Series, work: Callable[[float], float], context: Context) -> Series:
    context.budget.spend(len(series.points))
    return Series(
        with_values((at, tried(lambda value=value: work(value))) for at, value in series.points.items()), series.period
    )


def applied(work: Callable[[float, float], float], left: float, right: float) -> float:
    """Apply a function to two numbers, of which either may be none."""
    return math.nan if math.isnan(left) or math.isnan(right) else tried(lambda: work(left, right))


def starts_of(several: list[Series], context: Context) -> list[int]:
    """The starts at which any of some series has a value; they must be of one period."""
    if len({series.period for series in several}) > 1:
        raise UnsupportedError("time series of different periods in one expression")
    context.budget.spend(sum(len(series.points) for series in several))
    return sorted({at for series in several for at in series.points})

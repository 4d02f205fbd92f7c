"""The functions of metric math.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import cast

from mlops_stages.local.server.cloudwatch.expressions import Call, ExpressionError, Keyword, Reference, Text
from mlops_stages.local.server.cloudwatch.values import (
    Context,
    Series,
    UnsupportedError,
    Value,
    array,
    over_each,
    starts_of,
    tried,
    with_values,
)

_ELSEWHERE = frozenset(
    {
        "ANOMALY_DETECTION_BAND", "DATE", "DAY", "DB_PERF_INSIGHTS", "DIFF_TIME", "EPOCH", "HOUR",
        "INSIGHT_RULE_METRIC", "LAMBDA", "MINUTE", "MONTH", "REMOVE_EMPTY", "RUNNING_SUM", "SEARCH", "SERVICE_QUOTA",
        "SLICE", "SORT", "STDDEV", "YEAR",
    }
)  # fmt: skip


def call(node: Call, context: Context) -> Value:
    """Compute a call; UnsupportedError for a function that AWS has, and the local AWS does not."""
    if node.function in _ELSEWHERE:
        raise UnsupportedError(f"the function {node.function} of metric math")
    if node.function in _RAW:
        return _RAW[node.function](node, context)
    function = _FUNCTIONS.get(node.function)
    if function is None:
        raise ExpressionError(f"{node.function[:40]!r} is not a function of metric math")
    if len(node.arguments) != 1:
        raise ExpressionError(f"{node.function} takes one argument")
    return function(context.compute(node.arguments[0]), context)


def _pointwise(work: Callable[[float], float]) -> Callable[[Value, Context], Value]:
    def function(value: Value, context: Context) -> Value:
        if isinstance(value, int | float):
            raise ExpressionError("this function takes time series")
        return over_each(value, work, context)

    return function


def _reduced(work: Callable[[list[float]], float], *, zeros: bool = False) -> Callable[[Value, Context], Value]:
    """One time series gives a number, an array a time series; `zeros` says that what a series lacks counts as 0."""

    def function(value: Value, context: Context) -> Value:
        if isinstance(value, int | float):
            raise ExpressionError("this function takes time series")
        if isinstance(value, Series):
            context.budget.spend(len(value.points))
            known = list(value.points.values())
            return tried(lambda: work(known)) if known else math.nan
        if not value:
            raise ExpressionError("the array holds no time series")
        several, starts = value, starts_of(value, context)
        context.budget.spend(len(starts) * len(several))
        return Series(
            with_values((at, tried(lambda at=at: work(_column(several, at, zeros=zeros)))) for at in starts),
            several[0].period,
        )

    return function


def _column(several: list[Series], at: int, *, zeros: bool) -> list[float]:
    if zeros:
        return [series.points.get(at, 0.0) for series in several]
    return [series.points[at] for series in several if at in series.points]


def _count(value: Value, context: Context) -> Value:
    counted = _reduced(lambda known: float(len(known)))(value, context)
    return 0.0 if isinstance(counted, int | float) and math.isnan(counted) else counted


def _metric_count(value: Value, _: Context) -> Value:
    return float(len(array(value)))


def _time_series(value: Value, context: Context) -> Value:
    if not isinstance(value, int | float):
        raise ExpressionError("TIME_SERIES takes a number")
    context.budget.spend(len(context.grid))
    return Series({} if math.isnan(value) else dict.fromkeys(context.grid, value), context.grid.step)


def _differences(*, per_second: bool) -> Callable[[Value, Context], Value]:
    def of(series: Series, context: Context) -> Series:
        context.budget.spend(len(series.points))
        times = sorted(series.points)
        steps = pairwise(times)
        return Series(
            {
                at: (series.points[at] - series.points[before]) / (at - before if per_second else 1)
                for before, at in steps
            },
            series.period,
        )

    def function(value: Value, context: Context) -> Value:
        return [of(each, context) for each in value] if isinstance(value, list) else of(array(value)[0], context)

    return function


def _end(place: int) -> Callable[[Value, Context], Value]:
    def function(value: Value, _: Context) -> Value:
        if not isinstance(value, list) or not value:
            raise ExpressionError("FIRST and LAST take an array of time series")
        return value[place]

    return function


_FUNCTIONS: Mapping[str, Callable[[Value, Context], Value]] = {
    "ABS": _pointwise(abs),
    "CEIL": _pointwise(lambda value: float(math.ceil(value))),
    "FLOOR": _pointwise(lambda value: float(math.floor(value))),
    "LOG": _pointwise(math.log),
    "LOG10": _pointwise(math.log10),
    "SUM": _reduced(sum),
    "AVG": _reduced(lambda known: sum(known) / len(known), zeros=True),
    "MIN": _reduced(min),
    "MAX": _reduced(max),
    "DATAPOINT_COUNT": _count,
    "METRIC_COUNT": _metric_count,
    "TIME_SERIES": _time_series,
    "DIFF": _differences(per_second=False),
    "RATE": _differences(per_second=True),
    "FIRST": _end(0),
    "LAST": _end(-1),
}


def _metrics(node: Call, context: Context) -> Value:
    if len(node.arguments) > 1 or not all(isinstance(argument, Text) for argument in node.arguments):
        raise ExpressionError("METRICS takes nothing, or a text in quotes")
    context.budget.spend(len(context.metrics))
    part = next((argument.value for argument in node.arguments if isinstance(argument, Text)), "")
    return [each for name in context.metrics if part in name for each in array(context.value(name))]


def _period(node: Call, context: Context) -> Value:
    match node.arguments:
        case (Reference() as reference,) if reference.id in context.metrics:
            return float(cast("Series", context.value(reference.id)).period)
        case _:
            raise ExpressionError("PERIOD takes the id of a metric")


def _if(node: Call, context: Context) -> Value:
    if len(node.arguments) not in (2, 3):
        raise ExpressionError("IF takes a condition, a value, and one for where the condition does not hold")
    condition, *branches = (context.compute(argument) for argument in node.arguments)
    if isinstance(condition, list) or any(isinstance(branch, list) for branch in branches):
        raise ExpressionError("IF takes numbers and time series, no arrays of them")
    then = cast("float | Series", branches[0])
    otherwise = cast("float | Series", branches[1]) if len(branches) > 1 else math.nan
    if isinstance(condition, int | float):
        if condition != 0 and not math.isnan(condition):
            return then
        return otherwise if len(branches) > 1 else Series({}, context.grid.step)
    context.budget.spend(len(condition.points))
    starts_of([each for each in (condition, then, otherwise) if isinstance(each, Series)], context)
    chosen = (
        (at, _at(then, at, missing=0.0) if held != 0 else _at(otherwise, at, missing=math.nan))
        for at, held in condition.points.items()
    )
    return Series(with_values(chosen), condition.period)


def _at(value: float | Series, at: int, *, missing: float) -> float:
    return value if isinstance(value, int | float) else value.points.get(at, missing)


def _fill(node: Call, context: Context) -> Value:
    if len(node.arguments) != 2:
        raise ExpressionError("FILL takes time series and what fills their gaps")
    value = context.compute(node.arguments[0])
    if isinstance(node.arguments[1], Keyword):
        how = node.arguments[1].word
        if how not in ("REPEAT", "LINEAR"):
            raise ExpressionError(f"FILL takes a number, a time series, REPEAT or LINEAR, not {how[:40]!r}")
        fill = _REPAIRS[how]
    else:
        filler = context.compute(node.arguments[1])
        if isinstance(filler, list):
            raise ExpressionError("FILL takes a number, a time series, REPEAT or LINEAR")
        fill = _filling(filler)
    several = array(value)
    context.budget.spend(len(several) * len(context.grid))
    filled = [fill(series, context.grid) for series in several]
    return filled if isinstance(value, list) else filled[0]


def _filling(filler: float | Series) -> Callable[[Series, range], Series]:
    def fill(series: Series, grid: range) -> Series:
        values = ((at, series.points[at] if at in series.points else _at(filler, at, missing=math.nan)) for at in grid)
        return Series(with_values(values), series.period)

    return fill


def _repeated(series: Series, grid: range) -> Series:
    points: dict[int, float] = {}
    last = math.nan
    for at in grid:
        last = series.points.get(at, last)
        points[at] = last
    return Series(with_values(points.items()), series.period)


def _interpolated(series: Series, grid: range) -> Series:
    points: dict[int, float] = {}
    known = [at for at in grid if at in series.points]
    for before, after in pairwise(known):
        slope = (series.points[after] - series.points[before]) / (after - before)
        for at in range(before, after, grid.step):
            points[at] = series.points[before] + slope * (at - before)
    points.update({at: series.points[at] for at in known})
    return Series(points, series.period)


_REPAIRS: Mapping[str, Callable[[Series, range], Series]] = {"REPEAT": _repeated, "LINEAR": _interpolated}


_RAW: Mapping[str, Callable[[Call, Context], Value]] = {
    "METRICS": _metrics,
    "PERIOD": _period,
    "IF": _if,
    "FILL": _fill,
}

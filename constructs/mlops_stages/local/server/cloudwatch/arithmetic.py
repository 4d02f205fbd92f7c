"""Computing an expression of metric math.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from mlops_stages.local.server.cloudwatch import functions
from mlops_stages.local.server.cloudwatch.expressions import (
    Call,
    Chain,
    ExpressionError,
    Items,
    Keyword,
    Negation,
    Node,
    Number,
    Reference,
    Text,
)
from mlops_stages.local.server.cloudwatch.values import (
    Budget,
    Context,
    Series,
    Value,
    applied,
    array,
    over_each,
    starts_of,
    with_values,
)


def evaluate(
    node: Node,
    value: Callable[[str], Value],
    metrics: tuple[str, ...],
    grid: range,
    budget: Budget | None = None,
) -> Value:
    """Compute an expression; ExpressionError where its types do not fit, UnsupportedError for what is not emulated.

    The arguments are those of `Context`.
    """
    context = Context(
        value=value,
        metrics=metrics,
        grid=grid,
        budget=budget or Budget(),
        compute=lambda part: _evaluate(part, context),
    )
    return _evaluate(node, context)


def _evaluate(node: Node, context: Context) -> Value:
    context.budget.spend(0)
    match node:
        case Number():
            return node.value
        case Reference():
            return context.value(node.id)
        case Items():
            return [series for item in node.items for series in array(_evaluate(item, context))]
        case Negation():
            return over_each(_evaluate(node.operand, context), lambda value: -value, context)
        case Chain():
            result = _evaluate(node.first, context)
            for operator, operand in node.rest:
                result = _combine(_OPERATORS[operator], result, _evaluate(operand, context), context)
            return result
        case Call():
            return functions.call(node, context)
        case Text() | Keyword():
            shown = node.value if isinstance(node, Text) else node.word
            raise ExpressionError(f"{shown[:40]!r} is not a value there")


def _combine(work: Callable[[float, float], float], left: Value, right: Value, context: Context) -> Value:
    """Apply an operator: a number goes with every data point, and a data point that one series lacks is 0."""
    if isinstance(left, list) and isinstance(right, list):
        raise ExpressionError("two arrays of time series cannot be combined by an operator")
    if isinstance(left, list):
        return [cast("Series", _combine(work, series, right, context)) for series in left]
    if isinstance(right, list):
        return [cast("Series", _combine(work, left, series, context)) for series in right]
    if isinstance(left, int | float) and isinstance(right, int | float):
        return applied(work, left, right)
    if isinstance(left, int | float):
        return over_each(right, lambda value: applied(work, left, value), context)
    if isinstance(right, int | float):
        return over_each(left, lambda value: applied(work, value, right), context)
    starts = starts_of([left, right], context)
    values = ((at, applied(work, left.points.get(at, 0.0), right.points.get(at, 0.0))) for at in starts)
    return Series(with_values(values), left.period)


_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": lambda left, right: left**right,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<=": lambda left, right: float(left <= right),
    ">=": lambda left, right: float(left >= right),
    "<": lambda left, right: float(left < right),
    ">": lambda left, right: float(left > right),
    "AND": lambda left, right: float(left != 0 and right != 0),
    "OR": lambda left, right: float(left != 0 or right != 0),
}

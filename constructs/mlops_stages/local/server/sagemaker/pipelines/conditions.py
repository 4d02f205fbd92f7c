"""The conditions of a Condition step.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.pipelines.expressions import Context, Value

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
TYPES = frozenset({*_COMPARE, "In", "Not", "Or"})
"""All that can be evaluated, which is what the language has."""


def holds(condition: Value, context: Context) -> bool:
    """Say whether a condition holds. Raises StepError for values that cannot be compared."""
    given = mapping(condition)
    kind = str(given["Type"])
    if kind == "Not":
        return not holds(given["Expression"], context)
    if kind == "Or":
        return any(holds(child, context) for child in listed(given["Conditions"]))
    if kind == "In":
        wanted = context.resolved(given["QueryValue"])
        return any(_same(wanted, context.resolved(value)) for value in listed(given["Values"]))
    left, right = context.resolved(given["LeftValue"]), context.resolved(given["RightValue"])
    if kind == "Equals":
        return _same(left, right)
    if not (_is_number(left) and _is_number(right)):
        raise StepError(f"ClientError: {kind} compares numbers, not {left!r} and {right!r}")
    return _COMPARE[kind](left, right)


def _same(left: Value, right: Value) -> bool:
    if _is_number(left) != _is_number(right) or isinstance(left, str) != isinstance(right, str):
        raise StepError(f"ClientError: {left!r} and {right!r} are of different types and cannot be compared")
    return bool(left == right)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

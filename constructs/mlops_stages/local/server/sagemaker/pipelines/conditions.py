"""The conditions of a Condition step.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.pipelines.expressions import Context, Value
from mlops_stages.pipeline_definition.pipeline import Comparison

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
TYPES = frozenset({*_COMPARE, "In", "Not", "Or"})
"""All that can be evaluated, which is what the language has."""


def holds(condition: Comparison, context: Context) -> bool:
    """Say whether a condition holds. Raises StepError for values that cannot be compared."""
    if condition.type == "Not":
        return not holds(condition.inner[0], context)
    if condition.type == "Or":
        return any(holds(each, context) for each in condition.inner)
    left, *others = condition.operands
    wanted = context.resolved(left)
    if condition.type == "In":
        return any(_same(wanted, context.resolved(each)) for each in others)
    right = context.resolved(others[0])
    if condition.type == "Equals":
        return _same(wanted, right)
    if not (_is_number(wanted) and _is_number(right)):
        raise StepError(f"ClientError: {condition.type} compares numbers, not {wanted!r} and {right!r}")
    return _COMPARE[condition.type](wanted, right)


def _same(left: Value, right: Value) -> bool:
    if _is_number(left) != _is_number(right) or isinstance(left, str) != isinstance(right, str):
        raise StepError(f"ClientError: {left!r} and {right!r} are of different types and cannot be compared")
    return bool(left == right)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

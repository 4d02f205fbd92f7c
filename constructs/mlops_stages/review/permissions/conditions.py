"""Whether the conditions of one statement hold whenever those of another do."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_stages.review.permissions.patterns import arn_takes_in, takes_in

Conditions = Mapping[tuple[str, str], frozenset[str]]
"""Values by operator and key; operators as AWS spells them, keys in lower case, which IAM does not distinguish."""

_LIKE = {"StringLike": "StringEquals", "ArnLike": "ArnEquals"}
"""Operators with wildcards, and those without that are narrower; the Arn operators both have them."""
_WITH_WILDCARDS = {"StringLike", "ArnLike", "ArnEquals"}
_NEGATED = {
    "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress",
    "NumericNotEquals", "DateNotEquals",
}  # fmt: skip
_BY_VALUES = {
    "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "NumericEquals",
    "DateEquals", "Bool", "Null",
}  # fmt: skip
"""Operators of which several values are alternatives, so that fewer are narrower; of others only the same will do."""
_IF_EXISTS = "IfExists"


def implies(narrow: Conditions, wide: Conditions) -> bool:
    """Whether whoever fulfils `narrow` fulfils `wide`; False where that cannot be shown.

    Every condition of `wide` must follow from one of `narrow`; what `narrow` asks beyond narrows it further.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    return all(
        any(
            key == asked and _implies(operator, values, wide_operator, wide_values)
            for (operator, key), values in narrow.items()
        )
        for (wide_operator, asked), wide_values in wide.items()
    )


def _implies(operator: str, values: frozenset[str], wide_operator: str, wide_values: frozenset[str]) -> bool:
    if (operator, values) == (wide_operator, wide_values):
        return True
    quantifier, name, if_exists = _parts(operator)
    wide_quantifier, wide_name, wide_if_exists = _parts(wide_operator)
    # Without IfExists a key that is absent fails the condition (and fulfils a negated one, which is then the same).
    if quantifier != wide_quantifier or (if_exists and not wide_if_exists):
        return False
    if if_exists != wide_if_exists and (quantifier or name == "Null"):
        return False
    if name in _NEGATED:
        return name == wide_name and values >= wide_values
    if wide_name in _WITH_WILDCARDS and name in {wide_name, _LIKE.get(wide_name)}:
        includes = takes_in if wide_name == "StringLike" else arn_takes_in
        return all(any(includes(wide, value) for wide in wide_values) for value in values)
    return name == wide_name and name in _BY_VALUES and values <= wide_values


def _parts(operator: str) -> tuple[str, str, bool]:
    quantifier, _, name = operator.rpartition(":")
    return quantifier, name.removesuffix(_IF_EXISTS), name.endswith(_IF_EXISTS)

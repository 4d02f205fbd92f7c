"""Statements of IAM in words, for the tables."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from unittest.mock import patch

from docs.tables.markdown import code, table
from mlops_stages.foundation.sagemaker_registries import REGISTRIES
from mlops_stages.foundation.statement import Statement

_OPERATORS = {"Null": "", "ForAllValues": "are all among", "Not": "is not"}

Shorter = Sequence[tuple[str, str]]
"""What in an ARN or condition is written shorter, in order."""


@contextmanager
def in_any_region() -> Generator[None]:
    """Where `REGION` stands for each, so `SAGEMAKER` does for the accounts of SageMaker's images in it."""
    with patch.dict(REGISTRIES, {"REGION": ("SAGEMAKER",)}):
        yield


def statements_table(statements: Iterable[Statement], shorter: Shorter) -> str:
    """One row a statement: its name, the actions, where, on which condition, and why."""
    rows = (
        (
            code(each.sid),
            ("**never** " if each.effect == "Deny" else "") + actions_in_words(each.actions),
            ", ".join(code(short(resource, shorter)) for resource in each.resources),
            conditions_in_words(each.conditions or {}, shorter),
            each.why,
        )
        for each in statements
    )
    return table(("statement", "allows", "on", "only if", "why"), rows)


def actions_in_words(actions: Iterable[str]) -> str:
    """The actions by service."""
    by_service: dict[str, list[str]] = {}
    for action in sorted(actions):
        service, _, name = action.partition(":")
        by_service.setdefault(service, []).append(name)
    return "; ".join(f"{service}: {', '.join(names)}" for service, names in by_service.items())


def conditions_in_words(conditions: Mapping[str, Mapping[str, Any]], shorter: Shorter) -> str:
    """The conditions, joined by semicolons."""
    said = [
        f"{key} {_condition(operator, value, shorter)}"
        for operator, keys in conditions.items()
        for key, value in keys.items()
    ]
    return "; ".join(said)


def short(text: str, shorter: Shorter) -> str:
    """The text with what `shorter` says in place of what is long."""
    for long, replacement in shorter:
        text = text.replace(long, replacement)
    return text


def _condition(operator: str, value: object, shorter: Shorter) -> str:
    if operator == "Null":
        return "is given" if value == "false" else "is not given"
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    word = next((said for part, said in _OPERATORS.items() if part in operator), "is")
    return f"{word} {' or '.join(code(short(str(v), shorter)) for v in values)}"

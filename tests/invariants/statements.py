"""Finding every policy statement of a template, wherever it stands."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

Statement = dict[str, Any]


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - IAM's JSON: a scalar or a list
    """IAM takes a scalar where it takes a list of one."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def statements(value: Any) -> Iterator[Statement]:  # noqa: ANN401 - any part of a template
    """Every statement below `value`."""
    if isinstance(value, dict):
        body = cast("dict[str, Any]", value)
        if "Effect" in body and ("Action" in body or "NotAction" in body):
            yield body
        else:
            for part in body.values():
                yield from statements(part)
    elif isinstance(value, list):
        for part in cast("list[Any]", value):
            yield from statements(part)


def allows(found: Iterable[Statement]) -> Iterator[Statement]:
    """Those that allow."""
    return (statement for statement in found if statement["Effect"] == "Allow")

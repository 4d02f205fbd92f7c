"""Reading JSON of unknown shape with types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast


def mapping(value: object) -> dict[str, Any]:
    """Return a JSON object as it is; anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """Return a JSON array as it is; nothing as an empty one, anything else as the one item of an array."""
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def document(text: bytes | str) -> dict[str, Any]:
    """Return the JSON object of a text; text that is none, or another kind of JSON, gives an empty one."""
    try:
        return mapping(json.loads(text or "{}"))
    except (ValueError, RecursionError):
        return {}


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every scalar as text with its path of member names (`.VpcConfig.Subnets`); a list adds nothing to it."""
    if isinstance(value, Mapping):
        for name, child in cast("Mapping[str, object]", value).items():
            yield from leaves(child, f"{path}.{name}")
    elif isinstance(value, list):
        for child in cast("list[object]", value):
            yield from leaves(child, path)
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def small_letters(value: object, verbatim: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401  # JSON-like
    """Return a template's value as APIs have it whose members begin with a small letter.

    What stands under a member of `verbatim` is left as it is: its keys are somebody's own.
    """
    return _renamed(value, lambda name: name[0].lower() + name[1:], verbatim)


def capitals(value: object, verbatim: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401  # JSON-like
    """Return what such an API answers as a template has it: the opposite of `small_letters`."""
    return _renamed(value, lambda name: name[0].upper() + name[1:], verbatim)


def _renamed(value: object, rename: Callable[[str], str], verbatim: frozenset[str]) -> object:
    if isinstance(value, list):
        return [_renamed(each, rename, verbatim) for each in cast("list[object]", value)]
    if not isinstance(value, Mapping):
        return value
    return {
        rename(name): each if name in verbatim else _renamed(each, rename, verbatim)
        for name, each in cast("Mapping[str, object]", value).items()
    }

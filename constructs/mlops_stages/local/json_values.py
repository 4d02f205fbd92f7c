"""Reading JSON of unknown shape with types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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

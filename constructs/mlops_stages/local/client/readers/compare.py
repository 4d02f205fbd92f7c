"""Whether what a template declares is what the API describes, property by property.

Every normalization is written here: policies lose their spelling, tags, lists and numbers theirs; nothing else is
forgiven. What the API adds to a declared structure is its own affair.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from mlops_stages.local.client.readers.api import Canonical, Properties
from mlops_stages.local.json_values import listed, mapping

NOT_DESCRIBED = "not described"
DIFFERS = "differs"

Verdict = tuple[str, str | None, str]
"""A property's path, why it is not held (None: it is), and what is said instead."""


def verdicts(
    declared: Any,  # noqa: ANN401  # a template's value
    found: Any,  # noqa: ANN401  # an API's value
    canonical: Mapping[str, Canonical],
    path: str,
) -> Iterator[Verdict]:
    """Judge every property under `path`: the leaves of structures, each item of a list of structures."""
    if path in canonical:
        yield _judged(path, canonical[path](declared), None if found is None else canonical[path](found))
    elif isinstance(declared, Mapping) and declared:
        inner = mapping(found)
        for name, value in cast("Mapping[str, Any]", declared).items():
            yield from verdicts(value, inner.get(name), canonical, f"{path}.{name}")
    elif isinstance(declared, list) and any(isinstance(item, Mapping) for item in cast("list[Any]", declared)):
        yield from _items(cast("list[Any]", declared), found, canonical, f"{path}[]")
    else:
        yield _judged(path, plain(declared), None if found is None else plain(found))


def _items(declared: list[Any], found: Any, canonical: Mapping[str, Canonical], path: str) -> Iterator[Verdict]:  # noqa: ANN401
    """Pair each declared item with the described one that holds most of it, in any order."""
    left = list(listed(found))
    for item in declared:
        best: list[Verdict] = list(verdicts(item, None, canonical, path))
        chosen: Any = None
        likeness = (0, 0)
        for candidate in left:
            judged = list(verdicts(item, candidate, canonical, path))
            if chosen is None or _likeness(item, candidate, judged) > likeness:
                best, chosen, likeness = judged, candidate, _likeness(item, candidate, judged)
        if chosen is not None:
            left.remove(chosen)
        yield from best


_NAMES = ("Id", "PolicyName", "Name")
"""Members that name an item of a list: items of one name belong together, whatever else they hold."""


def _likeness(item: Any, candidate: Any, judged: list[Verdict]) -> tuple[int, int]:  # noqa: ANN401  # JSON-like
    same = sum(1 for name in _NAMES if name in mapping(item) and item[name] == mapping(candidate).get(name))
    return same, sum(1 for _, reason, _ in judged if reason is None)


def _judged(path: str, declared: Any, found: Any) -> Verdict:  # noqa: ANN401  # canonical values
    if isinstance(found, _AtLeast):
        return (path, None, "") if found.holds(declared) else (path, DIFFERS, _short(found.items))
    empty = not declared.items if isinstance(declared, _AtLeast) else declared in ([], {}, "")
    if declared == found or (empty and found in (None, [], {}, "")):
        return (path, None, "")
    return (path, NOT_DESCRIBED, "nothing") if found is None else (path, DIFFERS, _short(found))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= 120 else text[:117] + "..."


class _AtLeast:
    """Described items of which the declared ones must be a part; others may be there besides."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def holds(self, declared: Any) -> bool:  # noqa: ANN401  # canonical values
        """Say whether the declared items are all there."""
        wanted = declared.items if isinstance(declared, _AtLeast) else [declared]
        return all(item in self.items for item in wanted)


def plain(value: Any) -> Any:  # noqa: ANN401  # JSON-like
    """Return a value without its spelling: "60" and 60 are one, true and "true" too, a list has no order."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(str(value))
    if isinstance(value, str):
        if value.lower() in {"true", "false"}:
            return value.lower()
        return _number(value) if _NUMBER.fullmatch(value) else value
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in sorted(cast("Mapping[str, Any]", value).items())}
    if isinstance(value, list | tuple):
        items = [plain(item) for item in cast("list[Any]", value)]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return None if value is None else str(value)


_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
"""Text that a template may hold where the API has a number; "007" and "1e3" are text."""


def _number(text: str) -> str:
    return format(Decimal(text).normalize(), "f")


def policy(value: Any) -> Any:  # noqa: ANN401  # a policy document or its text
    """Return a policy document as what it says: lists without order, single values as lists, from text or structure."""
    document: Any = json.loads(value) if isinstance(value, str) else value
    if not isinstance(document, Mapping):
        return document
    held = cast("Mapping[str, Any]", document)
    statements = held.get("Statement", [])
    return {
        "Version": held.get("Version", "2008-10-17"),
        "Id": held.get("Id"),
        "Statement": [_statement(item) for item in listed(statements)],
    }


def _statement(statement: Mapping[str, Any]) -> Properties:
    said: Properties = {}
    for name, value in sorted(statement.items()):
        if name in {"Principal", "NotPrincipal"}:
            said[name] = _principal(value)
        elif name == "Condition":
            said[name] = {
                operator: {key.lower(): plain(listed(values)) for key, values in sorted(block.items())}
                for operator, block in sorted(value.items())
            }
        elif name in {"Action", "NotAction", "Resource", "NotResource"}:
            said[name] = sorted(str(item) for item in listed(value))
        else:
            said[name] = value
    return said


def _principal(value: Any) -> Any:  # noqa: ANN401  # a policy's principal
    if not isinstance(value, Mapping):
        return {"AWS": ["*"]} if value == "*" else value
    return {
        kind: sorted(str(item) for item in listed(who))
        for kind, who in sorted(cast("Mapping[str, Any]", value).items())
    }


def parsed(value: Any) -> Any:  # noqa: ANN401  # JSON or its text
    """Return JSON text as what it says."""
    return plain(json.loads(value) if isinstance(value, str) else value)


def tags(value: Any) -> Any:  # noqa: ANN401  # a list of tags or a map
    """Return tags without order; those that the template doesn't name may be there besides."""
    if isinstance(value, Mapping):
        return _AtLeast([f"{key}={item}" for key, item in sorted(cast("Mapping[str, Any]", value).items())])
    return _AtLeast([f"{tag['Key']}={plain(tag.get('Value', ''))}" for tag in listed(value)])


def at_least(value: Any) -> Any:  # noqa: ANN401  # a list
    """Return a list of which more may be there than the template names."""
    return _AtLeast(cast("list[Any]", plain(listed(value))))


def key(value: Any) -> Any:  # noqa: ANN401  # a key's id, ARN or alias
    """Return a KMS key by its id alone; an alias stays an alias."""
    text = str(value)
    return "alias/" + text.partition("alias/")[2] if "alias/" in text else text.rpartition("/")[2]


def log_group_arn(value: Any) -> Any:  # noqa: ANN401  # an ARN
    """Return the ARN of a log group without the star that some APIs put behind it."""
    return str(value).removesuffix(":*")

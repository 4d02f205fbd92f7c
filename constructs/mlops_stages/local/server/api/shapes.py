"""What an AWS API accepts, by botocore's own models: values are coerced and checked before anything is stored.

botocore itself checks types, required members and minima on the client's side only. AWS checks more, and so does this:
maxima, patterns, closed sets and unknown members.
"""

from __future__ import annotations

import importlib
import re
import reprlib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from types import UnionType
from typing import Any, Protocol, cast

from mlops_stages import api_patterns

# By name, because botocore has no types to check.
LOADER: Any = importlib.import_module("botocore.loaders").Loader()
"""Reads botocore's descriptions of services, each once for the whole server."""
_model: Any = importlib.import_module("botocore.model")

Value = Any
"""A JSON-like value of an API call."""


class Shape(Protocol):
    """The part of botocore's shapes that is used here; botocore has no types of its own."""

    name: str
    type_name: str
    metadata: dict[str, Any]
    serialization: dict[str, Any]


class Structure(Shape, Protocol):
    """A structure, and whether it is a document without a fixed form or a union of which one member is given."""

    members: Mapping[str, Shape]
    required_members: list[str]
    is_document_type: bool
    is_tagged_union: bool


class ListOf(Shape, Protocol):
    """A list of one kind of member."""

    member: Shape


class MapOf(Shape, Protocol):
    """A map of keys to values."""

    key: Shape
    value: Shape


class Operation(Protocol):
    """One operation of a service."""

    name: str
    input_shape: Structure | None
    output_shape: Structure | None


class Service(Protocol):
    """botocore's model of a service."""

    service_name: str
    protocol: str
    operation_names: list[str]
    metadata: dict[str, Any]

    def operation_model(self, operation_name: str) -> Operation:
        """Return the model of one operation."""
        ...


@cache
def service_model(service: str) -> Service:
    """Botocore's model of a service by its client name ("sagemaker", "ce"); loaded once."""
    description = LOADER.load_service_model(service, "service-2")
    model: Service = _model.ServiceModel(description, service)
    return model


def input_shape(service: str, operation: str) -> Structure | None:
    """Return the shape of an operation's parameters; None when it takes none."""
    return service_model(service).operation_model(operation).input_shape


def output_shape(service: str, operation: str) -> Structure | None:
    """Return the shape of an operation's answer; None when it answers nothing."""
    return service_model(service).operation_model(operation).output_shape


MOST_FAULTS = 10
"""Faults of one request that are told; a request of a million items is not looked at to its end for more."""

_LONGEST_FAULT = 1_000

_quoting = reprlib.Repr()
_quoting.maxstring = _quoting.maxother = _quoting.maxlong = 200
_quoting.maxlevel = 3


def first_faults(shape: Shape, value: Value) -> list[str]:
    """Return what AWS would refuse in `value`, the first ten faults of it."""
    return [fault[:_LONGEST_FAULT] for fault in islice(faults(shape, value), MOST_FAULTS)]


def faults(shape: Shape, value: Value, path: str = "") -> Iterator[str]:
    """Yield everything that AWS would refuse in `value`, one sentence each, worded as AWS words it."""
    if shape.type_name == "structure":
        yield from _structure_faults(cast("Structure", shape), value, path)
    elif shape.type_name == "list":
        yield from _list_faults(cast("ListOf", shape), value, path)
    elif shape.type_name == "map":
        yield from _map_faults(cast("MapOf", shape), value, path)
    elif shape.type_name == "string":
        yield from _string_faults(shape, value, path)
    elif shape.type_name in _SCALARS:
        types, said = _SCALARS[shape.type_name]
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            yield _wrong(path, value, f"Member must be {said}")
        elif types is not bool:
            yield from _range_faults(shape, cast("float", value), value, path, "value")


_SCALARS: Mapping[str, tuple[type | UnionType, str]] = {
    "boolean": (bool, "a boolean"),
    "integer": (int, "an integer"),
    "long": (int, "an integer"),
    "float": (int | float, "a number"),
    "double": (int | float, "a number"),
}


def _wrong(path: str, value: Value, constraint: str) -> str:
    return f"Value {_quoting.repr(value)} at '{path[:200]}' failed to satisfy constraint: {constraint}"


def _structure_faults(shape: Structure, value: Value, path: str) -> Iterator[str]:
    if shape.is_document_type:
        return
    if not isinstance(value, Mapping):
        yield _wrong(path, value, "Member must be a structure")
        return
    given = cast("Mapping[str, Value]", value)
    for name in shape.required_members:
        if given.get(name) is None:
            yield _wrong(_join(path, name), None, "Member must not be null")
    for name, item in given.items():
        member = shape.members.get(name)
        if member is None:
            yield _wrong(_join(path, name), item, f"{shape.name} has no such member")
        elif item is not None:
            yield from faults(member, item, _join(path, name))
    if shape.is_tagged_union and len(given) != 1:
        yield _wrong(path, sorted(given), "Exactly one member must be given")


def _list_faults(shape: ListOf, value: Value, path: str) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        yield _wrong(path, value, "Member must be a list")
        return
    items = cast("list[Value]", value)
    yield from _range_faults(shape, len(items), items, path, "length")
    for index, item in enumerate(items, start=1):
        yield from faults(shape.member, item, f"{path}.{index}.member")


def _map_faults(shape: MapOf, value: Value, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _wrong(path, value, "Member must be a map")
        return
    entries = cast("Mapping[str, Value]", value)
    yield from _range_faults(shape, len(entries), entries, path, "length")
    for key, item in entries.items():
        yield from faults(shape.key, key, f"{path}.key")
        yield from faults(shape.value, item, _join(path, key))


def _string_faults(shape: Shape, value: Value, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _wrong(path, value, "Member must be a string")
        return
    yield from _range_faults(shape, len(value), value, path, "length")
    allowed = cast("list[str] | None", shape.metadata.get("enum"))
    if allowed and value not in allowed:
        yield _wrong(path, value, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    pattern = cast("str | None", shape.metadata.get("pattern"))
    if pattern:
        most = min(shape.metadata.get("max", api_patterns.LONGEST_WITHOUT_MAXIMUM), api_patterns.LONGEST)
        if len(value) > most:
            if len(value) <= shape.metadata.get("max", len(value)):
                yield _wrong(path, value, f"Member must have length less than or equal to {most}")
            return  # length first: what is too long is not worth a look at the pattern
        expected = api_patterns.pattern(pattern)
        if expected is not None and not expected.matches(value):
            yield _wrong(path, value, f"Member must satisfy regular expression pattern: {pattern}")


def _range_faults(shape: Shape, size: float, value: Value, path: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _wrong(path, value, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _wrong(path, value, f"Member must have {what} less than or equal to {most}")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_INTEGER = re.compile(r"-?\d{1,19}")
_NUMBER = re.compile(r"-?\d{1,300}(\.\d{1,300})?")


def coerced(shape: Shape, value: Value) -> Value:
    """Return a template's value as the API takes it; in templates numbers and booleans may be text, and text those."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        structure = cast("Structure", shape)
        given = cast("Mapping[str, Value]", value)
        return {n: coerced(structure.members[n], v) if n in structure.members else v for n, v in given.items()}
    if kind == "list" and isinstance(value, list):
        return [coerced(cast("ListOf", shape).member, item) for item in cast("list[Value]", value)]
    if kind == "map" and isinstance(value, Mapping):
        entries = cast("Mapping[str, Value]", value)
        return {key: coerced(cast("MapOf", shape).value, item) for key, item in entries.items()}
    return _coerced_scalar(kind, value)


def _coerced_scalar(kind: str, value: Value) -> Value:
    if kind == "boolean" and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if kind in {"integer", "long"} and isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if kind in {"float", "double"} and isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    if kind == "string" and isinstance(value, bool):
        return "true" if value else "false"
    if kind == "string" and isinstance(value, int | float):
        return str(value)
    return value


def shown(shape: Shape, value: Value) -> Value:
    """Return the part of `value` that the shape of an answer has members for; the rest is the record's own business."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        structure = cast("Structure", shape)
        given = cast("Mapping[str, Value]", value)
        if structure.is_document_type:
            return dict(given)
        return {n: shown(m, given[n]) for n, m in structure.members.items() if given.get(n) is not None}
    if shape.type_name == "list" and isinstance(value, list | tuple):
        return [shown(cast("ListOf", shape).member, item) for item in cast("list[Value]", value)]
    return value

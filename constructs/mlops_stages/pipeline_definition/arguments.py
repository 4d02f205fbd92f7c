"""Checks a step's arguments against the API that they are the request of, field by field.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations.html, as botocore describes it
"""

from collections.abc import Iterator, Mapping, Sized
from typing import cast

from mlops_stages import api_patterns
from mlops_stages.pipeline_definition import shapes
from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.expressions import is_expression
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.pipeline_definition.frame import is_misspelt
from mlops_stages.pipeline_definition.kinds import NO_REPACKING, REPACKED, Kind
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.pipeline_definition.references import Scope
from mlops_stages.pipeline_definition.steps import Step
from mlops_stages.platform.errors import shown
from mlops_stages.platform.plain import Map, is_map, is_number, list_of

_WANTED = {
    "string": "a text",
    "integer": "a whole number",
    "long": "a whole number",
    "float": "a number",
    "double": "a number",
    "boolean": "true or false",
    "structure": "an object",
    "map": "an object",
    "list": "a list",
}
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}
_COUNTED = {"string": "characters", "list": "items", "map": "keys"}
_FILLED_IN = "VpcConfig"
"""The shape of a network: nothing is missing in what states only a part of it, as the platform fills it in."""


def faults_of_arguments(step: Step, scope: Scope) -> Iterator[Fault]:
    """What of a step's arguments SageMaker's API would refuse, and what the platform doesn't deploy."""
    kind = scope.support.kinds.get(step.type or "")
    if kind is None or not is_map(step.value.get("Arguments")):
        return
    request = shapes.request_of(kind.request)
    fields = shapes.members(shapes.shape(request))
    for name, value in step.arguments.items():
        place = step.place("Arguments", name)
        if name not in fields:
            message = f"{kind.request} has no field {shown(name)}{likely(name, fields)}."
            yield Fault("PIP-030", *place, message)
        elif name not in kind.fields:
            if not _is_off(value):
                why = kind.refused.get(name)
                more = f". {why}" if why is not None else f"; {one_of(sorted(kind.fields))}."
                yield Fault(
                    "PIP-036", *place, f"The platform does not deploy `{name}`{more}", _remedy(step, kind, (name,))
                )
        else:
            yield from _Check(step, kind, scope).value(value, fields[name], ("Arguments", name))
    for name in shapes.shape(request).get("required", []):
        if name in step.arguments or name in kind.set_by_platform:
            continue
        if not is_misspelt(step.arguments, name, fields):
            yield Fault("PIP-031", *step.place("Arguments", name), f"{kind.request} needs `{name}`.")


def _remedy(step: Step, kind: Kind, path: tuple[str | int, ...]) -> str:
    """How the SDK is told to leave a field out; nothing where the file says it alone."""
    if step.name is not None and REPACKED in step.name:
        return NO_REPACKING
    return kind.remedies.get(_pattern(path), "")


def _is_off(value: object) -> bool:
    """Whether a setting says no more than that it isn't used, as the SDK writes many."""
    if is_map(value):
        return all(each == "" or _is_off(each) for each in value.values())
    return value is False or value == []


class _Check:
    """The walk through one step's arguments."""

    def __init__(self, step: Step, kind: Kind, scope: Scope) -> None:
        self._step = step
        self._kind = kind
        self._scope = scope

    def value(self, value: object, shape_name: str, loc: tuple[str | int, ...]) -> Iterator[Fault]:
        """What is wrong with a value of a shape, and in it."""
        shape = shapes.shape(shape_name)
        kind = str(shape["type"])
        if is_expression(value):
            yield from self._scope.faults_of_expression(value, self._step, loc, kind)
            return
        fits = isinstance(value, _PYTHON[kind]) and (kind == "boolean" or not isinstance(value, bool))
        if not fits:
            yield self._fault("PIP-032", loc, f"{shown(value)} is not {_WANTED[kind]}.")
            return
        yield from self._bounds(value, shape, loc)
        if is_map(value):
            yield from self._structure(value, shape_name, loc) if kind == "structure" else self._map(value, shape, loc)
        for index, item in enumerate(list_of(value)):
            yield from self.value(item, shape["member"]["shape"], (*loc, index))

    def _structure(self, value: Map, shape_name: str, loc: tuple[str | int, ...]) -> Iterator[Fault]:
        shape = shapes.shape(shape_name)
        fields = shapes.members(shape)
        for name, item in value.items():
            here = (*loc, name)
            why = self._kind.refused.get(_pattern(here[1:]))
            if name not in fields:
                message = f"There is no field {shown(name)} here{likely(name, fields)}; {one_of(fields)}."
                yield self._fault("PIP-030", here, message)
            elif why is not None:
                if not _is_off(item):
                    message = f"The platform does not deploy `{name}` here. {why}"
                    yield Fault("PIP-036", *self._step.place(*here), message, _remedy(self._step, self._kind, here[1:]))
            else:
                yield from self.value(item, fields[name], here)
        if shape_name != _FILLED_IN:
            for name in shape.get("required", []):
                if name not in value and not is_misspelt(value, name, fields):
                    yield self._fault("PIP-031", (*loc, name), f"The API needs `{name}` here.")

    def _map(self, value: Map, shape: shapes.Shape, loc: tuple[str | int, ...]) -> Iterator[Fault]:
        for key, item in value.items():
            yield from self.value(key, shape["key"]["shape"], (*loc, key))
            yield from self.value(item, shape["value"]["shape"], (*loc, key))

    def _bounds(self, value: object, shape: shapes.Shape, loc: tuple[str | int, ...]) -> Iterator[Fault]:
        low, high = shape.get("min"), shape.get("max")
        size = _size(value)
        if size is not None and ((low is not None and size < low) or (high is not None and size > high)):
            unit = _COUNTED.get(str(shape["type"]))
            what = f"{size} {unit}" if unit else shown(value)
            bounds = f"{low if low is not None else 0} or more" if high is None else f"{low or 0} to {high}"
            yield self._fault("PIP-033", loc, f"{what} {'are' if unit else 'is'} out of range: {bounds}.")
        elif isinstance(value, str):
            words = shape.get("enum")
            if words is not None and value not in words:
                yield self._fault("PIP-034", loc, f"{shown(value)} is unknown{likely(value, words)}; {one_of(words)}.")
            pattern = shape.get("pattern")
            if pattern is not None and not _matches(pattern, value):
                yield self._fault("PIP-035", loc, f"{shown(value)} does not match the API's pattern {pattern}")

    def _fault(self, code: str, loc: tuple[str | int, ...], message: str) -> Fault:
        return Fault(code, *self._step.place(*loc), message)


def _size(value: object) -> float | None:
    """What the bounds of a shape count: the number itself, or how long it is."""
    if is_list(value) or is_map(value) or isinstance(value, str):
        return len(cast("Sized", value))
    return value if is_number(value) else None


def _pattern(loc: tuple[str | int, ...]) -> str:
    """A place in the arguments as the kinds of steps name it: `[]` stands for every item of a list."""
    text = ""
    for part in loc:
        text += "[]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _matches(pattern: str, value: str) -> bool:
    expected = api_patterns.pattern(pattern)
    return expected is None or expected.matches(value)

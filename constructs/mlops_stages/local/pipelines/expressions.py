"""Values of a definition that are known only when it runs: references, joins, and numbers from a step's report.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mlops_stages.local.jobs.work import StepError
from mlops_stages.local.json_values import listed, mapping

Value = Any
"""What a definition holds: JSON."""

_FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")
_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")
_NAMES = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")
"""Members by which an item of a list is found: `Outputs['train']` is the output of that OutputName."""

EXECUTION = (
    "CurrentDateTime",
    "PipelineArn",
    "PipelineExecutionArn",
    "PipelineExecutionId",
    "PipelineName",
    "StartDateTime",
)
"""What `Execution.` gives."""


class ExpressionError(Exception):
    """A value that cannot be read; the message says which and why."""


@dataclass(frozen=True)
class Reference:
    """A `Get`: what it begins with (Parameters, Execution, Steps), the name after it, and the path that is left."""

    root: str
    name: str
    path: str


def function(value: Value) -> str | None:
    """Return the name of the function that a value is, None for a plain value."""
    if isinstance(value, Mapping) and len(cast("Mapping[str, Value]", value)) == 1:
        name = str(next(iter(cast("Mapping[str, Value]", value))))
        if name in _FUNCTIONS:
            return name
        if name.startswith("Std:"):
            raise ExpressionError(f"the function {name} is unknown; known are {', '.join(_FUNCTIONS)}")
    return None


def reference(text: object) -> Reference:
    """Return the parts of a `Get`. Raises ExpressionError."""
    root, _, rest = str(text).partition(".")
    found = re.match(r"[^.\[]+", rest)
    if root not in ("Parameters", "Execution", "Steps") or found is None:
        raise ExpressionError(f"{text!r} is no reference to Parameters., Execution. or Steps.")
    return Reference(root, found.group(), rest[found.end() :].lstrip("."))


def references(value: Value) -> Iterator[Reference]:
    """Yield every reference in a value, however deep. Raises ExpressionError."""
    name = function(value)
    if name == "Get":
        yield reference(value["Get"])
    elif isinstance(value, Mapping):
        for child in cast("Mapping[str, Value]", value).values():
            yield from references(child)
    elif isinstance(value, list):
        for child in cast("list[Value]", value):
            yield from references(child)


def at(value: Value, path: str) -> Value:
    """Return what a path leads to: `a.b`, `a['b']`, `a[0]`. Raises ExpressionError."""
    place = 0
    for found in _PART.finditer(path.removeprefix("$").lstrip(".")):
        if found.start() != place:
            break
        place = found.end()
        value = _member(value, found.group(1) or found.group(3), found.group(2), path)
    if place != len(path.removeprefix("$").lstrip(".")):
        raise ExpressionError(f"{path!r} is no path")
    return value


def _member(value: Value, name: str | None, index: str | None, path: str) -> Value:
    if isinstance(value, Mapping) and (name or index) in value:
        return cast("Mapping[str, Value]", value)[str(name or index)]
    if isinstance(value, list):
        items = cast("list[Value]", value)
        if index is not None and int(index) < len(items):
            return items[int(index)]
        for item in items:
            if name is not None and any(mapping(item).get(member) == name for member in _NAMES):
                return item
    raise ExpressionError(f"{path!r}: there is no {name or index}")


@dataclass(frozen=True)
class Context:
    """What references mean in one execution, now.

    `properties` gives what is known of a step that has ended, `read` an object of S3 as text.
    """

    parameters: Mapping[str, Value]
    execution: Mapping[str, Value]
    properties: Callable[[str], Mapping[str, Value]]
    read: Callable[[str], str]

    def resolved(self, value: Value) -> Value:
        """Return a value with everything in it known. Raises StepError."""
        try:
            return self._resolved(value)
        except ExpressionError as error:
            raise StepError(f"ClientError: {error}") from error

    def _resolved(self, value: Value) -> Value:
        name = function(value)
        if name == "Get":
            return self._got(reference(value["Get"]))
        if name == "Std:Join":
            return self._joined(mapping(value[name]))
        if name == "Std:JsonGet":
            return self._from_report(mapping(value[name]))
        if isinstance(value, Mapping):
            return {key: self._resolved(child) for key, child in cast("Mapping[str, Value]", value).items()}
        if isinstance(value, list):
            return [self._resolved(child) for child in cast("list[Value]", value)]
        return value

    def _got(self, wanted: Reference) -> Value:
        if wanted.root == "Parameters":
            return self.parameters[wanted.name]
        if wanted.root == "Execution":
            return self.execution[wanted.name]
        try:
            return at(self.properties(wanted.name), wanted.path)
        except ExpressionError as error:
            raise ExpressionError(f"Steps.{wanted.name}: {error}") from error

    def _joined(self, join: dict[str, Value]) -> str:
        texts = [self._resolved(item) for item in listed(join.get("Values"))]
        return str(join.get("On", "")).join(_as_text(item) for item in texts)

    def _from_report(self, wanted: dict[str, Value]) -> Value:
        if "S3Uri" in wanted:
            uri = str(self._resolved(wanted["S3Uri"]))
        else:
            file = reference(mapping(wanted.get("PropertyFile")).get("Get"))
            uri = str(at(self.properties(file.name), file.path))
        try:
            report: Value = json.loads(self.read(uri))
        except ValueError as error:
            raise ExpressionError(f"{uri} is no JSON: {error}") from error
        try:
            return at(report, str(wanted.get("Path", "")))
        except ExpressionError as error:
            raise ExpressionError(f"{uri}: {error}") from error


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list) or value is None:
        raise ExpressionError(f"Std:Join takes text and numbers, not {value!r}")
    return str(value)

"""Values of a pipeline's tree once they are known: references, joins, and numbers from a step's report.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.pipeline_definition.expressions import (
    Execution,
    Expression,
    FromFile,
    FromObject,
    Join,
    Parameter,
    Property,
)
from mlops_stages.pipeline_definition.texts import as_text

Value = Any
"""What a pipeline's tree holds: JSON, with expressions in it until they are resolved."""

_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")
_NAMES = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")
"""Members by which an item of a list is found: `Outputs['train']` is the output of that OutputName."""


class ExpressionError(Exception):
    """A value that cannot be read; the message says which and why."""


def path_of(text: str) -> list[str | int]:
    """Return the parts of a path in a JSON file: `a.b`, `a['b']`, `a[0]`, with or without a `$` in front.

    Other notations of JSONPath (wildcards, filters) name several values, which no condition compares: ExpressionError.
    """
    whole = text.removeprefix("$").lstrip(".")
    parts: list[str | int] = []
    place = 0
    for found in _PART.finditer(whole):
        if found.start() != place:
            break
        place = found.end()
        parts.append(int(found.group(2)) if found.group(2) is not None else str(found.group(1) or found.group(3)))
    if place != len(whole):
        raise ExpressionError(f"{text!r} is not a path to one value, which the local SageMaker reads: a.b[0]['c']")
    return parts


def at(value: Value, path: Iterable[str | int], whole: str) -> Value:
    """Return what a path leads to; `whole` is how an error names it. Raises ExpressionError."""
    for part in path:
        value = _member(value, part, whole)
    return value


def _member(value: Value, part: str | int, whole: str) -> Value:
    if isinstance(value, Mapping) and str(part) in value:
        return cast("Mapping[str, Value]", value)[str(part)]
    if isinstance(value, list):
        items = cast("list[Value]", value)
        if isinstance(part, int):
            if part < len(items):
                return items[part]
        else:
            for item in items:
                if any(mapping(item).get(member) == part for member in _NAMES):
                    return item
    raise ExpressionError(f"{whole!r}: there is no {part}")


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
        """Return a value of the pipeline's tree with everything in it known. Raises StepError."""
        try:
            return self._resolved(value)
        except ExpressionError as error:
            raise StepError(f"ClientError: {error}") from error

    def _resolved(self, value: Value) -> Value:
        if isinstance(value, Expression):
            return self._value_of(value)
        if isinstance(value, Mapping):
            return {key: self._resolved(child) for key, child in cast("Mapping[str, Value]", value).items()}
        if isinstance(value, list):
            return [self._resolved(child) for child in cast("list[Value]", value)]
        return value

    def _value_of(self, expression: Expression) -> Value:
        match expression:
            case Parameter(name):
                return _known(self.parameters, name, "Parameters")
            case Execution(name):
                return _known(self.execution, name, "Execution")
            case Property(step=step, path=path):
                return self._property(step, path)
            case Join(on=on, values=values):
                return on.join(_joinable(self._resolved(each)) for each in values)
            case FromFile(step=step, property_file=file, path=path):
                return self._from_report(str(self._property(step, ("PropertyFiles", file))), path)
            case FromObject(uri=uri, path=path):
                return self._from_report(str(self._resolved(uri)), path)

    def _property(self, step: str, path: tuple[str | int, ...]) -> Value:
        return at(self.properties(step), path, f"Steps.{step}.{'.'.join(map(str, path))}")

    def _from_report(self, uri: str, path: str) -> Value:
        try:
            report: Value = json.loads(self.read(uri))
        except ValueError as error:
            raise ExpressionError(f"{uri} is not valid JSON: {error}") from error
        try:
            return at(report, path_of(path), path)
        except ExpressionError as error:
            raise ExpressionError(f"{uri}: {error}") from error


def _known(values: Mapping[str, Value], name: str, of: str) -> Value:
    if name not in values:
        raise ExpressionError(f"there is no {of}.{name} here")
    return values[name]


def _joinable(value: Value) -> str:
    if isinstance(value, dict | list) or value is None:
        raise ExpressionError(f"Std:Join takes text and numbers, not {value!r}")
    return as_text(value)

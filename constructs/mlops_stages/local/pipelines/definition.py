"""A pipeline's definition, schema 2020-12-01: read, and refused where it could not run.

https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.pipelines import conditions, durations
from mlops_stages.local.pipelines.expressions import EXECUTION, ExpressionError, Reference, Value, references

VERSION = "2020-12-01"
STEP_TYPES = ("Condition", "Fail", "Model", "Processing", "RegisterModel", "Training")
_CACHEABLE = ("Processing", "Training")
_MOST_STEPS = 50
_STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9\-_]{1,256}")
_STEP_MEMBERS = frozenset(
    {"Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description", "CacheConfig", "PropertyFiles"}
    | {"RetryPolicies"}
)


class DefinitionError(Exception):
    """Why a definition is refused."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter; `default` is None where it must be given."""

    name: str
    type: str
    default: Value = None
    allowed: tuple[Value, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step; inside a branch `parent` names the Condition step and `when` the outcome that leads here."""

    name: str
    type: str
    arguments: dict[str, Value]
    waits_for: frozenset[str]
    property_files: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    cache_seconds: float | None = None
    display_name: str = ""
    description: str = ""
    parent: str | None = None
    when: bool = True


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A definition that can run: its steps with those of branches, in the order of the text."""

    parameters: Mapping[str, Parameter]
    steps: Mapping[str, Step]
    experiment: Mapping[str, Value]


def read(text: str) -> Definition:
    """Return the definition of a text. Raises DefinitionError with everything that is wrong."""
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise DefinitionError(f"Unable to parse pipeline definition: it is no JSON ({error}).") from error
    if not isinstance(found, dict):
        raise DefinitionError("Unable to parse pipeline definition: it is no JSON object.")
    given = mapping(cast("object", found))
    faults: list[str] = []
    if given.get("Version") != VERSION:
        faults.append(f"Version {given.get('Version')!r} is not supported; it must be {VERSION}")
    parameters = dict(_parameters(given, faults))
    raw = list(_flat(listed(given.get("Steps")), None, True))
    if not raw:
        faults.append("there are no Steps")
    if len(raw) > _MOST_STEPS:
        faults.append(f"there are {len(raw)} steps; a pipeline takes at most {_MOST_STEPS}")
    names = [str(mapping(item).get("Name")) for item, _, _ in raw]
    faults += [f"step name {name!r} is used more than once" for name in dict.fromkeys(names) if names.count(name) > 1]
    steps: dict[str, Step] = {}
    for item, parent, when in raw:
        step_faults: list[str] = []
        step = _step(mapping(item), parent, when, step_faults)
        step_faults += _unknown_references(step, parameters, set(names))
        faults += [f"step {step.name}: {fault}" for fault in step_faults]
        steps[step.name] = step
    if not faults:
        faults += _property_file_faults(steps)
        faults += _cycle(steps)
    if faults:
        raise DefinitionError(f"Invalid pipeline definition: {'; '.join(faults)}.")
    return Definition(parameters=parameters, steps=steps, experiment=mapping(given.get("PipelineExperimentConfig")))


def _parameters(given: dict[str, Value], faults: list[str]) -> Iterator[tuple[str, Parameter]]:
    seen: set[str] = set()
    for item in listed(given.get("Parameters")):
        described = mapping(item)
        name, kind = str(described.get("Name")), str(described.get("Type"))
        parameter = Parameter(
            name=name,
            type=kind,
            default=described.get("DefaultValue"),
            allowed=tuple(listed(described.get("EnumValues"))),
        )
        if not _PARAMETER_NAME.fullmatch(name) or name in seen:
            faults.append(f"parameter name {name!r} is not allowed, or used more than once")
        if kind not in TYPES:
            faults.append(f"parameter {name}: type {kind!r} is unknown; known are {', '.join(TYPES)}")
        elif parameter.default is not None and not TYPES[kind](parameter.default):
            faults.append(f"parameter {name}: the default {parameter.default!r} is no {kind}")
        elif parameter.allowed and parameter.default is not None and parameter.default not in parameter.allowed:
            faults.append(f"parameter {name}: the default {parameter.default!r} is not one of its EnumValues")
        seen.add(name)
        yield name, parameter


def _is_whole(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


TYPES: Mapping[str, Callable[[Value], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Integer": _is_whole,
    "Float": lambda value: isinstance(value, float) or _is_whole(value),
    "Boolean": lambda value: isinstance(value, bool),
}
"""The types of parameters, each with what says whether a value is of it."""


def _flat(items: list[Value], parent: str | None, when: bool) -> Iterator[tuple[Value, str | None, bool]]:
    """Yield every step, each Condition before those of its branches."""
    for item in items:
        yield item, parent, when
        step = mapping(item)
        if step.get("Type") == "Condition":
            arguments = mapping(step.get("Arguments"))
            yield from _flat(listed(arguments.get("IfSteps")), str(step.get("Name")), True)
            yield from _flat(listed(arguments.get("ElseSteps")), str(step.get("Name")), False)


def _step(item: dict[str, Value], parent: str | None, when: bool, faults: list[str]) -> Step:
    name, kind = str(item.get("Name")), str(item.get("Type"))
    arguments = mapping(item.get("Arguments"))
    if not _STEP_NAME.fullmatch(name):
        faults.append("the name must be 1 to 64 letters, digits, hyphens and underscores")
    if kind not in STEP_TYPES:
        faults.append(f"the type {kind!r} is not supported; supported are {', '.join(STEP_TYPES)}")
    faults += [f"{member} is no member of a step" for member in sorted(set(item) - _STEP_MEMBERS)]
    if kind == "Condition":
        own = {"Conditions": listed(arguments.get("Conditions"))}
        if not own["Conditions"]:
            faults.append("Conditions must not be empty")
        for condition in own["Conditions"]:
            faults += conditions.faults(condition)
        arguments = own
    elif not arguments:
        faults.append("Arguments must be given")
    if kind == "Fail" and "ErrorMessage" not in arguments:
        faults.append("ErrorMessage must be given")
    waits_for = {str(other) for other in listed(item.get("DependsOn"))}
    try:
        waits_for |= {found.name for found in references(arguments) if found.root == "Steps"}
    except ExpressionError as error:
        faults.append(str(error))
    return Step(
        name=name,
        type=kind,
        arguments=arguments,
        waits_for=frozenset(waits_for),
        property_files={
            str(file.get("PropertyFileName")): (str(file.get("OutputName")), str(file.get("FilePath")))
            for file in map(mapping, listed(item.get("PropertyFiles")))
        },
        cache_seconds=_cache(mapping(item.get("CacheConfig")), kind, faults),
        display_name=str(item.get("DisplayName") or ""),
        description=str(item.get("Description") or ""),
        parent=parent,
        when=when,
    )


def _cache(config: dict[str, Value], kind: str, faults: list[str]) -> float | None:
    if not config.get("Enabled"):
        return None
    if kind not in _CACHEABLE:
        faults.append(f"CacheConfig is not for steps of type {kind}")
        return None
    if "ExpireAfter" not in config:
        return float("inf")
    try:
        return durations.seconds(str(config["ExpireAfter"]))
    except ValueError as error:
        faults.append(f"CacheConfig.ExpireAfter: {error}")
        return None


def _unknown_references(step: Step, parameters: Mapping[str, Parameter], names: set[str]) -> Iterator[str]:
    yield from (f"there is no step {other}, which it depends on" for other in sorted(step.waits_for - names))
    try:
        found = list(references(step.arguments))
    except ExpressionError:
        return  # said already
    for wanted in found:
        if wanted.root == "Parameters" and wanted.name not in parameters:
            yield f"there is no parameter {wanted.name}"
        if wanted.root == "Execution" and wanted.name not in EXECUTION:
            yield f"there is no Execution.{wanted.name}; known are {', '.join(EXECUTION)}"


def _property_file_faults(steps: Mapping[str, Step]) -> Iterator[str]:
    for step in steps.values():
        for wanted in references(step.arguments):
            file = _property_file(wanted)
            if file is not None and file not in steps[wanted.name].property_files:
                yield f"step {step.name}: step {wanted.name} has no property file {file}"


def _property_file(wanted: Reference) -> str | None:
    root, _, name = wanted.path.partition(".")
    return name if wanted.root == "Steps" and root == "PropertyFiles" else None


def _cycle(steps: Mapping[str, Step]) -> Iterator[str]:
    """Yield the steps that wait for each other: whatever is left when all that can go first has gone."""
    left = {step.name: step.waits_for | frozenset(filter(None, [step.parent])) for step in steps.values()}
    while True:
        ready = [name for name, waits_for in left.items() if not waits_for & left.keys()]
        if not ready:
            break
        for name in ready:
            del left[name]
    if left:
        yield f"the steps {', '.join(sorted(left))} wait for each other"

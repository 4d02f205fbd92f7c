"""Checks what expressions refer to: parameters, steps, their properties, outputs and files.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
"""

from collections.abc import Iterator, Mapping

from mlops_stages.pipeline_definition import shapes
from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.expressions import (
    EXECUTION_VALUES,
    Execution,
    Expression,
    FromFile,
    FromObject,
    Join,
    MalformedError,
    Parameter,
    Property,
    is_expression,
    parsed,
)
from mlops_stages.pipeline_definition.kinds import Support
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.pipeline_definition.parameters import types_of_parameters
from mlops_stages.pipeline_definition.steps import Step, steps_in
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import Map, is_map

_GIVEN_BY = {"String": "string", "Integer": "integer", "Float": "float", "Boolean": "boolean"}
_TAKES: Mapping[str, frozenset[str]] = {
    "string": frozenset({"string", "timestamp"}),
    "integer": frozenset({"integer", "long"}),
    "long": frozenset({"integer", "long"}),
    "float": frozenset({"integer", "long", "float", "double"}),
    "double": frozenset({"integer", "long", "float", "double"}),
    "boolean": frozenset({"boolean"}),
}
"""Which types of values a field of a type takes; objects and lists take none."""
_SCALARS = frozenset({"integer", "long", "float", "double", "boolean"})


class Scope:
    """What expressions of a definition can refer to."""

    def __init__(self, document: Map, support: Support) -> None:
        self.support: Support = support
        self._parameters = types_of_parameters(document)
        self.all: tuple[Step, ...] = tuple(steps_in(document))
        self._steps = {step.name: step for step in self.all if step.name is not None}

    @property
    def steps(self) -> Mapping[str, Step]:
        """The steps by name."""
        return self._steps

    def faults_of_expression(self, value: Map, step: Step, loc: Loc, wanted: str | None) -> Iterator[Fault]:
        """What is wrong with an expression, `wanted` being the type of the field that it stands for."""
        try:
            expression = parsed(value)
        except MalformedError as error:
            yield Fault("PIP-020", *step.place(*loc, *error.loc), error.message)
            return
        if isinstance(expression, Join):
            for index, each in enumerate(expression.values):
                if is_expression(each):
                    yield from self.faults_of_expression(each, step, (*loc, "Std:Join", "Values", index), None)
        elif isinstance(expression, FromObject) and is_map(expression.uri):
            yield from self.faults_of_expression(expression.uri, step, (*loc, "Std:JsonGet", "S3Uri"), None)
        fault = self._unresolved(expression) or _out_of_place(expression, step)
        if fault is not None:
            yield Fault(fault[0], *step.place(*loc), fault[1], fault[2])
            return
        given = self._type_of(expression)
        if wanted is not None and given is not None and given not in _TAKES.get(wanted, frozenset()):
            message = f"The expression gives {_named(given)}, the field takes {_named(wanted)}."
            fix = ""
            if wanted == "string" and given in _SCALARS:
                fix = 'Join it, `{"Std:Join": {"On": "", "Values": [...]}}`: `.to_string()` in the SDK.'
            yield Fault("PIP-026", *step.place(*loc), message, fix)

    def _unresolved(self, expression: Expression) -> tuple[str, str, str] | None:
        """Code, message and fix where an expression refers to nothing."""
        found = self._to_nothing(expression)
        return (*found, "") if found is not None else None

    def _to_nothing(self, expression: Expression) -> tuple[str, str] | None:
        match expression:
            case Parameter(name) if name not in self._parameters:
                known = self._parameters
                return "PIP-021", f"No parameter {shown(name)} is declared{likely(name, known)}; {one_of(known)}."
            case Execution(name) if name not in EXECUTION_VALUES:
                known = EXECUTION_VALUES
                return "PIP-025", f"An execution has no {shown(name)}{likely(name, known)}; {one_of(known)}."
            case Property(step=name) | FromFile(step=name) if name not in self._steps:
                return "PIP-022", self.no_step(name)
            case FromFile(step=name, property_file=file) if file not in self._steps[name].property_files:
                known = self._steps[name].property_files
                return "PIP-024", f"Step {shown(name)} has no property file {shown(file)}; {one_of(known)}."
            case Property(step=name, path=path):
                message, _ = self._property(self._steps[name], path)
                return ("PIP-023", message) if message else None
            case _:
                return None

    def no_step(self, name: str) -> str:
        """Say that there is none of this name, and which there are."""
        return f"There is no step {shown(name)}{likely(name, self._steps)}; {one_of(self._steps)}."

    def _type_of(self, expression: Expression) -> str | None:
        """The type of value that a sound expression gives; `None` where a file decides."""
        match expression:
            case Parameter(name):
                return _GIVEN_BY.get(self._parameters[name])
            case Property(step=name, path=path):
                return self._property(self._steps[name], path)[1]
            case FromFile() | FromObject():
                return None
            case _:
                return "string"

    def _property(self, step: Step, path: tuple[str | int, ...]) -> tuple[str, str | None]:
        """What is wrong with a step's property, and else its type."""
        if step.type == "Condition" and path == ("Outcome",):
            return "", None
        kind = step.type or ""
        if kind not in self.support.keys:
            return "", None  # Its type was told: what such a step has is not known.
        if kind not in self.support.kinds:
            return f"Step {shown(step.name)}, of type {kind}, has no such property.", None
        if not path:
            return f"{shown(f'Steps.{step.name}')} names a step, and none of its properties.", None
        return _field(step, shapes.answer_of(self.support.kinds[kind].answer), path)


def _field(step: Step, current: str, path: tuple[str | int, ...]) -> tuple[str, str | None]:
    """What is wrong with a path in what a step's job is described by, and else the type of what it leads to."""
    for index, part in enumerate(path):
        shape = shapes.shape(current)
        fields = shapes.members(shape)
        match shape["type"], part:
            case "structure", str() if part in fields:
                current = fields[part]
            case "list", int():
                current = shape["member"]["shape"]
            case "list", str() if path[:index] == ("ProcessingOutputConfig", "Outputs"):
                if part not in step.outputs:
                    known = step.outputs
                    return f"Step {shown(step.name)} has no output {shown(part)}; {one_of(known)}.", None
                current = shape["member"]["shape"]
            case "list" | "map", str():
                current = shape["member" if shape["type"] == "list" else "value"]["shape"]
            case _:
                known = list(fields)
                hint = likely(str(part), known)
                return f"Step {shown(step.name)} has no {shown(part)} there{hint}; {one_of(known)}.", None
    return "", str(shapes.shape(current)["type"])


def _out_of_place(expression: Expression, step: Step) -> tuple[str, str, str] | None:
    """Code, message and fix where an expression stands in a step that does not know its value."""
    match expression:
        case Execution(name) if (only := EXECUTION_VALUES[name]) is not None and step.type != only:
            message = f"`Execution.{name}` is known in steps of type {only} only; this is of type {shown(step.type)}."
            return "PIP-028", message, 'Use {"Get": "Execution.PipelineExecutionId"}, which every step knows.'
        case FromObject() if step.type != "Condition":
            message = "`Std:JsonGet` with `S3Uri` is for the conditions of a step of type Condition."
            return "PIP-028", message, "Let the step read the object as an input, or use `PropertyFile`."
        case _:
            return None


def _named(type: str) -> str:
    words = {"string": "a text", "integer": "a whole number", "long": "a whole number", "float": "a number"}
    words |= {"double": "a number", "boolean": "true or false", "structure": "an object", "map": "an object"}
    return words.get(type, f"a {type}")

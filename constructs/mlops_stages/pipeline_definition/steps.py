"""The steps and parameters of a definition, as far as they can be made out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlops_stages.platform.errors import Loc
from mlops_stages.platform.plain import Map, is_map, list_of, map_of, text_of

ParameterType = Literal["String", "Integer", "Float", "Boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step where it stands: its name if it has one, its own object, and the condition it is under."""

    name: str | None
    type: str | None
    loc: Loc
    value: Map
    under: str | None = None

    @property
    def arguments(self) -> Map:
        """Its arguments, or none."""
        return map_of(self.value.get("Arguments"))

    @property
    def property_files(self) -> dict[str, str | None]:
        """The names of its property files, and the output that each lies in."""
        files = [each for each in list_of(self.value.get("PropertyFiles")) if is_map(each)]
        return {name: text_of(f, "OutputName") for f in files if (name := text_of(f, "PropertyFileName")) is not None}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what a processing step writes."""
        outputs = list_of(map_of(self.arguments.get("ProcessingOutputConfig")).get("Outputs"))
        return tuple(name for each in outputs if is_map(each) and (name := text_of(each, "OutputName")) is not None)

    def place(self, *more: str | int) -> tuple[str | None, Loc]:
        """Where an error about it is: in the step by its name, else by where that stands."""
        return (self.name, more) if self.name is not None else (None, (*self.loc, *more))


BRANCHES = ("IfSteps", "ElseSteps")


def steps_in(document: Map) -> Iterator[Step]:
    """Every step that is an object, those under conditions too, in their order."""
    yield from _steps(document.get("Steps"), ("Steps",), None)


def _steps(value: object, loc: Loc, under: str | None) -> Iterator[Step]:
    for index, each in enumerate(list_of(value)):
        if is_map(each):
            step = Step(
                name=text_of(each, "Name"), type=text_of(each, "Type"), loc=(*loc, index), value=each, under=under
            )
            yield step
            if step.type == "Condition":
                for branch in BRANCHES:
                    yield from _steps(step.arguments.get(branch), (*step.loc, "Arguments", branch), step.name)


def parameters_in(document: Map) -> Iterator[tuple[Loc, Map]]:
    """Every parameter that is an object, with where it stands."""
    for index, each in enumerate(list_of(document.get("Parameters"))):
        if is_map(each):
            yield ("Parameters", index), each


def types_of_parameters(document: Map) -> dict[str, str]:
    """The declared types of the parameters, by name; `String` where none is given, as SageMaker takes it."""
    found = ((text_of(each, "Name"), text_of(each, "Type") or "String") for _, each in parameters_in(document))
    return {name: kind for name, kind in found if name is not None}

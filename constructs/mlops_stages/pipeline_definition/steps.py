"""The steps of a definition, as far as they can be made out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mlops_stages.pipeline_definition.condition import Condition, condition_of
from mlops_stages.pipeline_definition.expressions import FromFile, Property, expressions_in
from mlops_stages.platform.errors import Loc
from mlops_stages.platform.plain import Map, is_map, list_of, map_of, text_of

CONDITION = "Condition"
"""The type of step that has conditions, and branches."""
BRANCHES = ("IfSteps", "ElseSteps")


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyFile:
    """A JSON file that a processing step writes: its name, the output that it lies in, its path there."""

    name: str
    output: str | None
    path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step where it stands: its name if it has one, its own object, the condition that it is under, its branch."""

    name: str | None
    type: str | None
    loc: Loc
    value: Map
    under: str | None = None
    branch: str | None = None

    @property
    def arguments(self) -> Map:
        """Its arguments, or none."""
        return map_of(self.value.get("Arguments"))

    @property
    def property_files(self) -> dict[str, PropertyFile]:
        """Its property files that have a name, by that."""
        files = [each for each in list_of(self.value.get("PropertyFiles")) if is_map(each)]
        return {
            name: PropertyFile(name=name, output=text_of(each, "OutputName"), path=text_of(each, "FilePath"))
            for each in files
            if (name := text_of(each, "PropertyFileName")) is not None
        }

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Its conditions that are objects."""
        if self.type != CONDITION:
            return ()
        place: Loc = ("Arguments", "Conditions")
        found = enumerate(list_of(self.arguments.get("Conditions")))
        return tuple(condition_of(each, (*place, index)) for index, each in found if is_map(each))

    def waits_for(self, names: Collection[str]) -> set[str]:
        """Those of the named steps that it starts after."""
        # The arguments of a condition hold the steps under it, which wait for it and not it for them.
        own = self.arguments.get("Conditions") if self.type == CONDITION else self.arguments
        found = {each.step for each in expressions_in(own) if isinstance(each, Property | FromFile)}
        found |= {each for each in list_of(self.value.get("DependsOn")) if isinstance(each, str)}
        if self.under is not None:
            found.add(self.under)
        return found & set(names)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what a processing step writes."""
        outputs = list_of(map_of(self.arguments.get("ProcessingOutputConfig")).get("Outputs"))
        return tuple(name for each in outputs if is_map(each) and (name := text_of(each, "OutputName")) is not None)

    def place(self, *more: str | int) -> tuple[str | None, Loc]:
        """Where an error about it is: in the step by its name, else by where that stands."""
        return (self.name, more) if self.name is not None else (None, (*self.loc, *more))


def steps_in(document: Map) -> Iterator[Step]:
    """Every step that is an object, those in branches too, in their order; whatever has branches is looked into."""
    yield from _steps(document.get("Steps"), ("Steps",), None, None)


def _steps(value: object, loc: Loc, under: str | None, branch: str | None) -> Iterator[Step]:
    for index, each in enumerate(list_of(value)):
        if is_map(each):
            step = Step(
                name=text_of(each, "Name"),
                type=text_of(each, "Type"),
                loc=(*loc, index),
                value=each,
                under=under,
                branch=branch,
            )
            yield step
            for inner in BRANCHES:
                yield from _steps(step.arguments.get(inner), (*step.loc, "Arguments", inner), step.name, inner)

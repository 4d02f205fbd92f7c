"""A definition without faults, as it runs: the one tree that is left once everything in it is read.

Whoever runs pipelines reads this and nothing else of a definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mlops_stages.pipeline_definition.caching import cache_seconds
from mlops_stages.pipeline_definition.condition import Condition
from mlops_stages.pipeline_definition.expressions import tree
from mlops_stages.pipeline_definition.parameters import DeclaredParameter, parameters_of
from mlops_stages.pipeline_definition.retries import RetryPolicy, retries_of
from mlops_stages.pipeline_definition.steps import BRANCHES, CONDITION, PropertyFile, Step, steps_in
from mlops_stages.platform.plain import Map, map_of, text_of


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A condition as it runs: its type, what it compares, and the conditions that it is made of."""

    type: str
    operands: tuple[object, ...] = ()
    inner: tuple["Comparison", ...] = ()


@dataclass(frozen=True, kw_only=True)
class PipelineStep:
    """A step as it runs.

    Attributes:
        arguments: those of its job, with every expression read; of a condition none.
        conditions: what must hold, all of it, for the first branch to run.
        waits_for: the names of the steps that it starts after, but for the condition that it is under.
        cache_seconds: for how long an earlier result is good; None where none is.
        parent: the condition that it is under.
        when: the outcome of that condition that leads here.
    """

    name: str
    type: str
    arguments: Mapping[str, object]
    conditions: tuple[Comparison, ...] = ()
    waits_for: frozenset[str] = frozenset()
    property_files: tuple[PropertyFile, ...] = ()
    cache_seconds: int | None = None
    retries: tuple[RetryPolicy, ...] = ()
    display_name: str = ""
    description: str = ""
    parent: str | None = None
    when: bool = True


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A pipeline as it runs: its steps by name, those of branches too, in the order of the text."""

    parameters: Mapping[str, DeclaredParameter]
    steps: Mapping[str, PipelineStep]
    experiment: Mapping[str, object]


def pipeline_of(document: Map) -> Pipeline:
    """The pipeline that a document without faults is."""
    found = tuple(steps_in(document))
    names = frozenset(str(step.name) for step in found)
    return Pipeline(
        parameters=parameters_of(document),
        steps={str(step.name): _step(step, names) for step in found},
        experiment=_read(map_of(document.get("PipelineExperimentConfig"))),
    )


def comparison_of(condition: Condition) -> Comparison:
    """A condition without faults, as it runs."""
    return Comparison(
        type=str(condition.type),
        operands=tuple(tree(value) for _, value in condition.compared),
        inner=tuple(map(comparison_of, condition.inner)),
    )


def _step(step: Step, names: frozenset[str]) -> PipelineStep:
    return PipelineStep(
        name=str(step.name),
        type=str(step.type),
        arguments={} if step.type == CONDITION else _read(step.arguments),
        conditions=tuple(map(comparison_of, step.conditions)),
        waits_for=frozenset(step.waits_for(names) - {step.under}),
        property_files=tuple(step.property_files.values()),
        cache_seconds=cache_seconds(step),
        retries=retries_of(step),
        display_name=text_of(step.value, "DisplayName") or "",
        description=text_of(step.value, "Description") or "",
        parent=step.under,
        when=step.branch != BRANCHES[1],
    )


def _read(values: Map) -> dict[str, object]:
    return {name: tree(value) for name, value in values.items()}

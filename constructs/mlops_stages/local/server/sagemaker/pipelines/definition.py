"""A pipeline's definition as it is executed: read and checked by `pipeline_definition`, the one reader of the language.

What the local AWS runs of it is here. CreatePipeline refuses what is wrong, as AWS does ("Unable to parse pipeline
definition"): unknown fields of arguments too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops_stages.pipeline_definition import shapes
from mlops_stages.pipeline_definition.caching import cache_seconds
from mlops_stages.pipeline_definition.definition import checked
from mlops_stages.pipeline_definition.errors import errors_of
from mlops_stages.pipeline_definition.kinds import Kind, Support
from mlops_stages.pipeline_definition.parameters import DeclaredParameter, parameters_of
from mlops_stages.pipeline_definition.retries import RetryPolicy, retries_of
from mlops_stages.pipeline_definition.steps import Step as CheckedStep
from mlops_stages.pipeline_definition.steps import steps_in
from mlops_stages.platform.plain import Map, is_map, list_of, map_of, text_of

Value = Any
"""What a definition holds: JSON."""

_MADE_BY_SAGEMAKER = {
    "CreateModel": "ModelName",
    "CreateProcessingJob": "ProcessingJobName",
    "CreateTrainingJob": "TrainingJobName",
}
"""What SageMaker names where the arguments of a step don't, by operation."""


def _whole(request: str, answer: str) -> Kind:
    """A type of step with every field that its operation takes."""
    fields = frozenset(shapes.members(shapes.shape(shapes.request_of(request))))
    named = frozenset({_MADE_BY_SAGEMAKER[request]}) if request in _MADE_BY_SAGEMAKER else frozenset[str]()
    return Kind(request=request, answer=answer, fields=fields, refused={}, set_by_platform=named)


LOCAL_AWS = Support(
    kinds={
        "Model": _whole("CreateModel", "DescribeModel"),
        "Processing": _whole("CreateProcessingJob", "DescribeProcessingJob"),
        "RegisterModel": _whole("CreateModelPackage", "DescribeModelPackage"),
        "Training": _whole("CreateTrainingJob", "DescribeTrainingJob"),
    },
    keys={
        "Condition": frozenset(),
        "Fail": frozenset(),
        "Model": frozenset({"RetryPolicies"}),
        "Processing": frozenset({"CacheConfig", "PropertyFiles", "RetryPolicies"}),
        "RegisterModel": frozenset({"RetryPolicies"}),
        "Training": frozenset({"CacheConfig", "RetryPolicies"}),
    },
    refusal="The local AWS does not run steps of type",
    why_not={},
    experiments=True,
    no_mlflow="The local AWS does not track executions in MLflow.",
)
"""What the local AWS runs; the platform's own choice of it is not its business."""


class DefinitionError(Exception):
    """Why a definition is refused."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step; inside a branch `parent` names the Condition step and `when` the outcome that leads here."""

    name: str
    type: str
    arguments: dict[str, Value]
    waits_for: frozenset[str]
    property_files: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    cache_seconds: float | None = None
    retries: tuple[RetryPolicy, ...] = ()
    display_name: str = ""
    description: str = ""
    parent: str | None = None
    when: bool = True


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A definition that can run: its steps with those of branches, in the order of the text."""

    parameters: Mapping[str, DeclaredParameter]
    steps: Mapping[str, Step]
    experiment: Mapping[str, Value]


def read(text: str) -> Definition:
    """Return the definition of a text. Raises DefinitionError with everything that is wrong."""
    document, faults = checked(text, LOCAL_AWS)
    errors = errors_of("", faults)
    if errors is not None:
        said = [f"{_where(error.step, error.field)}{error.message}" for error in errors.errors]
        raise DefinitionError(f"Unable to parse pipeline definition. {' '.join(said)}")
    names = {str(step.name) for step in steps_in(document)}
    return Definition(
        parameters=parameters_of(document),
        steps={str(step.name): _step(step, names) for step in steps_in(document)},
        experiment=map_of(document.get("PipelineExperimentConfig")),
    )


def _where(step: str | None, place: str) -> str:
    where = ", ".join(part for part in (f"step {step}" if step is not None else "", place) if part)
    return f"{where}: " if where else ""


def _step(step: CheckedStep, names: set[str]) -> Step:
    arguments = step.arguments
    return Step(
        name=str(step.name),
        type=str(step.type),
        arguments={"Conditions": arguments["Conditions"]} if step.type == "Condition" else dict(arguments),
        waits_for=frozenset(step.waits_for(names) - {step.under}),
        property_files=dict(_property_files(step.value)),
        cache_seconds=cache_seconds(step),
        retries=retries_of(step),
        display_name=text_of(step.value, "DisplayName") or "",
        description=text_of(step.value, "Description") or "",
        parent=step.under,
        when=step.branch != "ElseSteps",
    )


def _property_files(step: Map) -> list[tuple[str, tuple[str, str]]]:
    files = [each for each in list_of(step.get("PropertyFiles")) if is_map(each)]
    return [(str(f["PropertyFileName"]), (str(f["OutputName"]), str(f["FilePath"]))) for f in files]

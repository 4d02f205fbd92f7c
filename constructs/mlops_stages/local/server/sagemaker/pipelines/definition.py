"""What the local AWS runs of the pipeline language, which `pipeline_definition` alone reads and checks.

 CreatePipeline refuses what is wrong, as AWS does ("Unable to parse pipeline
definition"): unknown fields of arguments too.
"""

from __future__ import annotations

from mlops_stages.pipeline_definition import shapes
from mlops_stages.pipeline_definition.definition import checked
from mlops_stages.pipeline_definition.errors import errors_of
from mlops_stages.pipeline_definition.kinds import Kind, Support
from mlops_stages.pipeline_definition.pipeline import Pipeline, pipeline_of

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


def read(text: str) -> Pipeline:
    """Return the pipeline of a text. Raises DefinitionError with everything that is wrong."""
    document, faults = checked(text, LOCAL_AWS)
    errors = errors_of("", faults)
    if errors is not None:
        said = [f"{_where(error.step, error.field)}{error.message}" for error in errors.errors]
        raise DefinitionError(f"Unable to parse pipeline definition. {' '.join(said)}")
    return pipeline_of(document)


def _where(step: str | None, place: str) -> str:
    where = ", ".join(part for part in (f"step {step}" if step is not None else "", place) if part)
    return f"{where}: " if where else ""

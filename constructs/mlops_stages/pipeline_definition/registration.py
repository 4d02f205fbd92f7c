"""The step that registers a model: into its own group, waiting for approval, with its metrics and its origin.

A package has no network, key or role of its own: whoever deploys it decides those.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
"""

from collections.abc import Iterator

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.fields import ABSENT, found, put
from mlops_stages.pipeline_definition.injected import Injected
from mlops_stages.pipeline_definition.steps import Step
from mlops_stages.pipeline_definition.texts import described
from mlops_stages.platform.errors import shown
from mlops_stages.platform.plain import list_of

PENDING = "PendingManualApproval"
ORIGIN = ("commit", "dataset-manifest", "dataset-manifest-sha256", "evaluation")
"""What a package says about where it came from, in its `CustomerMetadataProperties`; IAM asks for the same."""
METRICS = ("ModelMetrics", "ModelQuality", "Statistics", "S3Uri")


def fill(step: Step, injected: Injected) -> Iterator[Fault]:
    """Set group and approval status, and tell what the registry would lack."""
    group, status = (
        step.arguments.get("ModelPackageGroupName", ABSENT),
        step.arguments.get("ModelApprovalStatus", ABSENT),
    )
    if group in (ABSENT, injected.package_group_name, injected.package_group_arn):
        put(step.arguments, ("ModelPackageGroupName",), injected.package_group_arn)
    else:
        message = f"The group is {described(group)}; the model's own is {shown(injected.package_group_name)}."
        yield Fault("PIP-052", *step.place("Arguments", "ModelPackageGroupName"), message)
    if status in (ABSENT, PENDING):
        put(step.arguments, ("ModelApprovalStatus",), PENDING)
    else:
        message = f"The status is {described(status)}, not {shown(PENDING)}."
        yield Fault("PIP-053", *step.place("Arguments", "ModelApprovalStatus"), message)
    if _is_empty(found(step.arguments, METRICS)):
        fix = "Give `ModelMetrics.ModelQuality.Statistics`: the S3 URI of the evaluation, and its content type."
        message = "Nobody could tell whether the model is good enough to be approved."
        yield Fault("PIP-054", *step.place("Arguments", *METRICS), message, fix)
    for key in ORIGIN:
        if _is_empty(found(step.arguments, ("CustomerMetadataProperties", key))):
            message = f"The package would not say its {shown(key)}."
            fix = f"Add {shown(key)} to `CustomerMetadataProperties`, such as from a parameter."
            yield Fault("PIP-055", *step.place("Arguments", "CustomerMetadataProperties", key), message, fix)


def images(step: Step) -> list[tuple[str | int, ...]]:
    """Where a registration names its images."""
    containers = ("InferenceSpecification", "Containers")
    return [(*containers, index, "Image") for index in range(len(list_of(found(step.arguments, containers))))]


def _is_empty(value: object) -> bool:
    return value is None or value is ABSENT or (isinstance(value, str) and not value.strip())

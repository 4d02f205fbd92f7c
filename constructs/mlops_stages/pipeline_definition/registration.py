"""The step that registers a model: into its own group, waiting for approval, with its metrics and its origin.

A package has no network, key or role of its own: whoever deploys it decides those. Whoever reads it compares model,
image, evaluation and code with the digests that were registered, so these must be the run's own.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
"""

from collections.abc import Iterator, Sequence

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.expressions import Execution, FromFile, Parameter
from mlops_stages.pipeline_definition.fields import ABSENT, found, places_of, put
from mlops_stages.pipeline_definition.injected import Injected
from mlops_stages.pipeline_definition.steps import Step
from mlops_stages.pipeline_definition.texts import beginning, described, first_of
from mlops_stages.platform.errors import shown
from mlops_stages.platform.plain import is_map, list_of, map_of

PENDING = "PendingManualApproval"
DIGESTS = ("code-sha256", "evaluation-sha256", "model-sha256")
"""What a step of the run computes."""
ORIGIN = (
    "commit",
    "dataset-manifest",
    "dataset-manifest-sha256",
    "evaluation",
    "execution",
    "image-digest",
    *DIGESTS,
)
"""What a package says about where it came from, in its `CustomerMetadataProperties`; IAM asks for the same."""
METRICS = ("ModelMetrics", "ModelQuality", "Statistics", "S3Uri")
_CONTAINERS = ("InferenceSpecification", "Containers")
METADATA = "CustomerMetadataProperties"
_URIS = frozenset({"S3Uri"})


def fill(step: Step, injected: Injected, steps: Sequence[Step]) -> Iterator[Fault]:
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
        stated = found(step.arguments, (METADATA, key))
        if _is_empty(stated):
            message = f"The package would not say its {shown(key)}."
            fix = f"Add {shown(key)} to `{METADATA}`: {_HOW[key]}."
            yield Fault("PIP-055", *step.place("Arguments", METADATA, key), message, fix)
        else:
            yield from _not_of_the_run(step, key, stated, steps, injected)
    yield from _containers(step)
    yield from _code_of_another_commit(step, injected, steps)


def _not_of_the_run(step: Step, key: str, stated: object, steps: Sequence[Step], injected: Injected) -> Iterator[Fault]:
    """That a property is not what the run itself used or made."""
    message = ""
    match key:
        case "commit" if not isinstance(_plain(stated), Parameter):
            message = f"The commit is {described(stated)}."
        case "execution" if _plain(stated) != Execution("PipelineExecutionArn"):
            message = f"The execution is {described(stated)}."
        case "evaluation" if stated != found(step.arguments, METRICS) and not _is_empty(found(step.arguments, METRICS)):
            message = "The evaluation is another than that of `ModelMetrics`."
        case "image-digest" if not all(_is_digest_of(stated, each) for each in _images(step, injected)):
            message = f"The digest of the image is {described(stated)}, which is not in the container's `Image`."
        case _ if key in DIGESTS:
            message = _not_computed(stated, steps)
        case _:
            pass
    if message:
        fix = f"Write {_HOW[key]}."
        yield Fault("PIP-058", *step.place("Arguments", METADATA, key), message, fix)


def _plain(stated: object) -> object:
    """The expression that a value is, and not one inside a join."""
    return first_of(stated) if is_map(stated) and "Std:Join" not in stated else None


def _not_computed(stated: object, steps: Sequence[Step]) -> str:
    expression = _plain(stated)
    if not isinstance(expression, FromFile):
        return f"The digest is {described(stated)}, which no step of the run computes."
    cached = [each for each in steps if each.name == expression.step and _is_cached(each)]
    return f"Step {shown(expression.step)} is cached: the digest may be of an earlier run." if cached else ""


def _is_cached(step: Step) -> bool:
    return map_of(step.value.get("CacheConfig")).get("Enabled") not in (None, False)


def _images(step: Step, injected: Injected) -> list[object]:
    """The images of the model's own repository; another is an error of its own."""
    stated = [found(step.arguments, path) for path in images(step)]
    return [each for each in stated if beginning(each).text.startswith(f"{injected.image_uri}@")]


def _is_digest_of(digest: object, image: object) -> bool:
    """Whether an image's URI ends with this digest: both written down, or both the same parameter."""
    if isinstance(digest, str):
        return isinstance(image, str) and image.endswith(f"@{digest}")
    values = list_of(map_of(map_of(image).get("Std:Join")).get("Values"))
    return bool(values) and values[-1] == digest


def _containers(step: Step) -> Iterator[Fault]:
    count = len(list_of(found(step.arguments, _CONTAINERS)))
    if count > 1:
        message = f"There are {count} containers; one image and one model are registered by their digests."
        yield Fault("PIP-058", *step.place("Arguments", *_CONTAINERS), message, "Put the model into one container.")


def _code_of_another_commit(step: Step, injected: Injected, steps: Sequence[Step]) -> Iterator[Fault]:
    """What a step reads of the code that is not the registered commit's: all of its prefix, and nothing beside it."""
    commit = found(step.arguments, (METADATA, "commit"))
    if not isinstance(_plain(commit), Parameter):
        return  # told already
    for each in steps:
        for path in places_of(each.arguments, _URIS):
            stated = found(each.arguments, path)
            start = beginning(stated)
            if each.type in ("Processing", "Training") and start.text.startswith(injected.code):
                values = list_of(map_of(map_of(stated).get("Std:Join")).get("Values"))
                joined = map_of(map_of(stated).get("Std:Join")).get("On") == "/"
                if start.text != f"{injected.code}/" or not joined or values[1:] != [commit, ""]:
                    message = f"It reads {described(stated)}, which need not be the code of the registered commit."
                    yield Fault("PIP-059", *each.place("Arguments", *path), message)


def images(step: Step) -> list[tuple[str | int, ...]]:
    """Where a registration names its images."""
    return [(*_CONTAINERS, index, "Image") for index in range(len(list_of(found(step.arguments, _CONTAINERS))))]


def names_its_origin(step: Step) -> bool:
    """Whether nothing that a package has to say is missing."""
    return not any(_is_empty(found(step.arguments, (METADATA, key))) for key in ORIGIN)


def _is_empty(value: object) -> bool:
    return value is None or value is ABSENT or (isinstance(value, str) and not value.strip())


_COMPUTED = '{"Std:JsonGet": ...} from a property file of a step that is not cached'
_HOW = {
    "commit": '{"Get": "Parameters.Commit"}',
    "dataset-manifest": "such as from a parameter",
    "dataset-manifest-sha256": "such as from a parameter",
    "evaluation": "what `ModelMetrics.ModelQuality.Statistics.S3Uri` is",
    "execution": '{"Get": "Execution.PipelineExecutionArn"}',
    "image-digest": 'the parameter at the end of the container\'s `Image`, {"Get": "Parameters.ImageDigest"}',
    **dict.fromkeys(DIGESTS, _COMPUTED),
}

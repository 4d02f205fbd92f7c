"""Where a step reads and writes, and under which key."""

from collections.abc import Iterator

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.expressions import OF_ONE_RUN, Execution, Parameter, Property, expressions_in
from mlops_stages.pipeline_definition.fields import ABSENT, found, places_of, put
from mlops_stages.pipeline_definition.injected import Injected, Place
from mlops_stages.pipeline_definition.steps import Step
from mlops_stages.pipeline_definition.texts import beginning, described, first_of
from mlops_stages.platform.plain import list_of

_URIS = frozenset({"ManifestS3Uri", "ModelDataUrl", "S3OutputPath", "S3Uri"})
"""The fields of the API that name something on S3."""
_WRITTEN = (("OutputDataConfig", "S3OutputPath"), ("CheckpointConfig", "S3Uri"))
_OUTPUTS = ("ProcessingOutputConfig", "Outputs")
_CONDITIONS = ("Conditions",)
_SDKS_BUCKET = "s3://sagemaker-"
"""How the URI of the bucket starts that the SDK makes and writes to unless it is told otherwise, for each account."""

Loc = tuple[str | int, ...]


def _outputs(step: Step) -> list[Loc]:
    """Where the arguments name what the step writes."""
    processed = range(len(list_of(found(step.arguments, _OUTPUTS))))
    places: list[Loc] = [(*_OUTPUTS, index, "S3Output", "S3Uri") for index in processed]
    return [*places, *(path for path in _WRITTEN if found(step.arguments, path) is not ABSENT)]


def faults_of_inputs(step: Step, injected: Injected) -> Iterator[Fault]:
    """What a step reads that is neither a parameter, nor of another step, nor in the team's own places."""
    written = _outputs(step)
    for path in places_of(step.arguments, _URIS):
        if path not in written:
            yield from _read(step, path, injected)


def faults_of_reports(step: Step, injected: Injected) -> Iterator[Fault]:
    """What a step's conditions read from S3, under the pipeline's role, that is not in the team's own places."""
    for path in places_of(found(step.arguments, _CONDITIONS), frozenset({"S3Uri"})):
        yield from _read(step, (*_CONDITIONS, *path), injected)


def _read(step: Step, path: Loc, injected: Injected) -> Iterator[Fault]:
    stated = found(step.arguments, path)
    text = beginning(stated)
    decided_later = isinstance(first_of(stated), Parameter | Property)
    ours = any(Place(uri=uri, key="").holds(text.text, whole=text.whole) for uri in injected.readable)
    if not decided_later and not ours:
        message = f"It reads {described(stated)}, which is not of the team, or more sensitive than the model."
        fix = ""
        if text.text.startswith(_SDKS_BUCKET):
            message = f"It reads {described(stated)}, from the SDK's default bucket, which the platform does not have."
            fix = "Read the code from where CI puts that of a commit, and the rest from a step's output."
        elif text.text.rstrip("/") == "s3:":
            fix = "Name the bucket, or let one parameter hold the whole URI."
        yield Fault("PIP-047", *step.place("Arguments", *path), message, fix)


def faults_of_outputs(step: Step, injected: Injected) -> Iterator[Fault]:
    """What a step writes where it may not, or over what another run wrote."""
    for path in _outputs(step):
        stated = found(step.arguments, path)
        if _place(stated, injected) is None:
            yield _elsewhere(step, path, stated, injected)
        elif path != _WRITTEN[0] and not _of_this_run(stated):
            fix = 'Join {"Get": "Execution.PipelineExecutionId"} into the path.'
            times = [each.name for each in expressions_in(stated) if isinstance(each, Execution)]
            message = "Every run writes to this same path."
            if times:
                message = f"Two runs may write to this same path: `Execution.{times[0]}` does not tell them apart."
            yield Fault("PIP-046", *step.place("Arguments", *path), message, fix)


def _elsewhere(step: Step, path: Loc, stated: object, injected: Injected) -> Fault:
    said = "nothing" if stated is ABSENT else described(stated)
    message, fix = f"It writes to {said}.", f"Write under {', '.join(f'{place.uri}/' for place in injected.places)}."
    if beginning(stated).text.startswith(_SDKS_BUCKET):
        bucket, _, prefix = injected.places[0].uri.removeprefix("s3://").partition("/")
        message = f"It writes to {said}, in the SDK's default bucket, which the platform does not have."
        fix = (
            f"Give the SDK `PipelineSession(default_bucket='{bucket}', default_bucket_prefix='{prefix}')`, and compile "
            "again, or name the path of each output."
        )
    return Fault("PIP-044", *step.place("Arguments", *path), message, fix)


def fill_training_key(step: Step, injected: Injected) -> Iterator[Fault]:
    """Set the key of what a training job writes: that of the bucket."""
    place = _place(found(step.arguments, _WRITTEN[0]), injected)
    if place is not None:
        yield from _set_key(step, ("OutputDataConfig", "KmsKeyId"), place.key)


def fill_processing_key(step: Step, injected: Injected) -> Iterator[Fault]:
    """Set the key of what a processing job writes: that of the bucket. Where it writes nothing, there is no key."""
    places = [_place(found(step.arguments, path), injected) for path in _outputs(step)]
    keys = sorted({place.key for place in places if place is not None})
    config = found(step.arguments, _OUTPUTS[:1])
    if len(keys) > 1:
        message = "It writes to buckets under two keys, and a processing job has one key for all it writes."
        yield Fault("PIP-045", *step.place("Arguments", *_OUTPUTS), message)
    elif keys or config is not ABSENT:
        # Without any output, the key of the volumes: IAM asks each job for a key of its outputs.
        yield from _set_key(step, (*_OUTPUTS[:1], "KmsKeyId"), keys[0] if keys else injected.volume_key)
    else:
        put(step.arguments, _OUTPUTS, [])
        put(step.arguments, (*_OUTPUTS[:1], "KmsKeyId"), injected.volume_key)


def _set_key(step: Step, path: tuple[str, ...], key: str) -> Iterator[Fault]:
    stated = found(step.arguments, path)
    if stated in (ABSENT, key):
        put(step.arguments, path, key)
    else:
        message = f"`{path[-1]}` is {described(stated)}; the platform sets it."
        yield Fault("PIP-043", *step.place("Arguments", *path), message)


def _place(stated: object, injected: Injected) -> Place | None:
    text = beginning(stated)
    return next((place for place in injected.places if place.holds(text.text, whole=text.whole)), None)


def _of_this_run(stated: object) -> bool:
    return any(isinstance(each, Execution) and each.name in OF_ONE_RUN for each in expressions_in(stated))

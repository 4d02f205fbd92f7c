"""Fills into a definition what the platform decides: what is absent is set, what is stated otherwise is refused.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html and
API_CreateProcessingJob.html; names of jobs: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
"""

import copy
import re
from collections.abc import Iterator, Sequence

from mlops_stages.pipeline_definition import registration, storage
from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.expressions import Parameter, is_expression
from mlops_stages.pipeline_definition.fields import ABSENT, found, is_list, put
from mlops_stages.pipeline_definition.gate import faults_of_gates
from mlops_stages.pipeline_definition.injected import ROLE_PLACEHOLDER, Injected
from mlops_stages.pipeline_definition.likely import one_of
from mlops_stages.pipeline_definition.parameters import parameters_in
from mlops_stages.pipeline_definition.steps import Step, steps_in
from mlops_stages.pipeline_definition.texts import beginning, described, first_of
from mlops_stages.platform.errors import shown
from mlops_stages.platform.plain import Map, is_map, list_of, map_of

Path = tuple[str, ...]
MOST_TAGS = 50
_LEAVE_IT_OUT = "the platform sets it"
_ROLE_OF_THE_SDK = f"Give the SDK `role='{ROLE_PLACEHOLDER}'`, or leave the role out of the file."
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ISOLATION = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption")


def fill(document: Map, injected: Injected) -> tuple[Map, tuple[Fault, ...]]:
    """A copy of a definition with the platform's settings in it, and what the definition states otherwise."""
    filled = copy.deepcopy(document)
    return filled, tuple(_Filling(filled, injected).faults())


class _Filling:
    """One definition while it is filled."""

    def __init__(self, document: Map, injected: Injected) -> None:
        self._document = document
        self._injected = injected

    def faults(self) -> Iterator[Fault]:
        """Fill everything in, and yield what stands in the way."""
        # The SDK's default would have each run make an experiment; the structure's check lets nothing else through.
        self._document.pop("PipelineExperimentConfig", None)
        yield from faults_of_gates(self._document, self._injected)
        steps = tuple(steps_in(self._document))
        for step in steps:
            if not is_map(step.value.get("Arguments")):
                continue
            match step.type:
                case "Processing":
                    yield from self._processing(step)
                case "Training":
                    yield from self._training(step)
                case "RegisterModel":
                    yield from registration.fill(step, self._injected, steps)
                    yield from self._images(step, registration.images(step))
                    yield from storage.faults_of_inputs(step, self._injected)
                case "Condition":
                    yield from storage.faults_of_reports(step, self._injected)
                case _:
                    pass

    def _processing(self, step: Step) -> Iterator[Fault]:
        cluster = ("ProcessingResources", "ClusterConfig")
        yield from self._job(step, ("NetworkConfig",), "ProcessingJobName")
        yield from self._set(step, (*cluster, "VolumeKmsKeyId"), self._injected.volume_key, "PIP-043")
        yield from storage.fill_processing_key(step, self._injected)
        yield from self._instance(step, (*cluster, "InstanceType"))
        yield from self._images(step, [("AppSpecification", "ImageUri")])

    def _training(self, step: Step) -> Iterator[Fault]:
        yield from self._job(step, (), "TrainingJobName")
        yield from self._set(step, ("ResourceConfig", "VolumeKmsKeyId"), self._injected.volume_key, "PIP-043")
        yield from storage.fill_training_key(step, self._injected)
        yield from self._instance(step, ("ResourceConfig", "InstanceType"))
        yield from self._images(step, [("AlgorithmSpecification", "TrainingImage")])

    def _job(self, step: Step, network: Path, name: str) -> Iterator[Fault]:
        injected = self._injected
        yield from self._set(step, ("RoleArn",), injected.role_arn, "PIP-040", may_be=(ROLE_PLACEHOLDER,))
        for path, ids in (("Subnets", injected.subnets), ("SecurityGroupIds", injected.security_group_ids)):
            yield from self._set_list(step, (*network, "VpcConfig", path), ids)
        for setting in _ISOLATION:
            yield from self._set(step, (*network, setting), True, "PIP-042")
        yield from self._set(step, (name,), injected.job_prefix, "PIP-051")
        yield from self._tags(step)
        yield from storage.faults_of_inputs(step, injected)
        yield from storage.faults_of_outputs(step, injected)

    def _set(
        self, step: Step, path: Path, value: str | bool, code: str, *, may_be: Sequence[str] = ()
    ) -> Iterator[Fault]:
        stated = found(step.arguments, path)
        # `1 == True` in Python, but not in JSON.
        if stated is ABSENT or (type(stated) is type(value) and stated in (value, *may_be)):
            put(step.arguments, path, value)
        else:
            where = step.place("Arguments", *path)
            fix = _ROLE_OF_THE_SDK if path == ("RoleArn",) else ""
            yield Fault(code, *where, f"`{path[-1]}` is {described(stated)}; {_LEAVE_IT_OUT}.", fix)

    def _set_list(self, step: Step, path: Path, values: Sequence[str]) -> Iterator[Fault]:
        stated = found(step.arguments, path)
        same = is_list(stated) and sorted(map(repr, list_of(stated))) == sorted(map(repr, values))
        if stated is ABSENT or same:
            put(step.arguments, path, list(values))
        else:
            yield Fault("PIP-041", *step.place("Arguments", *path), f"`{path[-1]}` is stated; {_LEAVE_IT_OUT}.")

    def _tags(self, step: Step) -> Iterator[Fault]:
        stated = step.arguments.get("Tags", [])
        ours = self._injected.tags
        reserved = {key.lower() for key in ours}
        kept: list[object] = []
        for index, tag in enumerate(list_of(stated)):
            key = tag.get("Key") if is_map(tag) else None
            if not isinstance(key, str):
                yield Fault("PIP-050", *step.place("Arguments", "Tags", index), "A tag's key is a text.")
            elif key.lower() not in reserved:
                kept.append(tag)
            elif tag != {"Key": key, "Value": ours.get(key)}:
                message = f"Tag {shown(key)} is the platform's own."
                yield Fault("PIP-050", *step.place("Arguments", "Tags", index), message)
        step.arguments["Tags"] = [*kept, *({"Key": key, "Value": value} for key, value in ours.items())]
        if len(kept) + len(ours) > MOST_TAGS:
            message = f"{len(kept)} tags and {len(ours)} of the platform are more than {MOST_TAGS}."
            yield Fault("PIP-050", *step.place("Arguments", "Tags"), message)

    def _instance(self, step: Step, path: Path) -> Iterator[Fault]:
        stated = found(step.arguments, path)
        named = self._default_of(stated) if is_expression(stated) else stated
        approved = self._injected.instance_types
        # A parameter without a default is decided at the start; IAM refuses other types then.
        if named is not None and named not in approved:
            given = "No type is stated" if named is ABSENT else f"{shown(named)} is not approved"
            yield Fault("PIP-049", *step.place("Arguments", *path), f"{given}; {one_of(approved)}.")

    def _default_of(self, stated: Map) -> object:
        """The default of the parameter that an expression is; what is not a parameter is not approved."""
        expression = first_of(stated)
        if not isinstance(expression, Parameter) or "Get" not in stated:
            return "an expression"
        declared = [each for _, each in parameters_in(self._document) if each.get("Name") == expression.name]
        return declared[0].get("DefaultValue") if declared else None

    def _images(self, step: Step, paths: Sequence[tuple[str | int, ...]]) -> Iterator[Fault]:
        for path in paths:
            stated = found(step.arguments, path)
            if not self._is_own_image(stated):
                given = "No image is stated" if stated is ABSENT else f"The image is {described(stated)}"
                digest = f'["{self._injected.image_uri}", {{"Get": "Parameters.ImageDigest"}}]'
                fix = f'Write {{"Std:Join": {{"On": "@", "Values": {digest}}}}}, or such an image by its digest.'
                yield Fault("PIP-048", *step.place("Arguments", *path), f"{given}.", fix)

    def _is_own_image(self, stated: object) -> bool:
        """Whether it is an image of the model's repository by its digest: written down, or in one parameter."""
        start, named = beginning(stated), f"{self._injected.image_uri}@"
        if start.whole:
            return start.text.startswith(named) and _DIGEST.fullmatch(start.text.removeprefix(named)) is not None
        *before, last = list_of(map_of(map_of(stated).get("Std:Join")).get("Values")) or [None]
        parameter = is_map(last) and last.keys() == {"Get"} and isinstance(first_of(last), Parameter)
        return parameter and start.text == named and all(isinstance(each, str) for each in before)

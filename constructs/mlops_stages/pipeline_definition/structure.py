"""Checks the frame of a definition: its keys, parameters and steps, before anyone asks what the steps do.

Sources: https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/,
https://docs.aws.amazon.com/general/latest/gr/sagemaker.html (quotas)
"""

import re
from collections.abc import Iterator

from mlops_stages.pipeline_definition import shapes
from mlops_stages.pipeline_definition.caching import faults_of_cache
from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.frame import (
    faults_of_list,
    faults_of_name,
    faults_of_text,
    is_misspelt,
    unknown_keys,
    wrong_kind,
)
from mlops_stages.pipeline_definition.kinds import EVERY_STEP_KEYS, OF_SAGEMAKER, Support
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.pipeline_definition.parameters import faults_of_parameters
from mlops_stages.pipeline_definition.retries import faults_of_retries
from mlops_stages.pipeline_definition.steps import BRANCHES, Step, steps_in
from mlops_stages.platform.errors import shown
from mlops_stages.platform.plain import Map, is_map, list_of, text_of

VERSION = "2020-12-01"
MOST_STEPS = 50
_TOP_KEYS = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps")
_METADATA_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
_METADATA_LONGEST = 1024
_STEP_TEXTS = {"DisplayName": "StepDisplayName", "Description": "StepDescription"}
"""Texts about a step, and the shapes of the API that say how long they may be."""
EXPERIMENT_OF_THE_SDK: Map = {
    "ExperimentName": {"Get": "Execution.PipelineName"},
    "TrialName": {"Get": "Execution.PipelineExecutionId"},
}
"""What the SDK writes where the author says nothing; it is taken out, as runs are traced by the registry."""


def faults_of_structure(document: Map, support: Support) -> Iterator[Fault]:
    """What is wrong with the frame."""
    yield from _top(document)
    version = document.get("Version")
    if version != VERSION:
        yield Fault("PIP-011", None, ("Version",), f"The version is {shown(version)}, not {shown(VERSION)}.")
    yield from _tracking(document, support)
    yield from _metadata(document)
    yield from faults_of_parameters(document)
    yield from _steps(document, support)


def _top(document: Map) -> Iterator[Fault]:
    described = shapes.members(shapes.shape(shapes.answer_of("DescribePipeline")))
    for fault in unknown_keys(document, _TOP_KEYS, None, ()):
        key = str(fault.loc[-1])
        if key in described:
            message = f"{shown(key)} is a field of what `describe-pipeline` answers, not of a definition."
            yield Fault("PIP-012", None, fault.loc, message, "Remove it.")
        else:
            yield fault


def _tracking(document: Map, support: Support) -> Iterator[Fault]:
    """What groups executions outside of the registry."""
    experiment = document.get("PipelineExperimentConfig")
    if experiment is not None and not is_map(experiment):
        yield wrong_kind(experiment, "an object", None, ("PipelineExperimentConfig",))
    elif not support.experiments and experiment not in (None, EXPERIMENT_OF_THE_SDK):
        fix = "Give the SDK's Pipeline `pipeline_experiment_config=None`."
        message = "The platform keeps no experiments of pipelines: the registry traces each run."
        yield Fault("PIP-036", None, ("PipelineExperimentConfig",), message, fix)
    if document.get("MlflowConfig") is not None:
        fix = "Give the SDK's Pipeline no `mlflow_config`."
        yield Fault("PIP-036", None, ("MlflowConfig",), support.no_mlflow, fix)


def _metadata(document: Map) -> Iterator[Fault]:
    metadata = document.get("Metadata", {})
    if not is_map(metadata):
        fix = "Remove `Metadata`, or write an object of texts."
        yield wrong_kind(metadata, "an object of texts", None, ("Metadata",), fix)
        return
    for key, value in metadata.items():
        place = ("Metadata", key)
        if not _METADATA_KEY.fullmatch(key):
            message = f"{shown(key)} is not a key of metadata: 1 to 128 letters, digits, '-' and '_'."
            yield Fault("PIP-012", None, place, message)
        elif not isinstance(value, str):
            yield wrong_kind(value, "a text", None, place)
        elif len(value) > _METADATA_LONGEST:
            message = f"{len(value):,} characters are out of range: 0 to {_METADATA_LONGEST:,}."
            yield Fault("PIP-033", None, place, message)


def _steps(document: Map, support: Support) -> Iterator[Fault]:
    if "Steps" not in document:
        if not is_misspelt(document, "Steps", _TOP_KEYS):
            yield Fault("PIP-013", None, ("Steps",), "There is no `Steps`.")
        return
    faults = tuple(faults_of_list(document, "Steps", None, ("Steps",)))
    yield from faults
    found = list(steps_in(document))
    if len(found) > MOST_STEPS or (not found and not faults):
        message = f"There are {len(found)} steps; SageMaker takes 1 to {MOST_STEPS}."
        yield Fault("PIP-015", None, ("Steps",), message)
    names: set[str] = set()
    for step in found[:MOST_STEPS]:
        keys = EVERY_STEP_KEYS | support.keys.get(step.type or "", frozenset())
        yield from faults_of_name(step.value, "step", names, *step.place(), known=keys)
        yield from _step(step, support)


def _step(step: Step, support: Support) -> Iterator[Fault]:
    value = step.value
    keys = support.keys.get(step.type or "")
    if keys is None:
        yield _other_type(step, support)
        return
    yield from unknown_keys(value, sorted(EVERY_STEP_KEYS | keys), *step.place())
    if not is_map(value.get("Arguments")) and not is_misspelt(value, "Arguments", EVERY_STEP_KEYS | keys):
        code = "PIP-014" if "Arguments" in value else "PIP-013"
        yield Fault(code, *step.place("Arguments"), "A step needs `Arguments`, an object.")
    for key, shape in _STEP_TEXTS.items():
        yield from faults_of_text(value, key, int(shapes.shape(shape)["max"]), *step.place())
    if step.type == "Fail":
        yield from unknown_keys(step.arguments, ("ErrorMessage",), *step.place("Arguments"))
    # A key that steps of this type don't have was told as unknown.
    if "PropertyFiles" in keys:
        yield from _property_files(step)
    if "CacheConfig" in keys:
        yield from faults_of_cache(step)
    if "RetryPolicies" in keys:
        yield from faults_of_retries(step)
    for branch in BRANCHES if step.type == "Condition" else ():
        yield from faults_of_list(step.arguments, branch, *step.place("Arguments", branch))


def _other_type(step: Step, support: Support) -> Fault:
    types = tuple(support.keys)
    fix = f"Use one of the types {', '.join(types)}."
    stated = step.value.get("Type")
    if step.type is None:
        message = f"The step's type is {shown(stated)}." if "Type" in step.value else "The step has no `Type`."
        return Fault("PIP-013", *step.place("Type"), message, fix)
    if step.type not in OF_SAGEMAKER:
        message = f"{shown(step.type)} is not a SageMaker step type{likely(step.type, types)}."
    else:
        why = support.why_not.get(step.type, "")
        message = f"{support.refusal} {shown(step.type)}. {why}".strip()
    return Fault("PIP-018", *step.place("Type"), message, fix)


def _property_files(step: Step) -> Iterator[Fault]:
    yield from faults_of_list(step.value, "PropertyFiles", *step.place("PropertyFiles"))
    names: set[str] = set()
    for index, each in enumerate(list_of(step.value.get("PropertyFiles"))):
        place = step.place("PropertyFiles", index)
        keys = ("PropertyFileName", "OutputName", "FilePath")
        if not is_map(each):
            continue
        yield from unknown_keys(each, keys, *place)
        for key in keys:
            if not isinstance(each.get(key), str) and not is_misspelt(each, key, keys):
                where = step.place("PropertyFiles", index, key)
                yield Fault("PIP-013", *where, f"A property file needs `{key}`, a text.")
        name, output = text_of(each, "PropertyFileName"), text_of(each, "OutputName")
        if name is not None and name in names:
            where = step.place("PropertyFiles", index, "PropertyFileName")
            yield Fault("PIP-017", *where, f"Duplicate property file {shown(name)}.")
        names.add(name or "")
        if output is not None and output not in step.outputs and is_map(step.value.get("Arguments")):
            message = f"The step has no output {shown(output)}{likely(output, step.outputs)}; {one_of(step.outputs)}."
            yield Fault("PIP-023", *step.place("PropertyFiles", index, "OutputName"), message)

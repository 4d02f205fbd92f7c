"""Checks the frame of a definition: its keys, parameters and steps, before anyone asks what the steps do.

Sources: https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/,
https://docs.aws.amazon.com/general/latest/gr/sagemaker.html (quotas)
"""

import re
from collections.abc import Iterable, Iterator
from types import UnionType

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.pipeline_definition.kinds import EVERY_STEP_KEYS, STEP_KEYS, STEP_TYPES, WHY_NOT
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.pipeline_definition.steps import BRANCHES, Step, parameters_in, steps_in
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import Map, is_map, list_of, map_of, text_of

VERSION = "2020-12-01"
MOST_STEPS = 50
MOST_PARAMETERS = 200
LONGEST_TEXT = 4096
"""Characters of a parameter's default and of a step's description."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DURATION = re.compile(
    r"P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?"
)
_TOP_KEYS = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps")
_PARAMETER_KEYS = ("Name", "Type", "DefaultValue", "Description", "EnumValues")
_RETRY_KEYS = ("BackoffRate", "ExceptionType", "ExpireAfterMin", "IntervalSeconds", "MaxAttempts")
_EXCEPTIONS = (
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.RESOURCE_LIMIT",
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
)
EXPERIMENT_OF_THE_SDK: Map = {
    "ExperimentName": {"Get": "Execution.PipelineName"},
    "TrialName": {"Get": "Execution.PipelineExecutionId"},
}
"""What the SDK writes where the author says nothing; it is taken out, as runs are traced by the registry."""
_KINDS_OF_JSON: tuple[tuple[type | UnionType, str], ...] = (
    (dict, "an object"),
    (list, "a list"),
    (str, "a text"),
    (bool, "true or false"),
    (int | float, "a number"),
)
_TYPES: dict[str, tuple[type, ...]] = {"String": (str,), "Integer": (int,), "Float": (int, float), "Boolean": (bool,)}


def faults_of_structure(document: Map) -> Iterator[Fault]:
    """What is wrong with the frame."""
    yield from _unknown_keys(document, _TOP_KEYS, None, ())
    version = document.get("Version")
    if version != VERSION:
        yield Fault("PIP-011", None, ("Version",), f"The version is {shown(version)}, not {shown(VERSION)}.")
    if document.get("PipelineExperimentConfig") not in (None, EXPERIMENT_OF_THE_SDK):
        fix = "Give the SDK's Pipeline `pipeline_experiment_config=None`."
        message = "The platform keeps no experiments of pipelines: the registry traces each run."
        yield Fault("PIP-036", None, ("PipelineExperimentConfig",), message, fix)
    yield from _parameters(document)
    yield from _steps(document)


def _parameters(document: Map) -> Iterator[Fault]:
    yield from _list_of_objects(document.get("Parameters", []), None, ("Parameters",))
    found = list(parameters_in(document))
    if len(found) > MOST_PARAMETERS:
        message = f"There are {len(found)} parameters; SageMaker takes {MOST_PARAMETERS}."
        yield Fault("PIP-015", None, ("Parameters",), message)
    names: set[str] = set()
    for loc, parameter in found[:MOST_PARAMETERS]:
        yield from _name(parameter, "parameter", names, None, loc)
        yield from _unknown_keys(parameter, _PARAMETER_KEYS, None, loc)
        kind = parameter.get("Type", "String")
        if not isinstance(kind, str) or kind not in _TYPES:
            message = f"{shown(kind)} is no type of a parameter; {one_of(_TYPES)}."
            yield Fault("PIP-019", None, (*loc, "Type"), message)
            continue
        given = [((*loc, "DefaultValue"), parameter["DefaultValue"])] if "DefaultValue" in parameter else []
        given += [((*loc, "EnumValues", i), each) for i, each in enumerate(list_of(parameter.get("EnumValues")))]
        yield from (fault for place, value in given for fault in _value_of_type(value, kind, place))


def _value_of_type(value: object, kind: str, loc: Loc) -> Iterator[Fault]:
    fits = isinstance(value, _TYPES[kind]) and (kind == "Boolean" or not isinstance(value, bool))
    if not fits or (isinstance(value, str) and len(value) > LONGEST_TEXT):
        yield Fault("PIP-019", None, loc, f"{shown(value)} is no {kind} of at most {LONGEST_TEXT} characters.")


def _steps(document: Map) -> Iterator[Fault]:
    if "Steps" not in document:
        yield Fault("PIP-013", None, (), "There is no `Steps`.")
        return
    yield from _list_of_objects(document["Steps"], None, ("Steps",))
    found = list(steps_in(document))
    if not 1 <= len(found) <= MOST_STEPS:
        message = f"There are {len(found)} steps; SageMaker takes 1 to {MOST_STEPS}."
        yield Fault("PIP-015", None, ("Steps",), message)
    names: set[str] = set()
    for step in found[:MOST_STEPS]:
        yield from _name(step.value, "step", names, *step.place())
        yield from _step(step)


def _step(step: Step) -> Iterator[Fault]:
    value = step.value
    if step.type not in STEP_TYPES:
        fix = f"Use a type of step that the platform deploys: {', '.join(STEP_TYPES)}."
        if step.type is None:
            yield Fault("PIP-013", *step.place("Type"), "The step has no `Type`.", fix)
        else:
            why = WHY_NOT.get(step.type) or f"SageMaker knows it not{likely(step.type, STEP_TYPES)}."
            yield Fault(
                "PIP-018", *step.place("Type"), f"Steps of type {shown(step.type)} are not deployed. {why}", fix
            )
        return
    yield from _unknown_keys(value, sorted(EVERY_STEP_KEYS | STEP_KEYS[step.type]), *step.place())
    if not is_map(value.get("Arguments")):
        code = "PIP-014" if "Arguments" in value else "PIP-013"
        yield Fault(code, *step.place("Arguments"), "A step's `Arguments` are an object.")
    for key in ("DisplayName", "Description"):
        if key in value and not isinstance(value[key], str):
            yield _wrong_kind(value[key], "a text", *step.place(key))
    if step.type == "Fail":
        yield from _unknown_keys(step.arguments, ("ErrorMessage",), *step.place("Arguments"))
    yield from _property_files(step)
    yield from _cache(step)
    yield from _retries(step)
    for branch in BRANCHES if step.type == "Condition" else ():
        yield from _list_of_objects(step.arguments.get(branch, []), *step.place("Arguments", branch))


def _property_files(step: Step) -> Iterator[Fault]:
    yield from _list_of_objects(step.value.get("PropertyFiles", []), *step.place("PropertyFiles"))
    names: set[str] = set()
    for index, each in enumerate(list_of(step.value.get("PropertyFiles"))):
        place = step.place("PropertyFiles", index)
        keys = ("PropertyFileName", "OutputName", "FilePath")
        if not is_map(each):
            continue
        yield from _unknown_keys(each, keys, *place)
        for key in keys:
            if not isinstance(each.get(key), str):
                yield Fault(
                    "PIP-013", *step.place("PropertyFiles", index, key), f"A property file needs `{key}`, a text."
                )
        name, output = text_of(each, "PropertyFileName"), text_of(each, "OutputName")
        if name in names:
            yield Fault("PIP-017", *place, f"Property file {shown(name)} is declared twice.")
        names.add(name or "")
        if output is not None and output not in step.outputs:
            message = f"The step has no output {shown(output)}{likely(output, step.outputs)}; {one_of(step.outputs)}."
            yield Fault("PIP-023", *step.place("PropertyFiles", index, "OutputName"), message)


def _cache(step: Step) -> Iterator[Fault]:
    if "CacheConfig" not in step.value:
        return
    place, cache = step.place("CacheConfig"), map_of(step.value["CacheConfig"])
    yield from _unknown_keys(cache, ("Enabled", "ExpireAfter"), *place)
    if not isinstance(cache.get("Enabled"), bool):
        yield Fault("PIP-014", *place, "`CacheConfig` is an object whose `Enabled` is true or false.")
    after = cache.get("ExpireAfter", "P1D")
    if not (isinstance(after, str) and _DURATION.fullmatch(after)):
        message = f"{shown(after)} is no length of time of ISO 8601, such as 'P30D'."
        yield Fault("PIP-014", *step.place("CacheConfig", "ExpireAfter"), message)


def _retries(step: Step) -> Iterator[Fault]:
    yield from _list_of_objects(step.value.get("RetryPolicies", []), *step.place("RetryPolicies"))
    for index, each in enumerate(list_of(step.value.get("RetryPolicies"))):
        if is_map(each):
            yield from _unknown_keys(each, _RETRY_KEYS, *step.place("RetryPolicies", index))
            types = each.get("ExceptionType")
            for name in list_of(types) if is_list(types) else [types]:
                if name not in _EXCEPTIONS:
                    message = f"{shown(name)} is nothing that a step is tried again after; {one_of(_EXCEPTIONS)}."
                    yield Fault("PIP-034", *step.place("RetryPolicies", index, "ExceptionType"), message)


def _name(value: Map, noun: str, names: set[str], step: str | None, loc: Loc) -> Iterator[Fault]:
    name = value.get("Name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        code = "PIP-016" if "Name" in value else "PIP-013"
        message = f"{shown(name)} is no name of a {noun}: 1 to 64 letters, digits, '-' and '_'."
        yield Fault(code, step, (*loc, "Name"), message)
    elif name in names:
        yield Fault("PIP-017", step, (*loc, "Name"), f"There are two of the name {shown(name)}.")
    else:
        names.add(name)


def _unknown_keys(value: Map, known: Iterable[str], step: str | None, loc: Loc) -> Iterator[Fault]:
    for key in value:
        if key not in known:
            message = f"{shown(key)} is unknown here{likely(key, known)}; {one_of(known)}."
            yield Fault("PIP-012", step, (*loc, key), message)


def _list_of_objects(value: object, step: str | None, loc: Loc) -> Iterator[Fault]:
    if not is_list(value):
        yield _wrong_kind(value, "a list of objects", step, loc)
    for index, each in enumerate(list_of(value)):
        if not is_map(each):
            yield _wrong_kind(each, "an object", step, (*loc, index))


def _wrong_kind(value: object, wanted: str, step: str | None, loc: Loc) -> Fault:
    kind = next((name for python, name in _KINDS_OF_JSON if isinstance(value, python)), "nothing")
    return Fault("PIP-014", step, loc, f"This is {kind}, not {wanted}.")

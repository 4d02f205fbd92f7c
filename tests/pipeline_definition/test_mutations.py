"""Whatever is done to a good definition: it is refused, or deployed as safe as it was."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_stages.pipeline_definition import PipelineDefinition, PipelineErrors, faults_of_text
from mlops_stages.pipeline_definition.verification import faults_of_filled
from mlops_stages.platform.plain import is_map, list_of
from tests.pipeline_definition.given import GOOD, INJECTED, SOURCE, arguments, filled

SAFE = filled()
JOBS = ("Prepare", "Train", "Evaluate")
_SETTINGS = {
    "Train": [
        ("RoleArn",),
        ("VpcConfig",),
        ("VpcConfig", "Subnets"),
        ("VpcConfig", "SecurityGroupIds"),
        ("EnableNetworkIsolation",),
        ("EnableInterContainerTrafficEncryption",),
        ("ResourceConfig", "VolumeKmsKeyId"),
        ("OutputDataConfig", "KmsKeyId"),
        ("Tags",),
        ("TrainingJobName",),
    ],
    **{
        name: [
            ("RoleArn",),
            ("NetworkConfig",),
            ("NetworkConfig", "VpcConfig"),
            ("NetworkConfig", "VpcConfig", "Subnets"),
            ("NetworkConfig", "EnableNetworkIsolation"),
            ("NetworkConfig", "EnableInterContainerTrafficEncryption"),
            ("ProcessingResources", "ClusterConfig", "VolumeKmsKeyId"),
            ("ProcessingOutputConfig", "KmsKeyId"),
            ("Tags",),
            ("ProcessingJobName",),
        ]
        for name in ("Prepare", "Evaluate")
    },
    "Register": [("ModelPackageGroupName",), ("ModelApprovalStatus",)],
}
PLACES = [(name, path) for name, paths in _SETTINGS.items() for path in paths]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ODD = st.sampled_from(
    [
        None,
        "",
        False,
        [],
        {},
        "false",
        "true",
        {"Get": "Parameters.Commit"},
        {"Get": "Execution.TrainingJobName"},
        {"Get": "Execution.ProcessingJobName"},
        {"Std:JsonGet": {"S3Uri": {"Std:Join": {"On": "/", "Values": ["s3://elsewhere", "x.json"]}}, "Path": "x"}},
        {"Std:Join": {"On": "", "Values": ["sg", "-99"]}},
        ["subnet-0a", "subnet-0a"],
        [{"Key": "team", "Value": "fraud"}],
        "Approved",
    ]
)


def _deployed(document: object) -> Any:  # noqa: ANN401 - JSON
    """What would be deployed, or nothing where the definition is refused."""
    try:
        return json.loads(PipelineDefinition.parse(json.dumps(document), SOURCE).filled(INJECTED))
    except PipelineErrors:
        return None


def _is_safe(document: Any) -> bool:  # noqa: ANN401 - JSON
    """Judged here by comparison with the reference, not by the code under test alone."""
    for name, path in PLACES:
        held: Any = arguments(document, name)
        safe: Any = arguments(SAFE, name)
        for part in path:
            held, safe = held[part], safe[part]
        # A definition may have tags of its own; ours must be there.
        if held != safe and not (path == ("Tags",) and all(tag in held for tag in safe)):
            return False
    return not list(faults_of_filled(document, INJECTED))


@settings(deadline=None, max_examples=150)
@given(place=st.sampled_from(PLACES), value=JSON | ODD)
def test_a_setting_of_the_platform_that_is_stated_otherwise_never_passes(place: Any, value: Any) -> None:  # noqa: ANN401
    document = copy.deepcopy(GOOD)
    name, path = place
    holder: Any = arguments(document, name)
    for part in path[:-1]:
        holder = holder.setdefault(part, {})
    holder[path[-1]] = value
    deployed = _deployed(document)
    assert deployed is None or _is_safe(deployed)


@settings(deadline=None, max_examples=100)
@given(place=st.sampled_from(PLACES), letters=st.permutations("abc"), drop=st.integers(0, 10))
def test_a_setting_of_the_platform_that_is_misspelt_never_passes(place: Any, letters: list[str], drop: int) -> None:  # noqa: ANN401
    document = copy.deepcopy(SAFE)
    name, path = place
    holder: Any = arguments(document, name)
    for part in path[:-1]:
        holder = holder[part]
    word = path[-1]
    position = drop % len(word)
    value = holder.pop(word)
    holder[word[:position] + letters[0] + word[position + 1 :]] = value
    deployed = _deployed(document)
    assert deployed is None or _is_safe(deployed)


@settings(deadline=None, max_examples=60)
@given(place=st.sampled_from(PLACES))
def test_a_setting_of_the_platform_that_is_removed_is_there_again(place: Any) -> None:  # noqa: ANN401
    document = copy.deepcopy(SAFE)
    name, path = place
    holder: Any = arguments(document, name)
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]
    assert _is_safe(_deployed(document))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    inner = value.items() if is_map(value) else enumerate(list_of(value))
    return [path, *(place for key, each in inner for place in _places(each, (*path, key)))]


ANYWHERE = [place for place in _places(GOOD) if place]


@settings(deadline=None, max_examples=250)
@given(place=st.sampled_from(ANYWHERE), value=JSON | ODD)
def test_whatever_stands_anywhere_is_refused_or_safe_and_never_a_traceback(place: Any, value: Any) -> None:  # noqa: ANN401
    document = copy.deepcopy(GOOD)
    holder: Any = document
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = value
    faults_of_text(json.dumps(document), INJECTED)
    deployed = _deployed(document)
    jobs = [] if deployed is None else list(faults_of_filled(deployed, INJECTED))
    assert jobs == []


@settings(deadline=None, max_examples=100)
@given(value=JSON)
def test_any_json_at_all_is_told_and_never_a_traceback(value: Any) -> None:  # noqa: ANN401
    text = json.dumps(value)
    assert faults_of_text(text, INJECTED) or _deployed(value) is not None

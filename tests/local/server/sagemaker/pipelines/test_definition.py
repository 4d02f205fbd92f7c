"""Definitions of pipelines: what can run, and what is refused with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.server.sagemaker.pipelines import definition as definitions
from mlops_stages.local.server.sagemaker.pipelines.definition import DefinitionError
from mlops_stages.pipeline_definition.pipeline import Pipeline
from tests.local.laboratory import Json, compare, definition, fail, gate, get, step

MODEL = {"ExecutionRoleArn": "arn:aws:iam::222222222222:role/model", "PrimaryContainer": {"Image": "image"}}


TRAINING = {
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "RoleArn": "arn:aws:iam::222222222222:role/training",
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}


def work(name: str, *after: str, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    return step(name, "Model", MODEL, **({"DependsOn": list(after)} if after else {}), **more)


def with_image(image: Json) -> Json:
    return {**MODEL, "PrimaryContainer": {"Image": image}}


def parameter(kind: str, default: object = None, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    given = {} if default is None else {"DefaultValue": default}
    return {"Name": "P", "Type": kind, **given, **more}


def read(*steps: Json, parameters: list[Json] | None = None, **more: Any) -> Pipeline:  # noqa: ANN401
    return definitions.read(json.dumps(definition(*steps, parameters=parameters, **more)))


def test_a_step_waits_for_what_it_depends_on_and_for_what_it_refers_to() -> None:
    found = read(
        work("A"),
        work("B"),
        step("C", "Model", with_image(get("Steps.B.ModelName")), DependsOn=["A"]),
    )
    assert found.steps["C"].waits_for == {"A", "B"}


def test_the_steps_of_a_branch_know_their_condition_and_its_outcome() -> None:
    found = read(
        gate(
            "Gate",
            compare("Equals", 1, 1),
            then=[work("Yes")],
            otherwise=[gate("Inner", compare("Equals", 1, 2), then=[fail("No")])],
        )
    )
    assert (found.steps["Yes"].parent, found.steps["Yes"].when) == ("Gate", True)
    assert (found.steps["Inner"].parent, found.steps["Inner"].when) == ("Gate", False)
    assert found.steps["No"].parent == "Inner"


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([], "Steps: There are 0 steps"),
        ([step("A", "Tuning", {"x": 1})], "step A, Type: The local AWS does not run steps of type 'Tuning'"),
        ([step("A b", "Model", MODEL)], "step A b, Name: 'A b' is not a name of a step"),
        ([work("A"), work("A")], "step A, Name: Duplicate name 'A'"),
        ([work("A", "B")], "step A, DependsOn[0]: There is no step 'B'"),
        ([work("A", "B"), work("B", "C"), work("C", "A"), work("D")], "wait for each other: 'A' -> 'B' -> 'C' -> 'A'"),
        ([work("A", "A")], "wait for each other: 'A' -> 'A'"),
        ([gate("Gate", compare("Equals", 1, 1), then=[work("A")]), work("B", "A")], None),
        (
            [work("B", "Gate"), gate("Gate", compare("Equals", get("Steps.C.ModelName"), 1), then=[work("C")])],
            "wait for each other",
        ),
        ([step("A", "Model", with_image(get("Parameters.Nope")))], "Image: No parameter 'Nope' is declared"),
        ([step("A", "Model", with_image(get("Execution.Nope")))], "An execution has no 'Nope'"),
        ([step("A", "Model", with_image(get("Execution.TrainingJobName")))], "in steps of type Training only"),
        ([step("A", "Model", with_image(get("Nope.x")))], "'Nope.x' is none of"),
        ([step("A", "Model", with_image({"Std:Nope": 1}))], "There is no function 'Std:Nope'"),
        ([step("A", "Model", {**MODEL, "PrimaryContaner": {}})], "CreateModel has no field 'PrimaryContaner'"),
        ([gate("Gate", compare("Nearly", 1, 1))], "'Nearly' is not a type of condition"),
        ([gate("Gate", {"Type": "Equals", "LeftValue": 1})], "The condition needs `RightValue`"),
        ([gate("Gate")], "A condition step needs a condition"),
        ([step("A", "Fail", {})], "`ErrorMessage`, a text"),
        ([step("A", "Fail", {"Message": "x"})], "'Message' is unknown here"),
        ([step("A", "Model", MODEL, Colour="red")], "'Colour' is unknown here"),
        ([step("A", "Model", MODEL, CacheConfig={"Enabled": True, "ExpireAfter": "P1D"})], "'CacheConfig' is unknown"),
        ([step("A", "Model", MODEL, RetryPolicies=[{"ExceptionType": []}])], "An empty list names no error"),
        ([work(f"S{number}") for number in range(51)], "there are 51 steps".capitalize()),
        (
            [
                work("A"),
                gate(
                    "G",
                    compare(
                        "Equals", {"Std:JsonGet": {"PropertyFile": get("Steps.A.PropertyFiles.R"), "Path": "x"}}, 1
                    ),
                ),
            ],
            "Step 'A' has no property file 'R'",
        ),
    ],
)
def test_a_definition_that_could_not_run_is_refused(steps: list[Json], reason: str | None) -> None:
    if reason is None:
        read(*steps)
        return
    with pytest.raises(DefinitionError) as refused:
        read(*steps)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Line 1, column 2"),
        ("\ufeff{}", "U.FEFF .ZERO WIDTH NO-BREAK SPACE. stands there"),
        ("[]", "is not an object"),
        ('{"Version": "2019-01-01", "Steps": []}', "The version is '2019-01-01'"),
    ],
)
def test_a_text_that_is_no_definition_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        definitions.read(text)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ([parameter("Complex")], "'Complex' is not a type of a parameter"),
        ([parameter("Integer", 1.5)], "1.5 is not of type Integer"),
        ([parameter("Integer", True)], "true is not of type Integer"),
        ([parameter("String", "c", EnumValues=["a", "b"])], "'c' is not one of `EnumValues`"),
        ([parameter("String"), parameter("Float")], "Duplicate name 'P'"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(parameters: list[Json], reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        read(work("A"), parameters=parameters)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(DefinitionError) as refused:
        read(work("A", "Nope"), step("B", "Lambda", {"x": 1}), parameters=[parameter("Complex")])
    assert all(said in str(refused.value) for said in ("no step 'Nope'", "'Lambda'", "'Complex'"))


def test_what_is_left_out_has_awss_default() -> None:
    found = read(work("A", RetryPolicies=[{"ExceptionType": "Step.THROTTLING"}]), parameters=[{"Name": "P"}])
    (policy,) = found.steps["A"].retries
    assert (policy.interval, policy.backoff, policy.attempts, policy.minutes) == (1, 2.0, 5, None)
    assert found.parameters["P"].type == "String"
    assert found.parameters["P"].default is None


def test_a_cache_is_read_in_seconds_and_one_that_is_off_is_none() -> None:
    work_step = {"CacheConfig": {"Enabled": True, "ExpireAfter": "30dT5h"}}
    off = {"CacheConfig": {"Enabled": False, "ExpireAfter": "P1D"}}
    found = read(step("A", "Training", TRAINING, **work_step), step("B", "Training", TRAINING, **off))
    assert found.steps["A"].cache_seconds == 30 * 86400 + 5 * 3600
    assert found.steps["B"].cache_seconds is None

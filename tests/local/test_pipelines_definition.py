"""Definitions of pipelines: what can run, and what is refused with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.pipelines import definition as definitions
from mlops_stages.local.pipelines import durations
from mlops_stages.local.pipelines.definition import DefinitionError
from tests.local.laboratory import Json, compare, definition, fail, gate, get, step

MODEL = {"PrimaryContainer": {"Image": "image"}}


def work(name: str, *after: str, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    return step(name, "Model", MODEL, **({"DependsOn": list(after)} if after else {}), **more)


def parameter(kind: str, default: object = None, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    given = {} if default is None else {"DefaultValue": default}
    return {"Name": "P", "Type": kind, **given, **more}


def read(*steps: Json, parameters: list[Json] | None = None, **more: Any) -> definitions.Definition:  # noqa: ANN401
    return definitions.read(json.dumps(definition(*steps, parameters=parameters, **more)))


def test_a_step_waits_for_what_it_depends_on_and_for_what_it_refers_to() -> None:
    found = read(
        work("A"),
        work("B"),
        step("C", "Model", {"PrimaryContainer": {"Image": get("Steps.B.ModelName")}}, DependsOn=["A"]),
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
        ([], "there are no Steps"),
        ([step("A", "Tuning", {"x": 1})], "step A: the type 'Tuning' is not supported"),
        ([step("A b", "Model", MODEL)], "the name must be"),
        ([work("A"), work("A")], "step name 'A' is used more than once"),
        ([work("A", "B")], "step A: there is no step B"),
        ([work("A", "B"), work("B", "C"), work("C", "A"), work("D")], "the steps A, B, C wait for each other"),
        ([work("A", "A")], "the steps A wait for each other"),
        ([gate("Gate", compare("Equals", 1, 1), then=[work("A")]), work("B", "A")], None),
        (
            [work("B", "Gate"), gate("Gate", compare("Equals", get("Steps.C.ModelName"), 1), then=[work("C")])],
            "C, Gate",
        ),
        ([step("A", "Model", {"PrimaryContainer": {"Image": get("Parameters.Nope")}})], "there is no parameter Nope"),
        ([step("A", "Model", {"PrimaryContainer": {"Image": get("Execution.Nope")}})], "there is no Execution.Nope"),
        ([step("A", "Model", {"PrimaryContainer": {"Image": get("Nope.x")}})], "'Nope.x' is no reference"),
        ([step("A", "Model", {"PrimaryContainer": {"Image": {"Std:Nope": 1}}})], "the function Std:Nope is unknown"),
        ([gate("Gate", compare("Nearly", 1, 1))], "unknown condition type 'Nearly'"),
        ([gate("Gate", {"Type": "Equals", "LeftValue": 1})], "a condition of type Equals needs RightValue"),
        ([gate("Gate")], "Conditions must not be empty"),
        ([step("A", "Fail", {})], "Arguments must be given"),
        ([step("A", "Fail", {"Message": "x"})], "ErrorMessage must be given"),
        ([step("A", "Model", MODEL, Colour="red")], "Colour is no member of a step"),
        ([step("A", "Model", MODEL, CacheConfig={"Enabled": True, "ExpireAfter": "P1D"})], "CacheConfig is not for"),
        ([step("A", "Training", MODEL, CacheConfig={"Enabled": True, "ExpireAfter": "soon"})], "no ISO 8601 duration"),
        ([work(f"S{number}") for number in range(51)], "there are 51 steps"),
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
            "step A has no property file R",
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
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('{"Version": "2019-01-01", "Steps": []}', "Version '2019-01-01' is not supported"),
    ],
)
def test_a_text_that_is_no_definition_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        definitions.read(text)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ([parameter("Complex")], "type 'Complex' is unknown"),
        ([parameter("Integer", 1.5)], "the default 1.5 is no Integer"),
        ([parameter("Integer", True)], "the default True is no Integer"),
        ([parameter("String", "c", EnumValues=["a", "b"])], "is not one of its EnumValues"),
        ([parameter("String"), parameter("Float")], "used more than once"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(parameters: list[Json], reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        read(work("A"), parameters=parameters)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(DefinitionError) as refused:
        read(work("A", "Nope"), step("B", "Lambda", {"x": 1}), parameters=[parameter("Complex")])
    assert all(said in str(refused.value) for said in ("no step Nope", "'Lambda'", "'Complex'"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P30D", 30 * 86400),
        ("PT1H", 3600),
        ("P1DT12H30M5S", 86400 + 12 * 3600 + 30 * 60 + 5),
        ("P2W", 14 * 86400),
        ("P1Y2M", (365 + 60) * 86400),
        ("T16m", 16 * 60),
        ("30d", 30 * 86400),
    ],
)
def test_a_duration_is_read_as_aws_takes_it(text: str, seconds: float) -> None:
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "1", "P1H", "PT1D", "forever", "P-1D"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        durations.seconds(text)

"""The frame of a definition: its keys, parameters and steps."""

import json
from typing import Any

import pytest

from tests.pipeline_definition.given import (
    ADDED_AT,
    Change,
    Json,
    arguments,
    changed,
    errors_after,
    errors_of,
    only_error,
    place,
    places_after,
    step,
)


def put(name: str, key: str, value: Any) -> Change:  # noqa: ANN401 - any JSON
    """Set a key of a step."""

    def change(document: Json) -> None:
        step(document, name)[key] = value

    return change


@pytest.mark.parametrize("version", ["2021-01-01", "", None, 1, {}])
def test_another_version_is_refused(version: Any) -> None:  # noqa: ANN401 - any JSON
    assert places_after(lambda d: d.update(Version=version)) == [("PIP-011", None, "Version")]


def test_a_misspelt_key_is_told_with_the_right_one() -> None:
    error = only_error(lambda d: d.update(Parameter=[]))
    assert place(error) == ("PIP-012", None, "Parameter")
    assert "'Parameters'" in error.message


def test_a_misspelt_key_of_a_step_is_told_with_the_step() -> None:
    error = only_error(put("Train", "DependOn", ["Prepare"]))
    assert (error.code, error.step, error.field) == ("PIP-012", "Train", "DependOn")
    assert "'DependsOn'" in error.message


def test_no_steps_are_refused() -> None:
    assert places_after(lambda d: d.pop("Steps")) == [("PIP-013", None, "Steps")]
    assert places_after(lambda d: d.update(Steps=[])) == [("PIP-015", None, "Steps")]


def test_more_steps_than_sagemaker_takes_are_refused() -> None:
    def many(document: Json) -> None:
        fail = {"Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
        document["Steps"] += [{**fail, "Name": f"Fail{n}"} for n in range(45)]

    assert places_after(many) == [("PIP-015", None, "Steps")]


def test_fifty_steps_are_taken_and_the_parameters_are_counted_too() -> None:
    def steps(document: Json) -> None:
        fail = {"Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
        document["Steps"] += [{**fail, "Name": f"Fail{n}"} for n in range(44)]

    def parameters(count: int) -> Change:
        return lambda d: d["Parameters"].extend({"Name": f"P{n}"} for n in range(count - ADDED_AT))

    assert errors_after(steps) == []
    assert errors_after(parameters(200)) == []
    assert places_after(parameters(201)) == [("PIP-015", None, "Parameters")]


@pytest.mark.parametrize("steps", [None, {}, "steps", 7])
def test_steps_are_a_list(steps: Any) -> None:  # noqa: ANN401 - any JSON
    assert places_after(lambda d: d.update(Steps=steps)) == [("PIP-014", None, "Steps")]


@pytest.mark.parametrize("value", [None, 7, "step", []])
def test_a_step_is_an_object(value: Any) -> None:  # noqa: ANN401 - any JSON
    error = only_error(lambda d: d["Steps"].append(value))
    assert place(error) == ("PIP-014", None, "Steps[4]")


@pytest.mark.parametrize("name", ["", "two words", "a" * 65, "né", "a.b", 7])
def test_a_name_that_does_not_fit_is_refused(name: Any) -> None:  # noqa: ANN401 - any JSON
    ((code, _, field),) = places_after(lambda d: step(d, "Refused").update(Name=name))
    where = "Name" if isinstance(name, str) else "Steps[3].Arguments.ElseSteps[0].Name"
    assert (code, field) == ("PIP-016", where)


def test_two_steps_of_one_name_are_refused_wherever_they_stand() -> None:
    assert places_after(put("Refused", "Name", "Register")) == [("PIP-017", "Register", "Name")]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("Lambda", "another role"),
        ("Callback", "outside"),
        ("EMR", "isolated"),
        ("NotebookJob", "never from a notebook"),
        ("QualityCheck", "closed to new customers"),
        ("Tuning", "training script"),
        ("Traning", "'Training'"),
    ],
)
def test_a_step_of_another_type_is_refused_with_the_reason(kind: str, why: str) -> None:
    error = only_error(put("Train", "Type", kind))
    assert place(error) == ("PIP-018", "Train", "Type")
    assert why in error.message
    assert "Processing" in error.fix


@pytest.mark.parametrize("kind", [None, 7, []])
def test_a_step_without_a_type_is_refused(kind: Any) -> None:  # noqa: ANN401 - any JSON
    assert places_after(lambda d: step(d, "Refused").pop("Type")) == [("PIP-013", "Refused", "Type")]
    assert places_after(put("Refused", "Type", kind)) == [("PIP-013", "Refused", "Type")]


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ({"Name": "Extra", "Type": "Date"}, "Type"),
        ({"Name": "Extra", "Type": ["String"]}, "Type"),
        ({"Name": "Extra", "Type": None}, "Type"),
        ({"Name": "Extra", "Type": "Integer", "DefaultValue": "7"}, "DefaultValue"),
        ({"Name": "Extra", "Type": "Integer", "DefaultValue": 7.0}, "DefaultValue"),
        ({"Name": "Extra", "Type": "Integer", "DefaultValue": True}, "DefaultValue"),
        ({"Name": "Extra", "Type": "Float", "DefaultValue": False}, "DefaultValue"),
        ({"Name": "Extra", "Type": "String", "DefaultValue": 7}, "DefaultValue"),
        ({"Name": "Extra", "Type": "String", "DefaultValue": None}, "DefaultValue"),
        ({"Name": "Extra", "Type": "Boolean", "DefaultValue": 1}, "DefaultValue"),
        ({"Name": "Extra", "Type": "String", "DefaultValue": "x" * 4097}, "DefaultValue"),
        ({"Name": "Extra", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", 7]}, "EnumValues[1]"),
    ],
)
def test_a_parameter_of_another_type_than_its_value_is_refused(parameter: Json, field: str) -> None:
    found = places_after(lambda d: d["Parameters"].append(parameter))
    assert found == [("PIP-019", None, f"Parameters[{ADDED_AT}].{field}")]


@pytest.mark.parametrize(
    ("kind", "value"), [("Integer", 7), ("Float", 7), ("Float", 0.5), ("Boolean", False), ("String", "x" * 4096)]
)
def test_a_parameter_of_its_values_type_is_taken(kind: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    parameter = {"Name": "Extra", "Type": kind, "DefaultValue": value, "Description": "x" * 4096}
    assert errors_after(lambda d: d["Parameters"].append(parameter)) == []


def test_two_parameters_of_one_name_are_refused() -> None:
    found = places_after(lambda d: d["Parameters"].append({"Name": "Commit", "Type": "String"}))
    assert found == [("PIP-017", None, f"Parameters[{ADDED_AT}].Name")]


def test_a_parameter_that_is_none_and_one_without_a_name_are_refused() -> None:
    found = places_after(lambda d: d["Parameters"].extend(["Extra", {"Type": "String"}]))
    assert found == [
        ("PIP-014", None, f"Parameters[{ADDED_AT}]"),
        ("PIP-013", None, f"Parameters[{ADDED_AT + 1}].Name"),
    ]


@pytest.mark.parametrize(
    ("cache", "code", "field"),
    [
        (True, "PIP-014", "CacheConfig"),
        (None, "PIP-014", "CacheConfig"),
        ({"ExpireAfter": "P1D"}, "PIP-013", "CacheConfig.Enabled"),
        ({"Enabled": "yes"}, "PIP-014", "CacheConfig.Enabled"),
        ({"Enabled": True, "ExpireAfter": "30 days"}, "PIP-014", "CacheConfig.ExpireAfter"),
        ({"Enabled": True}, "PIP-013", "CacheConfig.ExpireAfter"),
        ({"Enabled": False, "ExpireAfter": "P1D", "Expires": 1}, "PIP-012", "CacheConfig.Expires"),
    ],
)
def test_a_cache_that_cannot_be_is_refused(cache: Any, code: str, field: str) -> None:  # noqa: ANN401 - any JSON
    assert places_after(put("Prepare", "CacheConfig", cache)) == [(code, "Prepare", field)]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("DisplayName", 7, "PIP-014"),
        ("DisplayName", "x" * 257, "PIP-033"),
        ("Description", None, "PIP-014"),
        ("Description", "x" * 3073, "PIP-033"),
    ],
)
def test_a_text_about_a_step_is_a_text_of_the_apis_length(key: str, value: Any, code: str) -> None:  # noqa: ANN401
    assert places_after(put("Train", key, value)) == [(code, "Train", key)]


@pytest.mark.parametrize("key", ["CacheConfig", "PropertyFiles", "RetryPolicies"])
def test_a_key_that_steps_of_a_type_do_not_have_is_unknown_and_not_looked_into(key: str) -> None:
    assert places_after(put("Gate", key, 7)) == [("PIP-012", "Gate", key)]


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("Report", ("PIP-014", "Evaluate", "PropertyFiles[2]")),
        ({"PropertyFileName": "R", "OutputName": "evaluation"}, ("PIP-013", "Evaluate", "PropertyFiles[2].FilePath")),
        (
            {"PropertyFileName": "R", "OutputName": "evaluation", "FilePath": "a", "Path": "a"},
            ("PIP-012", "Evaluate", "PropertyFiles[2].Path"),
        ),
        (
            {"PropertyFileName": "Evaluation", "OutputName": "evaluation", "FilePath": "a"},
            ("PIP-017", "Evaluate", "PropertyFiles[2].PropertyFileName"),
        ),
        (
            {"PropertyFileName": "R", "OutputName": "report", "FilePath": "a"},
            ("PIP-023", "Evaluate", "PropertyFiles[2].OutputName"),
        ),
    ],
)
def test_a_property_file_that_cannot_be_is_refused(file: Any, place: tuple[str, str, str]) -> None:  # noqa: ANN401
    assert places_after(lambda d: step(d, "Evaluate")["PropertyFiles"].append(file)) == [place]


def test_a_property_file_of_no_output_is_refused() -> None:
    error = only_error(lambda d: step(d, "Evaluate")["PropertyFiles"][0].update(OutputName="evaluatoin"))
    assert (error.code, error.step, error.field) == ("PIP-023", "Evaluate", "PropertyFiles[0].OutputName")
    assert "'evaluation'" in error.message


def test_the_sdks_default_experiment_is_taken_out_and_another_is_refused() -> None:
    default = {
        "ExperimentName": {"Get": "Execution.PipelineName"},
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    }
    assert errors_after(lambda d: d.update(PipelineExperimentConfig=default)) == []
    error = only_error(lambda d: d.update(PipelineExperimentConfig={"ExperimentName": "mine"}))
    assert place(error) == ("PIP-036", None, "PipelineExperimentConfig")
    assert "pipeline_experiment_config=None" in error.fix


def test_all_mistakes_are_told_at_once() -> None:
    def change(document: Json) -> None:
        document["Version"] = "1"
        arguments(document, "Train")["Subnets"] = []
        arguments(document, "Prepare")["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = "one"
        step(document, "Refused")["Type"] = "Lambda"

    assert {place(error) for error in errors_of(json.dumps(changed(change)))} == {
        ("PIP-011", None, "Version"),
        ("PIP-030", "Train", "Arguments.Subnets"),
        ("PIP-032", "Prepare", "Arguments.ProcessingResources.ClusterConfig.InstanceCount"),
        ("PIP-018", "Refused", "Type"),
    }

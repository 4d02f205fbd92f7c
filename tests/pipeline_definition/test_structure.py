"""The frame of a definition: its keys, parameters and steps."""

import json
from typing import Any

import pytest

from tests.pipeline_definition.given import Change, Json, arguments, changed, errors_after, errors_of, only_error, step


def put(name: str, key: str, value: Any) -> Change:  # noqa: ANN401 - any JSON
    """Set a key of a step."""

    def change(document: Json) -> None:
        step(document, name)[key] = value

    return change


@pytest.mark.parametrize("version", ["2021-01-01", "", None, 1, {}])
def test_another_version_is_refused(version: Any) -> None:  # noqa: ANN401 - any JSON
    assert only_error(lambda d: d.update(Version=version)).code == "PIP-011"


def test_a_misspelt_key_is_told_with_the_right_one() -> None:
    error = only_error(lambda d: d.update(Parameter=[]))
    assert error.code == "PIP-012"
    assert "'Parameters'" in error.message


def test_a_misspelt_key_of_a_step_is_told_with_the_step() -> None:
    error = only_error(put("Train", "DependOn", ["Prepare"]))
    assert (error.code, error.step, error.field) == ("PIP-012", "Train", "DependOn")
    assert "'DependsOn'" in error.message


def test_no_steps_are_refused() -> None:
    assert "PIP-013" in [e.code for e in errors_after(lambda d: d.pop("Steps"))]
    assert "PIP-015" in [e.code for e in errors_after(lambda d: d.update(Steps=[]))]


def test_more_steps_than_sagemaker_takes_are_refused() -> None:
    def many(document: Json) -> None:
        fail = {"Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
        document["Steps"] += [{**fail, "Name": f"Fail{n}"} for n in range(45)]

    assert only_error(many).code == "PIP-015"


@pytest.mark.parametrize("steps", [None, {}, "steps", 7])
def test_steps_are_a_list(steps: Any) -> None:  # noqa: ANN401 - any JSON
    assert "PIP-014" in [e.code for e in errors_after(lambda d: d.update(Steps=steps))]


@pytest.mark.parametrize("value", [None, 7, "step", []])
def test_a_step_is_an_object(value: Any) -> None:  # noqa: ANN401 - any JSON
    error = only_error(lambda d: d["Steps"].append(value))
    assert (error.code, error.field) == ("PIP-014", "Steps[4]")


@pytest.mark.parametrize("name", ["", "two words", "a" * 65, "né", "a.b", 7])
def test_a_name_that_does_not_fit_is_refused(name: Any) -> None:  # noqa: ANN401 - any JSON
    errors = errors_after(lambda d: step(d, "Refused").update(Name=name))
    assert [e.code for e in errors] == ["PIP-016"]


def test_two_steps_of_one_name_are_refused_wherever_they_stand() -> None:
    assert only_error(put("Refused", "Name", "Register")).code == "PIP-017"


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
    error = next(e for e in errors_after(put("Train", "Type", kind)) if e.code == "PIP-018")
    assert (error.step, error.field) == ("Train", "Type")
    assert why in error.message
    assert "Processing" in error.fix


@pytest.mark.parametrize(
    "parameter",
    [
        {"Name": "Extra", "Type": "Date"},
        {"Name": "Extra", "Type": "Integer", "DefaultValue": "7"},
        {"Name": "Extra", "Type": "Integer", "DefaultValue": True},
        {"Name": "Extra", "Type": "String", "DefaultValue": 7},
        {"Name": "Extra", "Type": "Boolean", "DefaultValue": 1},
        {"Name": "Extra", "Type": "String", "DefaultValue": "x" * 4097},
        {"Name": "Extra", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", 7]},
        {"Name": "Extra", "Type": ["String"]},
    ],
)
def test_a_parameter_of_another_type_than_its_value_is_refused(parameter: Json) -> None:
    assert only_error(lambda d: d["Parameters"].append(parameter)).code == "PIP-019"


def test_two_parameters_of_one_name_are_refused() -> None:
    assert only_error(lambda d: d["Parameters"].append({"Name": "Commit", "Type": "String"})).code == "PIP-017"


@pytest.mark.parametrize("cache", [True, {}, {"Enabled": "yes"}, {"Enabled": True, "ExpireAfter": "30 days"}])
def test_a_cache_that_cannot_be_is_refused(cache: Any) -> None:  # noqa: ANN401 - any JSON
    assert only_error(put("Prepare", "CacheConfig", cache)).code == "PIP-014"


def test_a_property_file_of_no_output_is_refused() -> None:
    error = only_error(lambda d: step(d, "Evaluate")["PropertyFiles"][0].update(OutputName="evaluatoin"))
    assert (error.code, error.step, error.field) == ("PIP-023", "Evaluate", "PropertyFiles[0].OutputName")
    assert "'evaluation'" in error.message


def test_a_retry_after_something_unknown_is_refused() -> None:
    policy = [{"ExceptionType": ["Step.THROTTLING", "Step.ANY"], "MaxAttempts": 2}]
    assert only_error(put("Train", "RetryPolicies", policy)).code == "PIP-034"


def test_the_sdks_default_experiment_is_taken_out_and_another_is_refused() -> None:
    default = {
        "ExperimentName": {"Get": "Execution.PipelineName"},
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    }
    assert errors_after(lambda d: d.update(PipelineExperimentConfig=default)) == []
    error = only_error(lambda d: d.update(PipelineExperimentConfig={"ExperimentName": "mine"}))
    assert (error.code, "pipeline_experiment_config=None" in error.fix) == ("PIP-036", True)


def test_all_mistakes_are_told_at_once() -> None:
    def change(document: Json) -> None:
        document["Version"] = "1"
        arguments(document, "Train")["Subnets"] = []
        arguments(document, "Prepare")["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = "one"
        step(document, "Refused")["Type"] = "Lambda"

    found = {(e.code, e.step) for e in errors_of(json.dumps(changed(change)))}
    assert found == {("PIP-011", None), ("PIP-030", "Train"), ("PIP-032", "Prepare"), ("PIP-018", "Refused")}

"""What refers to what, and that nothing goes in circles."""

from typing import Any

import pytest

from tests.pipeline_definition.given import Change, Json, arguments, errors_after, only_error, step


def code_uri(value: Any) -> Change:  # noqa: ANN401 - any JSON
    """Change where the training step's code comes from."""

    def change(document: Json) -> None:
        arguments(document, "Train")["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = value

    return change


PLACE = "Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri"


@pytest.mark.parametrize(
    ("value", "code", "says"),
    [
        ({"Get": "Parameters.CodeUrl"}, "PIP-021", "'CodeUri'"),
        ({"Get": "Steps.Prepared.RoleArn"}, "PIP-022", "'Prepare'"),
        ({"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['trian'].S3Output.S3Uri"}, "PIP-023", "'trian'"),
        ({"Get": "Steps.Prepare.ProcessingOutputConfg.KmsKeyId"}, "PIP-023", "'ProcessingOutputConfig'"),
        ({"Get": "Steps.Refused.Name"}, "PIP-023", "no such property"),
        ({"Get": "Execution.PipelineExecutionIds"}, "PIP-025", "'PipelineExecutionId'"),
        ({"Get": "Parameters.MinimumQuality"}, "PIP-026", "a number"),
        ({"Get": "Steps.Prepare.ProcessingResources.ClusterConfig.InstanceCount"}, "PIP-026", "a whole number"),
        ({"Get": "Steps.Prepare.ProcessingOutputConfig"}, "PIP-026", "an object"),
    ],
)
def test_a_reference_to_nothing_is_told_with_what_there_is(value: Json, code: str, says: str) -> None:
    error = next(e for e in errors_after(code_uri(value)) if e.code == code)
    assert (error.step, error.field) == ("Train", PLACE)
    assert says in error.message


MALFORMED: list[Json] = [
    {"Get": 7},
    {"Get": "CodeUri"},
    {"Get": "Parameters."},
    {"Get": "Steps.Prepare" + ".A" * 400_000},
    {"Get": "Steps.Prepare.Outputs['train"},
    {"Get": "Parameters.CodeUri", "Default": "x"},
    {"Std:Join": ["a", "b"]},
    {"Std:Join": {"On": 1, "Values": []}},
    {"Std:Join": {"On": "/", "Values": [{}]}},
    {"Std:Split": {}},
    {"Std:JsonGet": {"Path": "x"}},
    {"Std:JsonGet": {"PropertyFile": "Evaluation", "Path": "x"}},
]


@pytest.mark.parametrize("value", MALFORMED)
def test_a_malformed_expression_is_refused(value: Json) -> None:
    codes = {e.code for e in errors_after(code_uri(value))}
    assert codes == {"PIP-020"} or codes == {"PIP-020", "PIP-047"}


def test_a_mistake_deep_in_a_join_is_told_there() -> None:
    joined = {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.CodeUri"}, {"Get": "Parameters.Nothing"}]}}
    error = only_error(code_uri(joined))
    assert (error.code, error.field) == ("PIP-021", f"{PLACE}.'Std:Join'.Values[1]")


def test_a_property_file_that_nobody_declared_is_told() -> None:
    def change(document: Json) -> None:
        step(document, "Evaluate").pop("PropertyFiles")

    error = only_error(change)
    assert (error.code, error.step, error.field) == ("PIP-024", "Gate", "Arguments.Conditions[0].LeftValue")


def test_a_dependency_on_nothing_is_told() -> None:
    error = only_error(lambda d: step(d, "Train").update(DependsOn=["Prepare", "Preper"]))
    assert (error.code, error.field) == ("PIP-022", "DependsOn[1]")


@pytest.mark.parametrize(
    ("first", "second"), [("Prepare", "Evaluate"), ("Prepare", "Prepare"), ("Train", "Gate"), ("Gate", "Register")]
)
def test_steps_that_wait_for_each_other_are_refused(first: str, second: str) -> None:
    error = only_error(lambda d: step(d, first).update(DependsOn=[second]))
    assert error.code == "PIP-027"
    assert first in error.message


NO_CONDITIONS: list[tuple[Any, str]] = [
    ({"Type": "Bigger", "LeftValue": 1, "RightValue": 2}, "PIP-034"),
    ("yes", "PIP-034"),
    ({"Type": "Equals", "LeftValue": 1}, "PIP-013"),
    ({"Type": "Equals", "LeftValue": 1, "RightValue": []}, "PIP-014"),
    ({"Type": "Equals", "LeftValue": 1, "RightValue": 1, "Middle": 2}, "PIP-012"),
    ({"Type": "Not", "Expression": {"Type": "Equals", "LeftValue": 1}}, "PIP-013"),
    (
        {"Type": "Or", "Conditions": [{"Type": "In", "QueryValue": {"Get": "Parameters.X"}, "Values": []}]},
        "PIP-021",
    ),
]


@pytest.mark.parametrize(("condition", "code"), NO_CONDITIONS)
def test_a_condition_that_is_none_is_refused(condition: Any, code: str) -> None:  # noqa: ANN401 - any JSON
    error = only_error(lambda d: arguments(d, "Gate").update(Conditions=[condition]))
    assert (error.code, error.step) == (code, "Gate")


def test_a_condition_step_without_a_condition_is_refused() -> None:
    assert only_error(lambda d: arguments(d, "Gate").update(Conditions=[])).code == "PIP-013"


def test_all_kinds_of_conditions_are_accepted() -> None:
    quality = {"Get": "Parameters.MinimumQuality"}
    listed = {"Type": "In", "QueryValue": {"Get": "Parameters.Commit"}, "Values": ["a", "b"]}
    both = {"Type": "Or", "Conditions": [listed, {"Type": "LessThan", "LeftValue": 0.5, "RightValue": quality}]}
    assert (
        errors_after(lambda d: arguments(d, "Gate").update(Conditions=[both, {"Type": "Not", "Expression": listed}]))
        == []
    )


@pytest.mark.parametrize("message", [None, 7, []])
def test_a_step_that_fails_says_why(message: Any) -> None:  # noqa: ANN401 - any JSON
    assert only_error(lambda d: arguments(d, "Refused").update(ErrorMessage=message)).code == "PIP-013"

"""What refers to what, and that nothing goes in circles."""

from typing import Any

import pytest

from tests.pipeline_definition.given import Change, Json, arguments, errors_after, only_error, place, places_after, step


def code_uri(value: Any) -> Change:  # noqa: ANN401 - any JSON
    """Change where the training step's code comes from."""

    def change(document: Json) -> None:
        arguments(document, "Train")["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = value

    return change


PLACE = "Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri"


@pytest.mark.parametrize(
    ("value", "code", "says"),
    [
        ({"Get": "Parameters.SourceUrl"}, "PIP-021", "'SourceUri'"),
        ({"Get": "Steps.Prepared.RoleArn"}, "PIP-022", "'Prepare'"),
        ({"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['trian'].S3Output.S3Uri"}, "PIP-023", "'trian'"),
        ({"Get": "Steps.Prepare.ProcessingOutputConfg.KmsKeyId"}, "PIP-023", "'ProcessingOutputConfig'"),
        ({"Get": "Steps.Ended.Name"}, "PIP-023", "of type Fail, has no such property"),
        ({"Get": "Steps.Prepare"}, "PIP-023", "none of its properties"),
        ({"Get": "Execution.PipelineExecutionIds"}, "PIP-025", "'PipelineExecutionId'"),
        ({"Get": "Parameters.Threshold"}, "PIP-026", "a number"),
        ({"Get": "Steps.Prepare.ProcessingResources.ClusterConfig.InstanceCount"}, "PIP-026", "a whole number"),
        ({"Get": "Steps.Prepare.ProcessingOutputConfig"}, "PIP-026", "an object"),
    ],
)
def test_a_reference_to_nothing_is_told_with_what_there_is(value: Json, code: str, says: str) -> None:
    ended = {"Name": "Ended", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
    error = only_error(lambda d: (d["Steps"].append(ended), code_uri(value)(d)))
    assert place(error) == (code, "Train", PLACE)
    assert says in error.message


JSON_GET, JOIN = "'Std:JsonGet'", "'Std:Join'"


@pytest.mark.parametrize("path", ["ProcessingOutputConfig", "AppSpecification.ContainerArguments"])
def test_an_object_or_a_list_for_a_text_is_not_told_to_be_joined(path: str) -> None:
    assert "to_string" not in only_error(code_uri({"Get": f"Steps.Prepare.{path}"})).fix


MALFORMED: list[tuple[Json, str]] = [
    ({"Get": 7}, ".Get"),
    ({"Get": "SourceUri"}, ".Get"),
    ({"Get": "Parameters."}, ".Get"),
    ({"Get": "Steps.Prepare" + ".A" * 400_000}, ".Get"),
    ({"Get": "Steps.Prepare.Outputs['train"}, ".Get"),
    ({"Get": "Parameters.SourceUri", "Default": "x"}, ""),
    ({"Std:Join": ["a", "b"]}, f".{JOIN}"),
    ({"Std:Join": {"On": 1, "Values": []}}, f".{JOIN}.On"),
    ({"Std:Join": {"On": "/", "Values": [{}]}}, f".{JOIN}.Values[0]"),
    ({"Std:Split": {}}, ".'Std:Split'"),
    ({"Std:JsonGet": {"Path": "x"}}, f".{JSON_GET}"),
    ({"Std:JsonGet": {"PropertyFile": "Evaluation", "Path": "x"}}, f".{JSON_GET}.PropertyFile"),
    ({"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.RoleArn"}, "Path": "x"}}, f".{JSON_GET}.PropertyFile"),
    ({"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": "x"}}, f".{JSON_GET}.S3Uri"),
    ({"Std:JsonGet": {"S3Uri": {"Std:Join": {"Values": "x"}}, "Path": "x"}}, f".{JSON_GET}.S3Uri.{JOIN}"),
    ({"Std:JsonGet": {"S3Uri": {"Std:Join": {"Values": []}}, "Path": 7}}, f".{JSON_GET}"),
]


@pytest.mark.parametrize(("value", "where"), MALFORMED)
def test_a_malformed_expression_is_refused_where_it_goes_wrong(value: Json, where: str) -> None:
    assert places_after(code_uri(value)) == [("PIP-020", "Train", f"{PLACE}{where}")]


def test_a_mistake_deep_in_a_join_is_told_there() -> None:
    joined = {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.SourceUri"}, {"Get": "Parameters.Nothing"}]}}
    assert places_after(code_uri(joined)) == [("PIP-021", "Train", f"{PLACE}.'Std:Join'.Values[1]")]


def test_a_property_file_that_nobody_declared_is_told() -> None:
    def change(document: Json) -> None:
        step(document, "Evaluate").pop("PropertyFiles")

    registered = "Arguments.CustomerMetadataProperties"
    assert sorted(places_after(change)) == [
        ("PIP-024", "Gate", "Arguments.Conditions[0].LeftValue"),
        *(
            ("PIP-024", "Register", f"{registered}.{key}")
            for key in ("code-sha256", "evaluation-sha256", "model-sha256")
        ),
    ]


def test_a_dependency_on_nothing_is_told() -> None:
    error = only_error(lambda d: step(d, "Train").update(DependsOn=["Prepare", "Preper"]))
    assert place(error) == ("PIP-022", "Train", "DependsOn[1]")
    assert "'Prepare'" in error.message


@pytest.mark.parametrize(("value", "field"), [("Prepare", "DependsOn"), (None, "DependsOn"), ([7], "DependsOn[0]")])
def test_a_dependency_of_another_kind_is_told(value: Any, field: str) -> None:  # noqa: ANN401 - any JSON
    assert places_after(lambda d: step(d, "Train").update(DependsOn=value)) == [("PIP-014", "Train", field)]


@pytest.mark.parametrize(
    ("first", "second"), [("Prepare", "Evaluate"), ("Prepare", "Prepare"), ("Train", "Gate"), ("Gate", "Register")]
)
def test_steps_that_wait_for_each_other_are_refused(first: str, second: str) -> None:
    error = only_error(lambda d: step(d, first).update(DependsOn=[second]))
    assert (error.code, error.field) == ("PIP-027", "DependsOn")
    assert error.step is not None
    assert f"'{error.step}'" in error.message
    assert f"'{first}'" in error.message


CONDITION = "Arguments.Conditions[0]"
NO_CONDITIONS: list[tuple[Any, str, str]] = [
    ({"Type": "Bigger", "LeftValue": 1, "RightValue": 2}, "PIP-034", ".Type"),
    ({"LeftValue": 1, "RightValue": 2}, "PIP-013", ".Type"),
    ({"Type": 7, "LeftValue": 1, "RightValue": 2}, "PIP-014", ".Type"),
    ("yes", "PIP-014", ""),
    ({"Type": "Equals", "LeftValue": 1}, "PIP-013", ".RightValue"),
    ({"Type": "Equals", "LeftValue": 1, "RightValue": []}, "PIP-014", ".RightValue"),
    ({"Type": "Equals", "LeftValue": None, "RightValue": 1}, "PIP-014", ".LeftValue"),
    ({"Type": "Equals", "LeftValue": 1, "RightValue": 1, "Middle": 2}, "PIP-012", ".Middle"),
    ({"Type": "In", "QueryValue": 1, "Values": 1}, "PIP-014", ".Values"),
    ({"Type": "In", "QueryValue": 1, "Values": [1, {"x": 1}]}, "PIP-014", ".Values[1]"),
    ({"Type": "Not", "Expression": {"Type": "Equals", "LeftValue": 1}}, "PIP-013", ".Expression.RightValue"),
    ({"Type": "Not", "Expression": "no"}, "PIP-014", ".Expression"),
    ({"Type": "Or", "Conditions": {"Type": "Equals"}}, "PIP-014", ".Conditions"),
    (
        {"Type": "Or", "Conditions": [{"Type": "In", "QueryValue": {"Get": "Parameters.X"}, "Values": []}]},
        "PIP-021",
        ".Conditions[0].QueryValue",
    ),
]


@pytest.mark.parametrize(("condition", "code", "where"), NO_CONDITIONS)
def test_a_condition_that_is_none_is_refused(condition: Any, code: str, where: str) -> None:  # noqa: ANN401 - any JSON
    found = places_after(lambda d: arguments(d, "Gate").update(Conditions=[condition]))
    assert found == [(code, "Gate", f"{CONDITION}{where}")]


def test_conditions_are_nested_eight_levels_deep_at_most() -> None:
    def nested(levels: int) -> Json:
        inner = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
        return inner if levels == 0 else {"Type": "Not", "Expression": nested(levels - 1)}

    assert errors_after(lambda d: arguments(d, "Gate").update(Conditions=[nested(8)])) == []
    found = places_after(lambda d: arguments(d, "Gate").update(Conditions=[nested(9)]))
    assert found == [("PIP-007", "Gate", f"{CONDITION}{'.Expression' * 9}")]


@pytest.mark.parametrize("value", ["yes", None, 7])
def test_conditions_and_branches_are_lists(value: Any) -> None:  # noqa: ANN401 - any JSON
    assert places_after(lambda d: arguments(d, "Gate").update(Conditions=value)) == [
        ("PIP-014", "Gate", "Arguments.Conditions")
    ]
    assert places_after(lambda d: arguments(d, "Gate").update(ElseSteps=value)) == [
        ("PIP-014", "Gate", "Arguments.ElseSteps")
    ]


def test_a_condition_step_without_a_condition_is_refused() -> None:
    found = places_after(lambda d: arguments(d, "Gate").update(Conditions=[]))
    assert found == [("PIP-013", "Gate", "Arguments.Conditions")]


def test_all_kinds_of_conditions_are_accepted() -> None:
    quality = {"Get": "Parameters.Threshold"}
    listed = {"Type": "In", "QueryValue": {"Get": "Parameters.Commit"}, "Values": ["a", "b"]}
    both = {"Type": "Or", "Conditions": [listed, {"Type": "LessThan", "LeftValue": 0.5, "RightValue": quality}]}
    assert (
        errors_after(lambda d: arguments(d, "Gate").update(Conditions=[both, {"Type": "Not", "Expression": listed}]))
        == []
    )


@pytest.mark.parametrize("message", [None, 7, []])
def test_a_step_that_fails_says_why(message: Any) -> None:  # noqa: ANN401 - any JSON
    found = places_after(lambda d: arguments(d, "Refused").update(ErrorMessage=message))
    assert found == [("PIP-013", "Refused", "Arguments.ErrorMessage")]

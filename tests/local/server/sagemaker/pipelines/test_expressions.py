"""References, joins, values of reports, and conditions on them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.pipelines import conditions
from mlops_stages.local.server.sagemaker.pipelines.expressions import Context
from mlops_stages.pipeline_definition.condition import CONDITIONS, condition_of
from mlops_stages.pipeline_definition.expressions import MalformedError, tree
from mlops_stages.pipeline_definition.pipeline import Comparison, comparison_of
from tests.local.laboratory import Json, compare, get, join

REPORT = "s3://bucket/evaluation/report.json"
TRAINED = {
    "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/model.tar.gz"},
    "Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://bucket/train"}}],
    "PropertyFiles": {"Evaluation": REPORT},
}
REPORTED = {"auc": {"value": 0.8}, "folds": [{"auc": 0.7}, {"auc": 0.9}], "by class": {"late": 1}, "passed": True}


def read(uri: str) -> str:
    if uri != REPORT:
        raise StepError(f"ClientError: {uri} cannot be read")
    return json.dumps(REPORTED)


CONTEXT = Context(
    parameters={"Name": "late", "Least": 0.7, "Count": 3, "Fast": True},
    execution={"PipelineExecutionId": "abc123"},
    properties=lambda name: TRAINED if name == "Train" else {},
    read=read,
)


def from_report(path: str, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    return {"Std:JsonGet": {"PropertyFile": get("Steps.Train.PropertyFiles.Evaluation"), "Path": path, **more}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (get("Parameters.Least"), 0.7),
        (get("Execution.PipelineExecutionId"), "abc123"),
        (get("Steps.Train.ModelArtifacts.S3ModelArtifacts"), "s3://bucket/model.tar.gz"),
        (get("Steps.Train.Outputs['train'].S3Output.S3Uri"), "s3://bucket/train"),
        (get('Steps.Train.Outputs["train"].S3Output.S3Uri'), "s3://bucket/train"),
        (get("Steps.Train.Outputs[0].OutputName"), "train"),
        (join("/", "s3:/", get("Parameters.Name"), get("Parameters.Count")), "s3://late/3"),
        (join("", get("Parameters.Fast")), "true"),
        (join("-", join("", "a", "b"), "c"), "ab-c"),
        (from_report("auc.value"), 0.8),
        (from_report("folds[1].auc"), 0.9),
        (from_report("['by class'].late"), 1),
        (from_report("$.auc.value"), 0.8),
        ({"Std:JsonGet": {"S3Uri": join("/", "s3://bucket", "evaluation", "report.json"), "Path": "auc.value"}}, 0.8),
        (join("-", True, 1, 0.5), "true-1-0.5"),
        (
            {"a": [get("Parameters.Count"), "x"], "b": {"c": get("Parameters.Name")}},
            {"a": [3, "x"], "b": {"c": "late"}},
        ),
    ],
)
def test_a_value_is_known_when_it_is_needed(value: Json, expected: Any) -> None:  # noqa: ANN401  # JSON-like
    assert CONTEXT.resolved(tree(value)) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (get("Steps.Train.ModelArtifacts.Nope"), "'Steps.Train.ModelArtifacts.Nope': there is no Nope"),
        (get("Steps.Train.Outputs['test'].S3Output"), "there is no test"),
        (from_report("auc.median"), "report.json: 'auc.median': there is no median"),
        (from_report("auc..value"), "is not a path to one value"),
        (
            {"Std:JsonGet": {"S3Uri": join("/", "s3://bucket", "other"), "Path": "x"}},
            "s3://bucket/other cannot be read",
        ),
        (from_report("folds[*].auc"), "is not a path to one value"),
        (get("Execution.TrainingJobName"), "there is no Execution.TrainingJobName here"),
        (join("/", get("Steps.Train.Outputs")), "Std:Join takes text and numbers"),
    ],
)
def test_a_value_that_nobody_knows_fails_the_step(value: Json, reason: str) -> None:
    with pytest.raises(StepError) as failed:
        CONTEXT.resolved(tree(value))
    assert reason in str(failed.value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"Std:JsonGet": {"S3Uri": REPORT, "Path": "x"}}, "`S3Uri` is a join"),
        (join("/", {"not": "text"}), "`Values` are texts, numbers and expressions"),
        ({"a": [join("-", join("-", {}))]}, "`Values` are texts, numbers and expressions"),
    ],
)
def test_what_is_no_expression_is_in_no_tree(value: Json, reason: str) -> None:
    with pytest.raises(MalformedError) as refused:
        tree(value)
    assert reason in refused.value.message


def comparison(condition: Json) -> Comparison:
    return comparison_of(condition_of(condition, ()))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (compare("GreaterThanOrEqualTo", from_report("auc.value"), get("Parameters.Least")), True),
        (compare("GreaterThanOrEqualTo", 0.7, 0.7), True),
        (compare("GreaterThan", 0.7, 0.7), False),
        (compare("LessThan", 1, 2.5), True),
        (compare("LessThanOrEqualTo", 3, 2), False),
        (compare("Equals", get("Parameters.Name"), "late"), True),
        (compare("Equals", 1, 1.0), True),
        (compare("Equals", from_report("passed"), True), True),
        ({"Type": "In", "QueryValue": get("Parameters.Name"), "Values": ["early", "late"]}, True),
        ({"Type": "In", "QueryValue": "x", "Values": ["early", "late"]}, False),
        ({"Type": "Not", "Expression": compare("Equals", 1, 1)}, False),
        ({"Type": "Or", "Conditions": [compare("Equals", 1, 2), compare("Equals", 1, 1)]}, True),
        ({"Type": "Or", "Conditions": [compare("Equals", 1, 2)]}, False),
    ],
)
def test_a_condition_holds_or_not(condition: Json, expected: bool) -> None:
    assert conditions.holds(comparison(condition), CONTEXT) is expected


@pytest.mark.parametrize(
    "condition",
    [
        compare("GreaterThan", "0.8", 0.7),
        compare("GreaterThan", True, False),
        compare("Equals", "1", 1),
        compare("Equals", 1, True),
    ],
)
def test_values_of_different_types_are_not_compared(condition: Json) -> None:
    with pytest.raises(StepError):
        conditions.holds(comparison(condition), CONTEXT)


def test_every_type_of_condition_of_the_language_can_be_evaluated() -> None:
    assert set(CONDITIONS) == conditions.TYPES

"""Definitions as people have them: AWS's documented forms are accepted, and each cause is told once, at its place."""

import json
from typing import Any

import pytest

from mlops_stages.pipeline_definition import faults_of_text
from mlops_stages.pipeline_definition.errors import errors_of as told
from tests.pipeline_definition.cases import (
    ACCEPTED,
    DECIDED,
    REFUSED,
    SDKS_BUCKET,
    Change,
    Place,
    compared,
    environment,
    gated,
    get,
    joined,
    lambda_step,
    retried,
    written,
)
from tests.pipeline_definition.given import (
    GOOD,
    INJECTED,
    SOURCE,
    Json,
    changed,
    errors_after,
    errors_of,
    filled,
    place,
    places_after,
)


def places(change: Change) -> list[Place]:
    """Code, step and field of everything that `validate` tells."""
    errors = told(SOURCE, faults_of_text(json.dumps(changed(change)), INJECTED))
    return [] if errors is None else [(each.code, each.step, each.field) for each in errors.errors]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_aws_documents_is_accepted_and_filled(name: str) -> None:
    assert places(ACCEPTED[name]) == []
    assert filled(ACCEPTED[name])["Version"] == "2020-12-01"


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_told_once_at_its_place(name: str) -> None:
    change, wanted = REFUSED[name]
    assert places(change) == wanted


@pytest.mark.parametrize("name", DECIDED)
def test_what_the_platform_decides_otherwise_is_told_at_its_place(name: str) -> None:
    change, wanted = DECIDED[name]
    assert places(change) == wanted


def test_what_is_accepted_stands_in_what_is_deployed_as_it_was_written() -> None:
    deployed = filled(ACCEPTED["cache of 30dT5h"])
    assert deployed["Steps"][0]["CacheConfig"] == {"Enabled": True, "ExpireAfter": "30dT5h"}


SAYS: list[tuple[Change, str, str]] = [
    (REFUSED["a debugger"][0], "closed to new customers", "`debugger_hook_config=False`"),
    (REFUSED["retries by two rules"][0], "both say when to give up", "`max_attempts` or `expire_after_mins`"),
    (REFUSED["a condition of all"][0], "'And' is not a type of condition", "list them in the step's `Conditions`"),
    (REFUSED["a condition with arguments"][0], "A condition has no `Arguments`", "beside `Type`: `Conditions`"),
    (REFUSED["a condition's class"][0], "do you mean 'GreaterThanOrEqualTo'?", ""),
    (REFUSED["a condition's sign"][0], "do you mean 'GreaterThanOrEqualTo'?", ""),
    (gated(compared("ConditionIn")), "do you mean 'In'?", ""),
    (gated(compared("EQ")), "do you mean 'Equals'?", ""),
    (gated(compared("NotEquals")), "'NotEquals' is not a type of condition", '{"Type": "Not"'),
    (gated(compared("GreatrThan")), "do you mean 'GreaterThan'?", ""),
    (REFUSED["parameters that are null"][0], "`null`", "Remove `Parameters`, or write a list"),
    (REFUSED["cache without a length of time"][0], "how long", "expire_after='P30D'"),
    (REFUSED["cache of '30 days'"][0], "'30 days' is not an ISO 8601 duration", "'30dT5h'"),
    (REFUSED["retries after an error of another name"][0], "do you mean 'SageMaker.CAPACITY_ERROR'?", ""),
    (REFUSED["a default outside of its values"][0], "'qa' is not one of `EnumValues`", "add it to them"),
    (REFUSED["the name of a job of another type"][0], "in steps of type Training only", "PipelineExecutionId"),
    (REFUSED["a space that is none in a URI"][0], "U+00A0 (NO-BREAK SPACE)", "Remove the named characters."),
    (REFUSED["what describe-pipeline adds"][0], "what `describe-pipeline` answers", "Remove it."),
    (REFUSED["a step that the SDK makes to repack a model"][0], "closed to new customers", "`entry_point`"),
    (REFUSED["tracking in MLflow"][0], "the registry traces each run", "no `mlflow_config`"),
    (REFUSED["a number where the API takes a text"][0], "gives a number, the field takes a text", "`.to_string()`"),
    (REFUSED["a property file's path under another name"][0], "do you mean 'FilePath'?", ""),
    (DECIDED["a value from a bucket that a run names"][0], "'s3://' and what a run adds", "Name the bucket"),
    (DECIDED["a model that a file names"][0], "what a file of step 'Evaluate' says", "Read a parameter"),
    (DECIDED["an image of AWS's"][0], "The image is '683313688378.dkr.ecr", '{"Get": "Parameters.ImageDigest"}'),
    (lambda_step, "under another role", "Use one of the types Condition, Fail, Processing"),
    (
        DECIDED["the SDK's default bucket"][0],
        f"'s3://{SDKS_BUCKET}/late-arrival/' and what a run adds",
        "PipelineSession(default_bucket='acme-arrivals-pipelines-222222222222', default_bucket_prefix='late-arrival')",
    ),
    (DECIDED["the time of the start in a path"][0], "`Execution.StartDateTime` does not tell", "PipelineExecutionId"),
    (
        written(get("Parameters.SourceUri"), "x"),
        "what the parameter 'SourceUri' says",
        "Write under s3://acme-arrivals",
    ),
]


@pytest.mark.parametrize(("change", "message", "fix"), SAYS)
def test_an_error_says_what_happened_and_what_one_can_do(change: Change, message: str, fix: str) -> None:
    errors = told(SOURCE, faults_of_text(json.dumps(changed(change)), INJECTED))
    assert errors is not None
    assert message in errors.errors[0].message
    assert fix in errors.errors[0].fix


def test_code_in_the_sdks_default_bucket_is_said_to_come_from_there() -> None:
    def change(document: Json) -> None:
        given = document["Steps"][0]["Arguments"]["ProcessingInputs"][0]["S3Input"]
        given["S3Uri"] = f"s3://{SDKS_BUCKET}/prepare/code/prepare.py"

    (error,) = errors_after(change)
    assert place(error) == ("PIP-047", "Prepare", "Arguments.ProcessingInputs[0].S3Input.S3Uri")
    assert "the SDK's default bucket" in error.message
    assert "that of a commit" in error.fix


DESCRIBED = {"PipelineArn": "arn:aws:sagemaker:eu-west-1:1:pipeline/p", "PipelineDefinition": json.dumps(GOOD)}
WRAPPED: list[tuple[Any, str, str]] = [
    (DESCRIBED, "PipelineDefinition", "--query PipelineDefinition --output text"),
    ({"PipelineDefinition": json.dumps(GOOD), "CreationTime": 1}, "PipelineDefinition", "compile the pipeline again"),
    ({"PipelineDefinitionBody": json.dumps(GOOD)}, "PipelineDefinitionBody", "Write the definition alone"),
    (json.dumps(GOOD), "", "`file.write(pipeline.definition())`"),
]


@pytest.mark.parametrize(("document", "field", "fix"), WRAPPED)
def test_a_definition_inside_something_else_is_told_as_that_alone(document: Any, field: str, fix: str) -> None:  # noqa: ANN401 - any JSON
    (error,) = errors_of(json.dumps(document))
    assert (error.code, error.step, error.field) == ("PIP-061", None, field)
    assert fix in error.fix


def test_a_job_name_is_known_to_each_kind_of_job_alone() -> None:
    assert errors_after(environment("Evaluate", joined("-", "x", get("Execution.ProcessingJobName")))) == []
    found = places_after(environment("Train", get("Execution.ProcessingJobName")))
    assert found == [("PIP-028", "Train", "Arguments.Environment.JOB")]


def test_retries_of_a_step_that_has_none_are_unknown_there() -> None:
    (error,) = errors_after(retried("Gate", MaxAttempts="x"))
    assert (error.code, error.step, error.field) == ("PIP-012", "Gate", "RetryPolicies")

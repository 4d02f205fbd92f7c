"""Pipelines as the API keeps them: created, described, listed, changed in versions, deleted, refused."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, refusal
from tests.local.laboratory import TRUST, definition, fail

DEFINITION = json.dumps(definition(fail("F")))


@pytest.fixture
def role(local_aws: LocalAws, account: str) -> str:
    return local_aws.role(account, allow("*"), trust=TRUST)


@pytest.fixture
def sagemaker(local_aws: LocalAws, account: str) -> Any:  # noqa: ANN401  # built at run time
    return local_aws.client("sagemaker", account)


def test_a_pipeline_is_described_as_it_was_created(sagemaker: Any, role: str) -> None:  # noqa: ANN401
    tags = [{"Key": "team", "Value": "arrivals"}]
    made = sagemaker.create_pipeline(
        PipelineName="late",
        PipelineDescription="late arrivals",
        PipelineDefinition=DEFINITION,
        RoleArn=role,
        Tags=tags,
        ParallelismConfiguration={"MaxParallelExecutionSteps": 3},
    )
    found = sagemaker.describe_pipeline(PipelineName="late")
    assert found["PipelineArn"] == made["PipelineArn"]
    assert (found["PipelineDefinition"], found["PipelineStatus"], found["RoleArn"]) == (DEFINITION, "Active", role)
    assert (found["PipelineDisplayName"], found["PipelineDescription"]) == ("late", "late arrivals")
    assert found["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}
    assert found["CreatedBy"]["IamIdentity"]["Arn"].endswith(":root")
    assert sagemaker.list_tags(ResourceArn=made["PipelineArn"])["Tags"] == tags
    assert sagemaker.describe_pipeline(PipelineName=made["PipelineArn"])["PipelineName"] == "late"


def test_pipelines_are_listed_by_the_beginning_of_their_names(sagemaker: Any, role: str) -> None:  # noqa: ANN401
    for name in ("late-a", "late-b", "other"):
        sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=DEFINITION, RoleArn=role)
    found = sagemaker.list_pipelines(PipelineNamePrefix="late")["PipelineSummaries"]
    assert [item["PipelineName"] for item in found] == ["late-a", "late-b"]
    pages = sagemaker.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["PipelineSummaries"]) for page in pages] == [2, 1]


def test_a_name_is_taken_once_and_a_token_asks_once(sagemaker: Any, role: str) -> None:  # noqa: ANN401
    given = {"PipelineName": "late", "PipelineDefinition": DEFINITION, "RoleArn": role}
    token = secrets.token_hex(16)
    first = sagemaker.create_pipeline(**given, ClientRequestToken=token)["PipelineArn"]
    assert sagemaker.create_pipeline(**given, ClientRequestToken=token)["PipelineArn"] == first
    refusal(lambda: sagemaker.create_pipeline(**given), code="ConflictException")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no json", "Line 1, column 1: Expecting value"),
        (json.dumps(definition()), "Steps: There are 0 steps"),
        (
            json.dumps(definition({"Name": "L", "Type": "Lambda", "Arguments": {"x": 1}})),
            "does not run steps of type 'Lambda'",
        ),
        (json.dumps(definition({**fail("A"), "DependsOn": ["B"]}, {**fail("B"), "DependsOn": ["A"]})), "wait for each"),
    ],
)
def test_a_definition_that_could_not_run_makes_no_pipeline(sagemaker: Any, role: str, text: str, reason: str) -> None:  # noqa: ANN401
    message = refusal(
        lambda: sagemaker.create_pipeline(PipelineName="late", PipelineDefinition=text, RoleArn=role),
        code="ValidationException",
    )
    assert reason in message
    assert sagemaker.list_pipelines()["PipelineSummaries"] == []


def test_a_definition_over_the_limit_is_refused(sagemaker: Any, role: str) -> None:  # noqa: ANN401
    longest = json.dumps(definition(fail("F", "x" * 1_048_576)))
    message = refusal(
        lambda: sagemaker.create_pipeline(PipelineName="late", PipelineDefinition=longest, RoleArn=role),
        code="ValidationException",
    )
    assert "1048576" in message


def test_a_definition_may_be_in_s3(local_aws: LocalAws, account: str, sagemaker: Any, role: str) -> None:  # noqa: ANN401
    s3, bucket = local_aws.client("s3", account), f"definitions-{account}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="late.json", Body=DEFINITION.encode())
    place = {"Bucket": bucket, "ObjectKey": "late.json"}
    sagemaker.create_pipeline(PipelineName="late", PipelineDefinitionS3Location=place, RoleArn=role)
    assert sagemaker.describe_pipeline(PipelineName="late")["PipelineDefinition"] == DEFINITION
    missing = {**place, "ObjectKey": "none.json"}
    for wrong in (
        {"PipelineDefinitionS3Location": missing},
        {},
        {"PipelineDefinition": DEFINITION, "PipelineDefinitionS3Location": place},
    ):
        refusal(lambda more=wrong: sagemaker.create_pipeline(PipelineName="b", RoleArn=role, **more), code="Validation")


def test_every_change_of_a_definition_is_a_version(sagemaker: Any, role: str) -> None:  # noqa: ANN401
    sagemaker.create_pipeline(PipelineName="late", PipelineDefinition=DEFINITION, RoleArn=role)
    other = json.dumps(definition(fail("G")))
    assert sagemaker.update_pipeline(PipelineName="late", PipelineDefinition=other)["PipelineVersionId"] == 2
    refusal(lambda: sagemaker.update_pipeline(PipelineName="late", PipelineDefinition="{"), code="ValidationException")
    found = sagemaker.describe_pipeline(PipelineName="late")
    assert found["PipelineDefinition"] == other
    assert sagemaker.describe_pipeline(PipelineName="late", PipelineVersionId=1)["PipelineDefinition"] == DEFINITION
    arn = found["PipelineArn"]
    sagemaker.update_pipeline_version(PipelineArn=arn, PipelineVersionId=1, PipelineVersionDescription="the first")
    versions = sagemaker.list_pipeline_versions(PipelineName="late")["PipelineVersionSummaries"]
    assert [(item["PipelineVersionId"], item.get("PipelineVersionDescription")) for item in versions] == [
        (2, None),
        (1, "the first"),
    ]
    refusal(lambda: sagemaker.describe_pipeline(PipelineName="late", PipelineVersionId=9), code="ResourceNotFound")


def test_a_deleted_pipeline_is_gone_with_its_executions(sagemaker: Any, role: str) -> None:  # noqa: ANN401
    sagemaker.create_pipeline(PipelineName="late", PipelineDefinition=DEFINITION, RoleArn=role)
    arn = sagemaker.start_pipeline_execution(PipelineName="late")["PipelineExecutionArn"]
    while sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Executing":
        pass
    sagemaker.delete_pipeline(PipelineName="late")
    refusal(lambda: sagemaker.describe_pipeline(PipelineName="late"), code="ResourceNotFound")
    refusal(lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn), code="ResourceNotFound")
    refusal(lambda: sagemaker.start_pipeline_execution(PipelineName="late"), code="ResourceNotFound")


def test_an_execution_can_be_named(sagemaker: Any, role: str) -> None:  # noqa: ANN401
    sagemaker.create_pipeline(PipelineName="late", PipelineDefinition=DEFINITION, RoleArn=role)
    arn = sagemaker.start_pipeline_execution(
        PipelineName="late", PipelineExecutionDisplayName="first", PipelineExecutionDescription="a try"
    )["PipelineExecutionArn"]
    sagemaker.update_pipeline_execution(PipelineExecutionArn=arn, PipelineExecutionDescription="the try")
    found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (found["PipelineExecutionDisplayName"], found["PipelineExecutionDescription"]) == ("first", "the try")


def test_selective_execution_is_refused_and_never_ignored(sagemaker: Any, role: str) -> None:  # noqa: ANN401
    sagemaker.create_pipeline(PipelineName="late", PipelineDefinition=DEFINITION, RoleArn=role)
    selected = {"SelectedSteps": [{"StepName": "F"}]}
    message = refusal(
        lambda: sagemaker.start_pipeline_execution(PipelineName="late", SelectiveExecutionConfig=selected),
        code="ValidationException",
    )
    assert "SelectiveExecutionConfig" in message


def test_whoever_creates_a_pipeline_must_be_allowed_to_pass_its_role(
    local_aws: LocalAws, account: str, role: str
) -> None:
    narrow = local_aws.client("sagemaker", local_aws.as_role(account, allow("sagemaker:*")))
    given = {"PipelineName": "late", "PipelineDefinition": DEFINITION, "RoleArn": role}
    assert "iam:PassRole" in refusal(lambda: narrow.create_pipeline(**given))
    local_aws.client("sagemaker", account).create_pipeline(**given)
    assert narrow.start_pipeline_execution(PipelineName="late")["PipelineExecutionArn"]
    assert "iam:PassRole" in refusal(lambda: narrow.update_pipeline(PipelineName="late", RoleArn=role))
    reader = local_aws.client("sagemaker", local_aws.as_role(account, allow("sagemaker:Describe*")))
    refusal(lambda: reader.start_pipeline_execution(PipelineName="late"))

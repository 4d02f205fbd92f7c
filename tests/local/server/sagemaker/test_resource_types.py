"""Pipelines and model package groups through CloudFormation, and what the honesty report says of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.client import honesty
from tests.local.clients import LocalAws
from tests.local.laboratory import definition, fail
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource, role

TAGS = [{"Key": "team", "Value": "arrivals"}]
BODY = {"PipelineDefinitionBody": json.dumps(definition(fail("F")))}


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def group_policy(account: str, *actions: str) -> dict[str, Any]:
    group = f"arn:aws:sagemaker:eu-west-1:{account}:model-package-group/late-arrival"
    packages = group.replace("-group/", "/") + "/*"
    statement = {
        "Sid": "DevelopmentRegisters",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
        "Action": list(actions or ("sagemaker:CreateModelPackage",)),
        "Resource": [group, packages],
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def model_building(account: str) -> dict[str, Any]:
    return {
        "Role": role(),
        "Pipeline": resource(
            "AWS::SageMaker::Pipeline",
            PipelineName="late-arrival",
            PipelineDisplayName="Late",
            PipelineDescription="late arrivals",
            PipelineDefinition=BODY,
            RoleArn=att("Role", "Arn"),
            ParallelismConfiguration={"MaxParallelExecutionSteps": "2"},
            Tags=TAGS,
        ),
        "Group": resource(
            "AWS::SageMaker::ModelPackageGroup",
            ModelPackageGroupName="late-arrival",
            ModelPackageGroupDescription="versions",
            ModelPackageGroupPolicy=group_policy(account),
            Tags=TAGS,
        ),
    }


def test_both_are_described_as_their_template_declares_them(stack: Stack) -> None:
    out = stack.create(
        model_building(stack.account),
        Pipeline=ref("Pipeline"),
        Ref=ref("Group"),
        Arn=att("Group", "ModelPackageGroupArn"),
        Status=att("Group", "ModelPackageGroupStatus"),
    )
    sagemaker = stack.client("sagemaker")
    assert (out["Pipeline"], out["Ref"], out["Status"]) == ("late-arrival", out["Arn"], "Completed")
    pipeline = sagemaker.describe_pipeline(PipelineName="late-arrival")
    assert pipeline["PipelineDefinition"] == BODY["PipelineDefinitionBody"]
    assert pipeline["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}
    found = sagemaker.get_model_package_group_policy(ModelPackageGroupName="late-arrival")
    assert json.loads(found["ResourcePolicy"]) == group_policy(stack.account)
    for arn in (pipeline["PipelineArn"], out["Arn"]):
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == TAGS


def test_both_change_in_place(stack: Stack) -> None:
    resources = model_building(stack.account)
    stack.create(resources)
    other = {"PipelineDefinitionBody": json.dumps(definition(fail("G")))}
    resources = changed(resources, "Pipeline", PipelineDefinition=other, Tags=[{"Key": "team", "Value": "other"}])
    wider = group_policy(stack.account, "sagemaker:DescribeModelPackage")
    stack.update(changed(resources, "Group", ModelPackageGroupPolicy=wider))
    sagemaker = stack.client("sagemaker")
    found = sagemaker.describe_pipeline(PipelineName="late-arrival")
    assert found["PipelineDefinition"] == other["PipelineDefinitionBody"]
    assert sagemaker.list_tags(ResourceArn=found["PipelineArn"])["Tags"] == [{"Key": "team", "Value": "other"}]
    kept = sagemaker.get_model_package_group_policy(ModelPackageGroupName="late-arrival")["ResourcePolicy"]
    assert json.loads(kept) == wider
    stack.update(changed(resources, "Group", ModelPackageGroupPolicy=None))
    with pytest.raises(Exception, match="Cannot find resource policy"):
        sagemaker.get_model_package_group_policy(ModelPackageGroupName="late-arrival")


@pytest.mark.parametrize(
    ("logical_id", "properties", "reason"),
    [
        ("Pipeline", {"PipelineDefinition": {"PipelineDefinitionBody": "{"}}, "Unable to parse pipeline definition"),
        ("Pipeline", {"PipelineDefinition": {}}, "PipelineDefinition"),
        ("Pipeline", {"PipelineDefinition": {**BODY, "PipelineDefinitionS3Location": {}}}, "takes either"),
        ("Pipeline", {"RoleArn": "arn:aws:iam::222222222222:role/elsewhere"}, "does not exist"),
        ("Pipeline", {"Colour": "red"}, "unsupported property Colour"),
        ("Group", {"ModelPackageGroupPolicy": {"Statement": [{"Effect": "Allow"}]}}, "Invalid resource policy"),
        ("Group", {"ModelPackageGroupName": "no good"}, "ModelPackageGroupName"),
    ],
)
def test_what_aws_would_refuse_is_refused_and_leaves_nothing(
    stack: Stack, logical_id: str, properties: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed(model_building(stack.account), logical_id, **properties))
    sagemaker = stack.client("sagemaker")
    assert sagemaker.list_pipelines()["PipelineSummaries"] == []
    assert sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_a_deleted_stack_leaves_neither(stack: Stack) -> None:
    stack.create(model_building(stack.account))
    stack.delete()
    sagemaker = stack.client("sagemaker")
    assert sagemaker.list_pipelines()["PipelineSummaries"] == []
    assert sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_every_property_is_held_and_what_is_not_enacted_is_said(stack: Stack) -> None:
    bucket, key = f"definitions-{stack.account}", "late.json"
    s3 = stack.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key=key, Body=BODY["PipelineDefinitionBody"].encode())
    resources = model_building(stack.account)
    stored = resource(
        "AWS::SageMaker::Pipeline",
        PipelineName="stored",
        PipelineDefinition={"PipelineDefinitionS3Location": {"Bucket": bucket, "Key": key}},
        RoleArn=att("Role", "Arn"),
    )
    stack.create({**resources, "Stored": stored})
    own = [found for found in honesty.declared(stack.aws.endpoint) if found.account == stack.account]
    report = honesty.Comparison(stack.aws.endpoint).compare(own)
    assert (report.accepted, report.unchecked) == ((), ())
    said = {behaviour.type: behaviour.note for behaviour in report.behaviours}
    assert {"AWS::SageMaker::Pipeline", "AWS::SageMaker::ModelPackageGroup"} <= set(said)
    s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    again = honesty.Comparison(stack.aws.endpoint).compare(own)
    assert [item.property for item in again.accepted] == [
        "PipelineDefinition.PipelineDefinitionS3Location.Bucket",
        "PipelineDefinition.PipelineDefinitionS3Location.Key",
    ]

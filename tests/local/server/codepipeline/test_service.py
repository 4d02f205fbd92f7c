"""Pipelines of CodePipeline: kept, told, tagged, refused where AWS refuses, and never run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, refusal

Json = dict[str, Any]


def action(name: str, *, takes: tuple[str, ...] = (), gives: tuple[str, ...] = ()) -> Json:
    kind = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    return {
        "name": name,
        "actionTypeId": kind,
        "inputArtifacts": [{"name": each} for each in takes],
        "outputArtifacts": [{"name": each} for each in gives],
    }


def pipeline(account: str, **more: object) -> Json:
    stages = [
        {"name": "Source", "actions": [action("code", gives=("code",))]},
        {"name": "Build", "actions": [action("build", takes=("code",))]},
    ]
    return {
        "name": "platform",
        "roleArn": f"arn:aws:iam::{account}:role/delivery",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": stages,
        **more,
    }


def test_a_pipeline_is_kept_changed_and_deleted(local_aws: LocalAws, account: str) -> None:
    client = local_aws.client("codepipeline", account)
    made = client.create_pipeline(pipeline=pipeline(account), tags=[{"key": "team", "value": "a"}])
    assert (made["pipeline"]["version"], made["pipeline"]["pipelineType"]) == (1, "V1")
    client.update_pipeline(pipeline=pipeline(account, pipelineType="V2"))
    found = client.get_pipeline(name="platform")
    assert (found["pipeline"]["version"], found["pipeline"]["pipelineType"]) == (2, "V2")
    arn = found["metadata"]["pipelineArn"]
    client.tag_resource(resourceArn=arn, tags=[{"key": "owner", "value": "b"}])
    client.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "owner", "value": "b"}]
    assert [each["name"] for each in client.list_pipelines()["pipelines"]] == ["platform"]
    client.delete_pipeline(name="platform")
    client.delete_pipeline(name="platform")
    refusal(lambda: client.get_pipeline(name="platform"), code="PipelineNotFoundException")
    refusal(lambda: client.list_tags_for_resource(resourceArn=arn), code="ResourceNotFoundException")


def test_a_name_is_taken_in_its_account_alone(local_aws: LocalAws, account: str) -> None:
    client, other = (local_aws.client("codepipeline", each) for each in (account, account[::-1]))
    client.create_pipeline(pipeline=pipeline(account))
    refusal(lambda: client.create_pipeline(pipeline=pipeline(account)), code="PipelineNameInUseException")
    other.create_pipeline(pipeline=pipeline(account[::-1]))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"stages": [{"name": "Only", "actions": [action("a")]}]}, "InvalidStructureException"),
        ({"stages": [{"name": "S", "actions": [action("a")]}] * 2}, "InvalidStructureException"),
        ({"artifactStores": {}}, "InvalidStructureException"),
        (
            {
                "stages": [
                    {"name": "S", "actions": [action("a", gives=("code",))]},
                    {"name": "B", "actions": [action("b", takes=("other",))]},
                ]
            },
            "InvalidActionDeclarationException",
        ),
    ],
)
def test_a_structure_that_cannot_run_is_refused(
    local_aws: LocalAws, account: str, more: dict[str, Any], code: str
) -> None:
    client = local_aws.client("codepipeline", account)
    refusal(lambda: client.create_pipeline(pipeline=pipeline(account, **more)), code=code)
    assert client.list_pipelines()["pipelines"] == []


def test_a_start_is_refused_as_not_emulated(local_aws: LocalAws, account: str) -> None:
    client = local_aws.client("codepipeline", account)
    client.create_pipeline(pipeline=pipeline(account))
    assert "do not run" in refusal(lambda: client.start_pipeline_execution(name="platform"), code="NotImplemented")


def test_policies_are_asked_about_the_pipeline_and_the_role_that_it_gets(local_aws: LocalAws, account: str) -> None:
    arn = f"arn:aws:codepipeline:eu-west-1:{account}"
    role = f"arn:aws:iam::{account}:role/delivery"
    may = local_aws.as_role(account, allow("codepipeline:*", on=f"{arn}:platform"), allow("iam:PassRole", on=role))
    client = local_aws.client("codepipeline", may)
    client.create_pipeline(pipeline=pipeline(account))
    refusal(lambda: client.create_pipeline(pipeline=pipeline(account, name="other")))
    unpassed = local_aws.client("codepipeline", local_aws.as_role(account, allow("codepipeline:*")))
    said = refusal(lambda: unpassed.create_pipeline(pipeline=pipeline(account, name="other")))
    assert "iam:PassRole" in said

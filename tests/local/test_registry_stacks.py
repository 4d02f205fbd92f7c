"""The model registry, deployed to the local AWS: who registers, reads and approves, across accounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.clients import Credentials, LocalAws, allow, refusal
from tests.local.tooling_account import Tooling, deployed

METADATA = {
    "commit": "0a1b2c3",
    "dataset-manifest": "s3://data/manifests/flights.json",
    "dataset-manifest-sha256": "ab" * 32,
    "evaluation": "s3://artifacts/evaluations/late-arrival/1/evaluation.json",
    "execution": "arn:aws:sagemaker:eu-west-1:222222222222:pipeline/arrivals-late-arrival/execution/1",
    "image-digest": f"sha256:{'ab' * 32}",
    **dict.fromkeys(("code-sha256", "evaluation-sha256", "model-sha256"), "ab" * 32),
}


@pytest.fixture(scope="module")
def tooling(local_aws: LocalAws) -> Tooling:
    return deployed(local_aws)


@pytest.fixture(scope="module")
def pipeline(tooling: Tooling) -> Credentials:
    return tooling.pipeline()


def registration(tooling: Tooling, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # as boto3 has it
    request = {
        "ModelPackageGroupName": tooling.addresses.package_group("arrivals", "late-arrival"),
        "ModelApprovalStatus": "PendingManualApproval",
        "CustomerMetadataProperties": METADATA,
        **changes,
    }
    return {name: value for name, value in request.items() if value is not None}


def registered(tooling: Tooling, pipeline: Credentials) -> str:
    sagemaker = tooling.aws.client("sagemaker", pipeline)
    return str(sagemaker.create_model_package(**registration(tooling))["ModelPackageArn"])


def test_a_models_own_pipeline_registers_with_its_origin(tooling: Tooling, pipeline: Credentials) -> None:
    arn = registered(tooling, pipeline)
    assert f":{tooling.addresses.tooling}:model-package/arrivals-late-arrival/" in arn
    found = tooling.aws.client("sagemaker", pipeline).describe_model_package(ModelPackageName=arn)
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert found["CustomerMetadataProperties"] == METADATA


@pytest.mark.parametrize("missing", sorted(METADATA))
def test_a_version_without_part_of_its_origin_is_not_registered(
    tooling: Tooling, pipeline: Credentials, missing: str
) -> None:
    told = {key: value for key, value in METADATA.items() if key != missing}
    request = registration(tooling, CustomerMetadataProperties=told)
    for who in (pipeline, tooling.role(tooling.addresses.tooling, allow("sagemaker:*"))):
        sagemaker = tooling.aws.client("sagemaker", who)
        refusal(lambda sagemaker=sagemaker: sagemaker.create_model_package(**request))


@pytest.mark.parametrize("status", ["Approved", "Rejected", None])
def test_a_version_that_is_not_pending_is_not_registered(
    tooling: Tooling, pipeline: Credentials, status: str | None
) -> None:
    sagemaker = tooling.aws.client("sagemaker", pipeline)
    refusal(lambda: sagemaker.create_model_package(**registration(tooling, ModelApprovalStatus=status)))


def test_development_registers_and_cannot_approve(tooling: Tooling, pipeline: Credentials) -> None:
    arn = registered(tooling, pipeline)
    sagemaker = tooling.aws.client("sagemaker", pipeline)
    refusal(lambda: sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved"))
    refusal(lambda: sagemaker.delete_model_package(ModelPackageName=arn))


def test_other_roles_and_other_accounts_do_not_register(tooling: Tooling) -> None:
    request = registration(tooling)
    for account in (
        tooling.addresses.development,
        tooling.addresses.experimentation,
        tooling.production,
        tooling.stranger,
    ):
        sagemaker = tooling.aws.client("sagemaker", tooling.role(account, allow("sagemaker:*")))
        refusal(lambda sagemaker=sagemaker: sagemaker.create_model_package(**request))


def test_a_release_reads_and_other_roles_and_strangers_do_not(tooling: Tooling, pipeline: Credentials) -> None:
    arn = registered(tooling, pipeline)
    release = tooling.addresses.cloudformation_role_name("late-arrival", "production")
    production = tooling.aws.client("sagemaker", tooling.in_production(release, allow("sagemaker:*")))
    assert production.describe_model_package(ModelPackageName=arn)["ModelPackageVersion"] >= 1
    group = tooling.addresses.package_group("arrivals", "late-arrival")
    refusal(lambda: production.list_model_packages(ModelPackageGroupName=group))
    refusal(lambda: production.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved"))
    for account in (tooling.addresses.experimentation, tooling.production, tooling.stranger):
        sagemaker = tooling.aws.client("sagemaker", tooling.role(account, allow("sagemaker:*")))
        refusal(lambda sagemaker=sagemaker: sagemaker.describe_model_package(ModelPackageName=arn))


def test_what_was_registered_stays_as_it_is(tooling: Tooling, pipeline: Credentials) -> None:
    arn = registered(tooling, pipeline)
    administrator = tooling.aws.client("sagemaker", tooling.role(tooling.addresses.tooling, allow("sagemaker:*")))
    for change in (
        {"CustomerMetadataProperties": {"commit": "another"}},
        {"CustomerMetadataPropertiesToRemove": ["evaluation"]},
    ):
        refusal(lambda change=change: administrator.update_model_package(ModelPackageArn=arn, **change))
    administrator.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"note": "reviewed"})
    found = administrator.describe_model_package(ModelPackageName=arn)
    assert found["CustomerMetadataProperties"] == {**METADATA, "note": "reviewed"}


def test_an_approver_decides_about_the_own_teams_models_and_nothing_else(
    tooling: Tooling, pipeline: Credentials
) -> None:
    lena = tooling.aws.client("sagemaker", tooling.approver("lena@acme.example"))
    fraud = tooling.aws.client("sagemaker", tooling.pipeline("fraud", "crew-demand"))
    group = tooling.addresses.package_group("fraud", "crew-demand")
    other = fraud.create_model_package(**registration(tooling, ModelPackageGroupName=group))["ModelPackageArn"]
    refusal(lambda: lena.describe_model_package(ModelPackageName=other))
    refusal(lambda: lena.update_model_package(ModelPackageArn=other, ModelApprovalStatus="Approved"))
    own = registered(tooling, pipeline)
    refusal(lambda: lena.update_model_package(ModelPackageArn=own, ModelApprovalStatus="PendingManualApproval"))
    approval = {"ModelPackageArn": own, "ModelApprovalStatus": "Approved"}
    refusal(lambda: lena.update_model_package(**approval, CustomerMetadataProperties={"commit": "x"}))
    refusal(lambda: lena.create_model_package(**registration(tooling)))
    lena.update_model_package(**approval, ApprovalDescription="better than the last")
    found = lena.describe_model_package(ModelPackageName=own)
    assert (found["ModelApprovalStatus"], found["CustomerMetadataProperties"]) == ("Approved", METADATA)


def test_an_owner_decides_about_their_own_model_and_no_other_of_the_team(
    tooling: Tooling, pipeline: Credentials
) -> None:
    omar = tooling.aws.client("sagemaker", tooling.approver("omar@acme.example", "gate-change"))
    pipeline_of_omars = tooling.aws.client("sagemaker", tooling.pipeline("arrivals", "gate-change"))
    group = tooling.addresses.package_group("arrivals", "gate-change")
    own = pipeline_of_omars.create_model_package(**registration(tooling, ModelPackageGroupName=group))
    omar.update_model_package(ModelPackageArn=own["ModelPackageArn"], ModelApprovalStatus="Approved")
    other = registered(tooling, pipeline)
    refusal(lambda: omar.update_model_package(ModelPackageArn=other, ModelApprovalStatus="Approved"))
    refusal(lambda: omar.describe_model_package(ModelPackageName=other))
    refusal(lambda: tooling.approver("omar@acme.example", "late-arrival"))


def test_a_pipeline_of_another_team_does_not_register_here(tooling: Tooling) -> None:
    fraud = tooling.aws.client("sagemaker", tooling.pipeline("fraud", "crew-demand"))
    refusal(lambda: fraud.create_model_package(**registration(tooling)))


def test_only_the_named_approvers_come_in(tooling: Tooling) -> None:
    refusal(lambda: tooling.approver("eve@acme.example"))

"""The one registry, seen from every account: who registers, decides, reads, and who is refused everything."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local.client.model_runs import run
from mlops_stages.platform import DataClassification, Duty, Purpose
from mlops_stages.repeatable import model_package_group
from tests.callers import Caller
from tests.end_to_end.arrivals import MODEL, TEAM, Arrivals, everything_in, place
from tests.end_to_end.conftest import PlatformUp
from tests.end_to_end.topics import told_by
from tests.local.clients import refusal

ORIGIN = model_package_group.ORIGIN


@pytest.fixture
def arrivals(platform_up: PlatformUp) -> Arrivals:
    return Arrivals(platform_up)


def register(arrivals: Arrivals, who: Caller, **changes: Any) -> Callable[[], Any]:  # noqa: ANN401 - any API's
    """A registration by someone, not yet asked for."""
    asked, sagemaker = arrivals.registration(**changes), who.client("sagemaker")
    return lambda: sagemaker.create_model_package(**asked)


def registered(arrivals: Arrivals) -> str:
    """A new version, registered by the pipeline's own role; its ARN.

    It does not say who wrote its commit, so that no approval of it begins a promotion.
    """
    said = dict(arrivals.registration()["CustomerMetadataProperties"])
    del said["author"]
    return str(register(arrivals, arrivals.pipeline(), CustomerMetadataProperties=said)()["ModelPackageArn"])


def test_the_pipelines_role_registers_and_cannot_approve(arrivals: Arrivals) -> None:
    version = registered(arrivals)
    sagemaker = arrivals.pipeline().client("sagemaker")
    assert sagemaker.describe_model_package(ModelPackageName=version)["ModelApprovalStatus"] == "PendingManualApproval"
    refusal(lambda: sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved"))
    refusal(lambda: sagemaker.delete_model_package(ModelPackageName=version))
    refusal(register(arrivals, arrivals.pipeline(), ModelApprovalStatus="Approved"))
    refusal(
        register(
            arrivals, arrivals.pipeline(), ModelPackageGroupName=arrivals.addresses.package_group("fraud", "card-fraud")
        )
    )


@pytest.mark.parametrize("missing", ORIGIN)
def test_a_registration_that_does_not_name_its_origin_is_refused(arrivals: Arrivals, missing: str) -> None:
    told = dict(arrivals.registration()["CustomerMetadataProperties"])
    del told[missing]
    refusal(register(arrivals, arrivals.pipeline(), CustomerMetadataProperties=told))


def test_an_administrator_cannot_register_without_origin_either(arrivals: Arrivals) -> None:
    for purpose in (Purpose.TOOLING, Purpose.DEVELOPMENT):
        administrator = arrivals.administrator(purpose)
        message = refusal(register(arrivals, administrator, CustomerMetadataProperties=None))
        assert "explicit deny" in message


def test_nobody_else_of_the_development_account_registers(arrivals: Arrivals) -> None:
    refusal(register(arrivals, arrivals.duty(Duty.TRAIN)))
    refusal(register(arrivals, arrivals.deliver()))
    refusal(register(arrivals, arrivals.administrator(Purpose.DEVELOPMENT)))


def test_who_approves_decides_and_then_changes_nothing_that_was_registered(arrivals: Arrivals) -> None:
    version = registered(arrivals)
    approver = arrivals.duty(Duty.APPROVE, "hugo.stein@acme.example").client("sagemaker")
    origin = approver.describe_model_package(ModelPackageName=version)["CustomerMetadataProperties"]
    approver.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
    assert approver.describe_model_package(ModelPackageName=version)["ModelApprovalStatus"] == "Approved"

    def change(**asked: Any) -> None:  # noqa: ANN401 - any API's
        refusal(lambda: approver.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved", **asked))

    change(CustomerMetadataProperties={"commit": "0" * 40})
    change(CustomerMetadataPropertiesToRemove=["commit"])
    refusal(lambda: approver.update_model_package(ModelPackageArn=version, CustomerMetadataProperties={"note": "mine"}))
    refusal(lambda: approver.delete_model_package(ModelPackageName=version))
    refusal(register(arrivals, arrivals.duty(Duty.APPROVE)))
    assert approver.describe_model_package(ModelPackageName=version)["CustomerMetadataProperties"] == origin


def test_the_decision_names_who_made_it(arrivals: Arrivals) -> None:
    version = registered(arrivals)
    approver = arrivals.duty(Duty.APPROVE, "flora.king@acme.example").client("sagemaker")
    approver.update_model_package(
        ModelPackageArn=version, ModelApprovalStatus="Rejected", ApprovalDescription="not on holidays"
    )
    found = approver.describe_model_package(ModelPackageName=version)
    assert found["ApprovalDescription"] == "not on holidays"
    assert found["LastModifiedBy"]["IamIdentity"]["Arn"].endswith("/acme-late-arrival.approve/flora.king@acme.example")


@pytest.mark.parametrize("purpose", [Purpose.STAGING, Purpose.PRODUCTION, Purpose.GOVERNANCE])
def test_administrators_of_accounts_where_models_serve_or_are_recorded_see_no_version(
    arrivals: Arrivals, purpose: Purpose
) -> None:
    administrator = arrivals.administrator(purpose)
    sagemaker = administrator.client("sagemaker")
    refusal(lambda: sagemaker.list_model_packages(ModelPackageGroupName=arrivals.group))
    refusal(lambda: sagemaker.describe_model_package(ModelPackageName=arrivals.package["arn"]))
    refusal(register(arrivals, administrator))


def test_experimentation_sees_no_registry_and_registers_nothing(arrivals: Arrivals, platform_up: PlatformUp) -> None:
    for who in (platform_up.session_as("arrivals/kim-tran"), arrivals.administrator(Purpose.EXPERIMENTATION)):
        refusal(register(arrivals, who))
        refusal(
            lambda who=who: who.client("sagemaker").describe_model_package(ModelPackageName=arrivals.package["arn"])
        )


def test_another_team_sees_no_version_of_this_one(arrivals: Arrivals, platform_up: PlatformUp) -> None:
    fraud = platform_up.platform.team("fraud")
    other = Arrivals(platform_up).duty_of(fraud, Duty.APPROVE).client("sagemaker")
    assert other.list_model_packages(ModelPackageGroupName="fraud-card-fraud")["ModelPackageSummaryList"] == []
    refusal(lambda: other.describe_model_package(ModelPackageName=arrivals.package["arn"]))
    refusal(lambda: other.update_model_package(ModelPackageArn=arrivals.package["arn"], ModelApprovalStatus="Approved"))


def test_a_stranger_is_refused_everything(arrivals: Arrivals, platform_up: PlatformUp) -> None:
    """An account outside the organization, its administrator and its root."""
    account = str(900_000_000_000 + uuid4().int % 1_000_000)
    package, data = arrivals.package, arrivals.data
    addresses = arrivals.addresses
    bucket, key = place(package["dataset_manifest"])
    for stranger in (everything_in(platform_up, account), platform_up.root(account)):
        sagemaker, s3, sts = (stranger.client(service) for service in ("sagemaker", "s3", "sts"))
        asked: tuple[Callable[[], object], ...] = (
            register(arrivals, stranger),
            lambda c=sagemaker: c.describe_model_package(ModelPackageName=package["arn"]),
            lambda c=sagemaker: c.list_model_packages(ModelPackageGroupName=arrivals.group),
            lambda c=sagemaker: c.start_pipeline_execution(PipelineName=addresses.pipeline(TEAM, MODEL)),
            lambda c=s3: c.get_object(Bucket=bucket, Key=key),
            lambda c=s3: c.list_objects_v2(Bucket=data),
            lambda c=s3: c.put_object(Bucket=data, Key="landing/mine", Body=b"1"),
            lambda c=s3: c.list_objects_v2(Bucket=addresses.artifacts_bucket(TEAM)),
            lambda c=s3: c.list_objects_v2(Bucket=addresses.pipelines_bucket(TEAM)),
            *(
                lambda c=sts, role=role: c.assume_role(RoleArn=role, RoleSessionName="mine")
                for role in (
                    addresses.ci_role(TEAM),
                    addresses.deliver_role(TEAM),
                    addresses.pipeline_role(TEAM, MODEL),
                    addresses.data_jobs_role(TEAM, DataClassification.INTERNAL),
                    addresses.duty_role(addresses.data, TEAM, Duty.CURATE),
                    addresses.duty_role(addresses.development, TEAM, Duty.TRAIN),
                    addresses.model_role(addresses.tooling, TEAM, MODEL, Duty.APPROVE),
                )
            ),
        )
        for ask in asked:
            refusal(ask)


def read_again(arrivals: Arrivals, version: str) -> None:
    """Read a version as whoever has its code does. Error: LOC-099 where it is not what was registered."""
    (model,) = arrivals.team.models
    approver = arrivals.duty(Duty.APPROVE)
    registry = run.registry(arrivals.up.platform, TEAM, model, approver.variables)
    described = approver.client("sagemaker").describe_model_package(ModelPackageName=version)
    registry.registered(described, described["CustomerMetadataProperties"]["code-sha256"])


def refused_when_read(arrivals: Arrivals, version: str) -> str:
    with pytest.raises(UserError) as refused:
        read_again(arrivals, version)
    assert (refused.value.code, refused.value.where) == ("LOC-099", version)
    return refused.value.message


@pytest.mark.parametrize(
    ("swapped", "code"),
    [
        ({"Image": "999999999999.dkr.ecr.eu-west-1.amazonaws.com/mine:1"}, "REG-003"),
        ({"ModelDataUrl": "s3://acme-arrivals-artifacts-333333333333/models/late-arrival/mine.tar.gz"}, "REG-002"),
        ({"Environment": {"SAGEMAKER_PROGRAM": "steal.py"}}, "REG-006"),
    ],
)
def test_an_approver_who_swaps_what_was_registered_is_not_refused_by_iam_and_the_version_is_by_its_readers(
    arrivals: Arrivals, swapped: dict[str, Any], code: str
) -> None:
    version = registered(arrivals)
    read_again(arrivals, version)
    approver = arrivals.duty(Duty.APPROVE).client("sagemaker")
    approver.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
    read_again(arrivals, version)
    specification = approver.describe_model_package(ModelPackageName=version)["InferenceSpecification"]
    specification["Containers"][0] |= swapped
    approver.update_model_package(
        ModelPackageArn=version, ModelApprovalStatus="Approved", InferenceSpecification=specification
    )
    assert code in refused_when_read(arrivals, version)


def test_the_command_approves_what_is_as_registered_and_rejects_what_is_not(
    arrivals: Arrivals, platform_up: PlatformUp
) -> None:
    def run(version: str, *more: str) -> tuple[int, str, str]:
        number = version.rpartition("/")[2]
        done = platform_up.run("approve", f"{TEAM}/{MODEL}", "--version", number, "--as", "hugo-stein", *more)
        return done.returncode, done.stdout, done.stderr

    version = registered(arrivals)
    code, out, _ = run(version, "--json", "--reason", "good enough")
    told = json.loads(out)
    assert (code, told["package"], told["decision"], told["by"]) == (0, version, "Approved", "hugo.stein@acme.example")
    assert told["digests"]["model-sha256"] == arrivals.registration()["CustomerMetadataProperties"]["model-sha256"]
    described = arrivals.duty(Duty.APPROVE).client("sagemaker").describe_model_package(ModelPackageName=version)
    assert (described["ModelApprovalStatus"], described["ApprovalDescription"]) == ("Approved", "good enough")
    assert described["LastModifiedBy"]["IamIdentity"]["Arn"].endswith("/hugo.stein@acme.example")

    specification = arrivals.registration()["InferenceSpecification"]
    specification["Containers"][0]["Environment"] = {"SAGEMAKER_PROGRAM": "mine.py"}
    changed = str(register(arrivals, arrivals.pipeline(), InferenceSpecification=specification)()["ModelPackageArn"])
    code, out, error = run(changed)
    assert (code, out, error.split()[0]) == (1, "", "LOC-099")
    assert "REG-006" in error
    assert run(changed, "--reject")[0] == 0


def test_a_source_that_an_approver_adds_is_refused_by_readers(arrivals: Arrivals) -> None:
    version = registered(arrivals)
    approver = arrivals.duty(Duty.APPROVE).client("sagemaker")
    approver.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved", SourceUri="s3://mine/x")
    assert "REG-006" in refused_when_read(arrivals, version)


def test_nobody_moves_a_version_along_a_life_cycle_or_registers_it_so(arrivals: Arrivals) -> None:
    stage = {"Stage": "Production", "StageStatus": "Approved"}
    refusal(register(arrivals, arrivals.pipeline(), ModelLifeCycle=stage))
    version = registered(arrivals)
    for who in (arrivals.duty(Duty.APPROVE), arrivals.administrator(Purpose.TOOLING)):
        refusal(
            lambda who=who: who.client("sagemaker").update_model_package(
                ModelPackageArn=version, ModelApprovalStatus="Approved", ModelLifeCycle=stage
            )
        )


def test_a_model_that_the_pipeline_overwrites_after_its_registration_is_refused_by_readers(arrivals: Arrivals) -> None:
    found = arrivals.registration()
    (container,) = found["InferenceSpecification"]["Containers"]
    bucket, key = arrivals.addresses.artifacts_bucket(TEAM), f"models/{MODEL}/test-{uuid4()}/output/model.tar.gz"
    s3 = arrivals.pipeline().client("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=arrivals.read(container["ModelDataUrl"]))
    container["ModelDataUrl"] = f"s3://{bucket}/{key}"
    sagemaker = arrivals.pipeline().client("sagemaker")
    version = sagemaker.create_model_package(**found)["ModelPackageArn"]
    read_again(arrivals, version)
    first = s3.get_object(Bucket=bucket, Key=key)["VersionId"]
    s3.put_object(Bucket=bucket, Key=key, Body=b"another model")
    assert "REG-002" in refused_when_read(arrivals, version)
    # What was registered is still there, for whoever looks into it.
    assert s3.get_object(Bucket=bucket, Key=key, VersionId=first)["Body"].read() != b"another model"


def test_a_version_put_together_from_several_runs_is_refused_by_readers(arrivals: Arrivals) -> None:
    said = dict(arrivals.registration()["CustomerMetadataProperties"])
    said["execution"] = said["execution"].rpartition("/")[0] + "/another00000"
    asked = arrivals.registration(CustomerMetadataProperties=said)
    version = arrivals.pipeline().client("sagemaker").create_model_package(**asked)["ModelPackageArn"]
    assert "REG-007" in refused_when_read(arrivals, version)


def told_of(arrivals: Arrivals, account: str, topic_of: str) -> Callable[[str], list[str]]:
    """What the topic of a rule is told from now on, by a queue of the account's root."""
    root = arrivals.up.root(account)
    (target, *_) = root.client("events").list_targets_by_rule(Rule=topic_of)["Targets"]
    return told_by(root, target["Arn"])


def test_the_owner_is_told_who_changed_a_version_and_what_the_request_was(arrivals: Arrivals) -> None:
    version = registered(arrivals)
    told = told_of(arrivals, arrivals.addresses.tooling, f"acme-{MODEL}-registry")
    approver = arrivals.duty(Duty.APPROVE, "hugo.stein@acme.example").client("sagemaker")
    approver.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved", SourceUri="s3://mine/x")
    (notice,) = told(version)
    assert "UpdateModelPackage by arn:aws:sts::333333333333:assumed-role/acme-late-arrival.approve/" in notice
    assert "hugo.stein@acme.example" in notice
    assert "s3://mine/x" in notice


def test_an_update_that_is_refused_is_told_too(arrivals: Arrivals) -> None:
    version = registered(arrivals)
    told = told_of(arrivals, arrivals.addresses.tooling, f"acme-{MODEL}-registry")
    approver = arrivals.duty(Duty.APPROVE).client("sagemaker")
    refusal(
        lambda: approver.update_model_package(
            ModelPackageArn=version, ModelApprovalStatus="Approved", CustomerMetadataProperties={"model-sha256": "0"}
        )
    )
    (notice,) = told(version)
    assert "model-sha256" in notice


def test_a_start_of_another_version_of_a_pipeline_is_told(arrivals: Arrivals) -> None:
    told = told_of(arrivals, arrivals.addresses.development, "acme-development-partial-runs")
    deliver = arrivals.deliver().client("sagemaker")
    name = arrivals.addresses.pipeline_name(TEAM, MODEL)
    refusal(lambda: deliver.start_pipeline_execution(PipelineName=name, PipelineVersionId=1))
    (notice,) = told("pipelineVersionId")
    assert "acme-arrivals.deliver" in notice

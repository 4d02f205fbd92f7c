"""What `up` leaves at stage repeatable: a registered model that names its data, its commit and its metrics."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local.client.model_runs.waiting import settled
from mlops_stages.platform import DataClassification, Duty, Purpose
from mlops_stages.repeatable.model_package_group import MADE_BY, ORIGIN
from mlops_stages.runtime import dataset_manifest
from tests.end_to_end.arrivals import JOB, MODEL, TEAM, Arrivals, place
from tests.end_to_end.conftest import PlatformUp
from tests.local.clients import refusal


@pytest.fixture
def arrivals(platform_up: PlatformUp) -> Arrivals:
    return Arrivals(platform_up)


def steps_of(arrivals: Arrivals, execution: str) -> dict[str, dict[str, Any]]:
    """The steps of an execution by their names, as who trains sees them."""
    sagemaker = arrivals.duty(Duty.TRAIN).client("sagemaker")
    listed = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    return {step["StepName"]: step for step in listed}


def manifest_of(arrivals: Arrivals) -> dataset_manifest.DatasetManifest:
    text = arrivals.read(arrivals.package["dataset_manifest"]).decode()
    return dataset_manifest.loads(text, arrivals.package["dataset_manifest"])


def test_up_tells_the_registered_version_with_its_commit_data_and_metrics(arrivals: Arrivals) -> None:
    told, package = arrivals.run, arrivals.package
    assert (told["team"], told["model"], told["trained"]) == (TEAM, MODEL, True)
    assert package["arn"] == arrivals.addresses.packages(TEAM, MODEL).replace("*", "1")
    # The second half of `up` approves it for staging, as its owner would.
    assert (package["version"], package["approval"]) == (1, "Approved")
    assert re.fullmatch("[0-9a-f]{40}", package["commit"])
    assert re.fullmatch("[0-9a-f]{64}", package["dataset_manifest_sha256"])
    assert package["quality"].startswith("auc 0.70")
    assert 0.69 < package["metrics"]["auc"] < 0.72
    assert arrivals.up.told["seconds"] > told["seconds"]


def test_what_up_told_is_what_the_registry_says(arrivals: Arrivals) -> None:
    registry = arrivals.duty(Duty.APPROVE).client("sagemaker")
    found = registry.describe_model_package(ModelPackageName=arrivals.package["arn"])
    said = found["CustomerMetadataProperties"]
    assert said.keys() == {*ORIGIN, *MADE_BY, "dataset", "requests", "train-before"}
    told = {
        "commit": arrivals.package["commit"],
        "dataset-manifest": arrivals.package["dataset_manifest"],
        "dataset-manifest-sha256": arrivals.package["dataset_manifest_sha256"],
        "evaluation": arrivals.package["evaluation"],
        "execution": arrivals.execution(),
    }
    assert told.items() <= said.items()
    (container,) = found["InferenceSpecification"]["Containers"]
    for key, content in (
        ("model-sha256", arrivals.read(container["ModelDataUrl"])),
        ("evaluation-sha256", arrivals.read(said["evaluation"])),
    ):
        assert hashlib.sha256(content).hexdigest() == said[key], key
    assert container["Image"] == f"{arrivals.addresses.image_uri(TEAM, MODEL)}@{said['image-digest']}"
    assert found["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"] == arrivals.package["evaluation"]
    judged = json.loads(arrivals.read(arrivals.package["evaluation"]))
    assert judged["quality"]["value"] == pytest.approx(arrivals.package["metrics"]["auc"])


def test_the_registered_model_is_where_the_registry_says(arrivals: Arrivals) -> None:
    registry = arrivals.up.root(arrivals.addresses.tooling).client("sagemaker")
    found = registry.describe_model_package(ModelPackageName=arrivals.package["arn"])
    (container,) = found["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"].startswith(f"s3://{arrivals.addresses.artifacts_bucket(TEAM)}/models/{MODEL}/")
    assert arrivals.read(container["ModelDataUrl"]).startswith(b"\x1f\x8b")  # gzip
    assert container["Image"].startswith(f"{arrivals.addresses.image_uri(TEAM, MODEL)}@sha256:")


def test_each_step_of_the_pipeline_succeeded_and_names_its_job(arrivals: Arrivals) -> None:
    steps = steps_of(arrivals, arrivals.execution())
    assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"}
    kinds = {name: next(iter(step["Metadata"])) for name, step in steps.items()}
    assert kinds["Prepare"] == "ProcessingJob"
    assert kinds["Train"] == "TrainingJob"
    assert kinds["Evaluate"] == "ProcessingJob"
    assert [step["Metadata"]["Condition"]["Outcome"] for step in steps.values() if "Condition" in step["Metadata"]] == [
        "True"
    ]
    registered = [step["Metadata"]["RegisterModel"]["Arn"] for s, step in steps.items() if kinds[s] == "RegisterModel"]
    assert registered == [arrivals.package["arn"]]


def test_each_job_ran_isolated_under_the_pipelines_role_in_the_teams_name(arrivals: Arrivals) -> None:
    steps = steps_of(arrivals, arrivals.execution())
    sagemaker = arrivals.duty(Duty.TRAIN).client("sagemaker")
    name = steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    trained = sagemaker.describe_training_job(TrainingJobName=name)
    assert name.startswith(f"{TEAM}-")
    assert trained["TrainingJobStatus"] == "Completed"
    assert trained["RoleArn"] == arrivals.addresses.pipeline_role(TEAM, MODEL)
    assert trained["EnableNetworkIsolation"]
    assert trained["VpcConfig"]["Subnets"]
    assert trained["ResourceConfig"]["VolumeKmsKeyId"].startswith("arn:aws:kms:")
    name = steps["Prepare"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    prepared = sagemaker.describe_processing_job(ProcessingJobName=name)
    assert prepared["NetworkConfig"]["EnableNetworkIsolation"]
    assert prepared["RoleArn"] == trained["RoleArn"]


def test_the_manifest_that_the_version_names_has_the_checksum_that_it_names(arrivals: Arrivals) -> None:
    content = arrivals.read(arrivals.package["dataset_manifest"])
    assert hashlib.sha256(content).hexdigest() == arrivals.package["dataset_manifest_sha256"]
    manifest = manifest_of(arrivals)
    assert (manifest.dataset, manifest.team, manifest.classification) == ("flights", TEAM, "internal")
    assert manifest.commit == arrivals.package["commit"]
    assert {source.key for source in manifest.sources} == {"flights.csv", "weather.csv", "planes.csv"}


def test_every_object_of_the_manifest_is_the_version_and_the_bytes_that_s3_gives(arrivals: Arrivals) -> None:
    manifest = manifest_of(arrivals)
    s3 = arrivals.up.way_in(arrivals.addresses.data).client("s3")
    assert len(manifest.objects) == 4
    for item in (*manifest.objects, *manifest.sources):
        bucket, key = place(item.uri)
        found = s3.get_object(Bucket=bucket, Key=key, VersionId=item.version_id)
        content = found["Body"].read()
        assert found["VersionId"] == item.version_id, item.key
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (item.sha256, item.bytes), item.key


def test_the_job_that_made_the_dataset_is_in_the_data_account(arrivals: Arrivals) -> None:
    created_by = manifest_of(arrivals).created_by
    job = arrivals.duty(Duty.CURATE).client("sagemaker").describe_processing_job(ProcessingJobName=created_by)
    assert job["ProcessingJobArn"].split(":")[4] == arrivals.addresses.data
    assert job["RoleArn"] == arrivals.addresses.data_jobs_role(TEAM, DataClassification.INTERNAL)


def test_the_same_work_again_takes_its_steps_from_the_cache_and_is_a_new_version(arrivals: Arrivals) -> None:
    deliver = arrivals.deliver().client("sagemaker")
    given = deliver.list_pipeline_parameters_for_execution(PipelineExecutionArn=arrivals.execution())
    started = deliver.start_pipeline_execution(
        PipelineName=arrivals.addresses.pipeline_name(TEAM, MODEL),
        PipelineParameters=given["PipelineParameters"],
    )["PipelineExecutionArn"]
    ended = settled(
        lambda: deliver.describe_pipeline_execution(PipelineExecutionArn=started), "PipelineExecutionStatus"
    )
    assert ended["PipelineExecutionStatus"] == "Succeeded"
    steps = steps_of(arrivals, started)
    for name in ("Prepare", "Train"):
        assert steps[name]["CacheHitResult"]["SourcePipelineExecutionArn"] == arrivals.execution(), name
    assert "CacheHitResult" not in steps["Evaluate"]  # it asks for no cache: each version has its own evaluation
    (registered,) = (s["Metadata"]["RegisterModel"]["Arn"] for s in steps.values() if "RegisterModel" in s["Metadata"])
    assert registered != arrivals.package["arn"]
    registry = arrivals.up.root(arrivals.addresses.tooling).client("sagemaker")
    first, second = (
        registry.describe_model_package(ModelPackageName=arn) for arn in (arrivals.package["arn"], registered)
    )
    assert second["CustomerMetadataProperties"]["commit"] == first["CustomerMetadataProperties"]["commit"]


def test_people_start_no_run_as_they_would_say_which_commit_it_is_of(arrivals: Arrivals) -> None:
    trainer = arrivals.duty(Duty.TRAIN).client("sagemaker")
    name = arrivals.addresses.pipeline_name(TEAM, MODEL)
    given = trainer.list_pipeline_parameters_for_execution(PipelineExecutionArn=arrivals.execution())
    forged = [{**each, "Value": "f" * 40} if each["Name"] == "Commit" else each for each in given["PipelineParameters"]]
    refusal(lambda: trainer.start_pipeline_execution(PipelineName=name, PipelineParameters=forged))


def test_ci_of_another_branch_gets_no_role(arrivals: Arrivals) -> None:
    assert ":assumed-role/acme-arrivals.ci/" in arrivals.ci().client("sts").get_caller_identity()["Arn"]
    with pytest.raises(UserError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity") as refused:
        arrivals.ci(branch="feature")
    assert refused.value.code == "LOC-041"


def test_ci_starts_no_pipeline_by_itself_but_by_the_role_for_it(arrivals: Arrivals) -> None:
    name = arrivals.addresses.pipeline(TEAM, MODEL)
    by_itself = arrivals.ci().client("sagemaker")
    refusal(lambda: by_itself.start_pipeline_execution(PipelineName=name))
    deliver = arrivals.deliver().client("sagemaker")
    # Parameters without which the pipeline is not started: what answers is SageMaker, not IAM.
    refusal(
        lambda: deliver.start_pipeline_execution(PipelineName=arrivals.addresses.pipeline_name(TEAM, MODEL)),
        code="ValidationException",
    )
    found = deliver.describe_pipeline_execution(PipelineExecutionArn=arrivals.execution())
    assert found["PipelineExecutionStatus"] == "Succeeded"
    assert ":assumed-role/acme-arrivals.deliver/" in found["CreatedBy"]["IamIdentity"]["Arn"]


def test_who_delivers_starts_the_pipelines_of_no_other_team(arrivals: Arrivals) -> None:
    deliver = arrivals.deliver().client("sagemaker")
    refusal(lambda: deliver.start_pipeline_execution(PipelineName="fraud-card-fraud"))
    refusal(lambda: deliver.delete_pipeline(PipelineName=arrivals.addresses.pipeline_name(TEAM, MODEL)))


def test_who_trains_starts_no_job_outside_a_pipeline(arrivals: Arrivals) -> None:
    trainer = arrivals.duty(Duty.TRAIN).client("sagemaker")
    job = steps_of(arrivals, arrivals.execution())["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    made = trainer.describe_training_job(TrainingJobName=job)
    again = {name: made[name] for name in JOB}
    refusal(lambda: trainer.create_training_job(TrainingJobName=f"{TEAM}-by-hand", **again))


def test_who_delivers_can_lower_no_bound_and_start_no_older_version(arrivals: Arrivals) -> None:
    deliver = arrivals.deliver().client("sagemaker")
    name = arrivals.addresses.pipeline_name(TEAM, MODEL)
    given = deliver.list_pipeline_parameters_for_execution(PipelineExecutionArn=arrivals.execution())
    lowered = [*given["PipelineParameters"], {"Name": "MinimumQuality", "Value": "0"}]
    # The bound is not a parameter: what answers is SageMaker, not IAM.
    refusal(
        lambda: deliver.start_pipeline_execution(PipelineName=name, PipelineParameters=lowered),
        code="ValidationException",
    )
    refusal(
        lambda: deliver.start_pipeline_execution(
            PipelineName=name, PipelineParameters=given["PipelineParameters"], PipelineVersionId=1
        )
    )


def test_code_of_a_commit_is_replaced_and_deleted_by_nobody(arrivals: Arrivals) -> None:
    bucket, commit = arrivals.addresses.artifacts_bucket(TEAM), arrivals.package["commit"]
    train = f"code/{commit}/train.py"
    ci = arrivals.ci().client("s3")
    refusal(lambda: ci.put_object(Bucket=bucket, Key=train, Body=b"steal()"))
    refusal(
        lambda: ci.put_object(Bucket=bucket, Key=train, Body=b"steal()", IfNoneMatch="*"), code="PreconditionFailed"
    )
    refusal(lambda: ci.delete_object(Bucket=bucket, Key=train))
    administrator = arrivals.administrator(Purpose.TOOLING).client("s3")
    refusal(lambda: administrator.put_object(Bucket=bucket, Key=train, Body=b"steal()", IfNoneMatch="*"))
    for key in (train, place(arrivals.package["evaluation"])[1]):
        refusal(lambda key=key: administrator.delete_object(Bucket=bucket, Key=key))
        refusal(lambda key=key: administrator.put_object(Bucket=bucket, Key=key, Body=b"x"))

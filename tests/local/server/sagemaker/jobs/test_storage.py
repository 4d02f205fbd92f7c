"""Jobs as data: what a record of the API means for the runner."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.local.server.sagemaker.jobs import processing, storage, training
from mlops_stages.local.server.sagemaker.jobs.work import StepError

ROLE = "arn:aws:iam::111111111111:role/worker"


def record(**more: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON-like
    return {
        "ProcessingJobName": "job",
        "ProcessingJobArn": "arn:aws:sagemaker:eu-west-1:111111111111:processing-job/job",
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": "image", "ContainerEntrypoint": ["python3"], "ContainerArguments": ["a"]},
        "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1}},
        **more,
    }


def test_a_processing_job_without_limits_has_a_day() -> None:
    work = processing.work(record(), "111111111111", "eu-west-1")
    assert (work.seconds, work.isolated, work.key) == (86400, False, None)
    assert (work.command, work.log_group) == (("python3", "a"), "/aws/sagemaker/ProcessingJobs")
    assert (work.downloads, work.uploads) == ((), ())


def test_an_input_without_a_path_is_below_its_name() -> None:
    source = {"S3Uri": "s3://b/p", "S3DataType": "S3Prefix"}
    work = processing.work(
        record(ProcessingInputs=[{"InputName": "raw", "S3Input": source}]), "111111111111", "eu-west-1"
    )
    assert work.downloads[0].path == "processing/input/raw"


def test_a_training_job_without_an_entrypoint_runs_train() -> None:
    given: dict[str, Any] = {
        "TrainingJobName": "job",
        "TrainingJobArn": "arn",
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://b/models/", "KmsKeyId": "key"},
        "EnableNetworkIsolation": True,
    }
    work = training.work(given, "111111111111", "eu-west-1")
    assert (work.command, work.isolated, work.key) == (("train",), True, "key")
    assert [upload.uri for upload in work.uploads] == [
        "s3://b/models/job/output/model.tar.gz",
        "s3://b/models/job/output/output.tar.gz",
    ]


def test_an_address_is_a_bucket_and_a_key() -> None:
    assert storage.split("s3://bucket/a/b") == ("bucket", "a/b")
    assert storage.split("s3://bucket") == ("bucket", "")
    with pytest.raises(StepError, match="not an S3 address"):
        storage.split("https://bucket/a")

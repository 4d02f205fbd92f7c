"""What a team's data engineer does: land raw data, and run the job that makes a dataset of it."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlops_stages.errors import UserError
from mlops_stages.local.clients import client
from mlops_stages.local.model_runs.repository import ModelRepository
from mlops_stages.local.model_runs.waiting import settled
from mlops_stages.platform import Addresses, DataClassification, Model, Team

_LAST_LINES = 8
_GOOD = frozenset({"InProgress", "Completed"})


def land(engineer: Mapping[str, str], bucket: str, prefix: str, repository: ModelRepository, python: Path) -> None:
    """Land the raw files that the repository's data/fetch.py fetches, unless they are there.

    Errors: LOC-081 when it fails.
    """
    s3 = client("s3", engineer)
    if s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"):
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [str(python), str(repository.directory / "data" / "fetch.py"), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            told = "\n".join((done.stderr or done.stdout).splitlines()[-_LAST_LINES:])
            raise UserError(
                "LOC-081",
                command[1],
                f"the raw data could not be fetched:\n{told}",
                "mend the script; `make data` in the repository runs it too",
                exit_code=1,
            )
        for path in sorted(Path(folder).iterdir()):
            with path.open("rb") as stream:
                s3.put_object(Bucket=bucket, Key=f"{prefix}{path.name}", Body=stream)


def curate(
    engineer: Mapping[str, str],
    addresses: Addresses,
    team: Team,
    model: Model,
    repository: ModelRepository,
    *,
    network: Mapping[str, list[str]],
    image_uri: str,
    code_uri: str,
) -> dict[str, str]:
    """Run the job that makes a version of the model's dataset; return the parameters by which a pipeline reads it.

    Errors: LOC-082 when the job fails, with its reason.
    """
    classification, sagemaker = model.data_classification, client("sagemaker", engineer)
    bucket = addresses.data_bucket(team.name, classification)
    name = str(repository.model["dataset"]["name"])
    made_of = hashlib.sha256(f"{code_uri}{image_uri}".encode()).hexdigest()[:16]
    before = sagemaker.list_processing_jobs(NameContains=f"{team.name}-curate-{made_of}")["ProcessingJobSummaries"]
    running = [each["ProcessingJobName"] for each in before if each["ProcessingJobStatus"] in _GOOD]
    # A job's name is taken for ever, also by one that failed.
    job = running[0] if running else f"{team.name}-curate-{made_of}-{len(before) + 1}"
    if not running:
        key = _key(engineer, addresses, team, classification)
        sagemaker.create_processing_job(
            **_request(job, addresses, team, classification, repository, network, image_uri, code_uri, key)
        )
    ended = settled(lambda: sagemaker.describe_processing_job(ProcessingJobName=job), "ProcessingJobStatus")
    if ended["ProcessingJobStatus"] != "Completed":
        raise UserError(
            "LOC-082",
            job,
            f"the job that makes the dataset ended as {ended['ProcessingJobStatus']}: {ended.get('FailureReason', '')}",
            "mend what it names; its log is in the log group /aws/sagemaker/ProcessingJobs of the data account",
            exit_code=1,
        )
    return _newest(client("s3", engineer), bucket, name)


def _key(engineer: Mapping[str, str], addresses: Addresses, team: Team, classification: DataClassification) -> str:
    """The ARN of the data's key, which the volumes of jobs are under: policies know keys by it, not by an alias."""
    alias = addresses.data_key_alias(team.name, classification)
    return str(client("kms", engineer).describe_key(KeyId=alias)["KeyMetadata"]["Arn"])


def _request(
    job: str,
    addresses: Addresses,
    team: Team,
    classification: DataClassification,
    repository: ModelRepository,
    network: Mapping[str, list[str]],
    image_uri: str,
    code_uri: str,
    key: str,
) -> dict[str, Any]:
    bucket = addresses.data_bucket(team.name, classification)
    dataset: Mapping[str, str] = repository.model["dataset"]
    options = {
        "landing": f"s3://{bucket}/landing/{dataset['name']}",
        "curated": f"s3://{bucket}/curated",
        "manifests": f"s3://{bucket}/manifests",
        "first": dataset["first"],
        "last": dataset["last"],
        "team": team.name,
        "classification": classification.value,
        "commit": repository.commit,
        "created-by": job,
    }
    return {
        "ProcessingJobName": job,
        "RoleArn": addresses.data_jobs_role(team.name),
        "AppSpecification": {
            "ImageUri": image_uri,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/curate.py"],
            "ContainerArguments": [word for name, value in options.items() for word in (f"--{name}", value)],
        },
        "ProcessingInputs": [
            {
                "InputName": "code",
                "S3Input": {
                    "S3Uri": code_uri,
                    "LocalPath": "/opt/ml/processing/code",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 30,
                "VolumeKmsKeyId": key,
            }
        },
        # It reads and writes S3 itself, which alone tells the version of each object: no isolation, but the VPC.
        "NetworkConfig": {
            "EnableNetworkIsolation": False,
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig": dict(network),
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


def _newest(s3: Any, bucket: str, dataset: str) -> dict[str, str]:  # noqa: ANN401  # a boto3 client
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"manifests/{dataset}/")["Contents"]
    key = str(max(listed, key=lambda each: each["LastModified"])["Key"])
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    version = key.rpartition("/")[2].removesuffix(".json")
    return {
        "DatasetUri": f"s3://{bucket}/curated/{dataset}/{version}/",
        "DatasetManifestUri": f"s3://{bucket}/{key}",
        "DatasetManifestSha256": hashlib.sha256(content).hexdigest(),
    }

"""What a team's data engineer does: land raw data, and run the job that makes a dataset of it."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlops_stages.errors import UserError
from mlops_stages.local import containers
from mlops_stages.local.client.clients import client
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.local.client.model_runs.waiting import settled
from mlops_stages.local.containers import trees
from mlops_stages.local.json_values import mapping
from mlops_stages.platform import Addresses, DataClassification, Model, Team

_LAST_LINES = 8
_SECONDS = 1800
_MOST_BYTES = 10 * containers.GIB
_CODE, _LANDING = "/opt/ml/code", "/opt/ml/landing"
_GOOD = frozenset({"InProgress", "Completed"})
_MESSAGE = "/opt/ml/output/message"
"""What a job writes there, SageMaker tells as its exit message: whoever started it learns which version it made."""
_PARAMETERS = ("DatasetUri", "DatasetManifestUri", "DatasetManifestSha256")


def land(engineer: Mapping[str, str], bucket: str, prefix: str, repository: ModelRepository, python: Path) -> None:
    """Land the raw files that the repository's data/fetch.py fetches; those that are there stay as they are.

    It runs in a container: without the user's environment and files, without a network, bounded in time and bytes.

    Errors: LOC-081 when it fails, or leaves what is not a file; LOC-102 where no container can be made.
    """
    s3 = client("s3", engineer)
    landed = {
        each["Key"]: each["Size"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    }
    with tempfile.TemporaryDirectory(prefix="mlops-stages-") as folder:
        made = Path(folder).resolve() / "landing"
        made.mkdir()
        try:
            _fetch(repository, python, Path(folder).resolve() / "code", made)
            for entry in trees.walk(made):
                if not entry.is_file:
                    raise _not_fetched(repository, f"it left {entry.path!r}, a {entry.kind}, where only files land")
                if landed.get(f"{prefix}{entry.path}") != entry.status.st_size:
                    with entry.open() as stream:
                        s3.put_object(Bucket=bucket, Key=f"{prefix}{entry.path}", Body=stream)
        finally:
            trees.remove(made)


def _fetch(repository: ModelRepository, python: Path, code: Path, made: Path) -> None:
    """Run data/fetch.py, with the scripts of the repository beside it as in a job."""
    code.mkdir(mode=0o755)
    code.parent.chmod(0o755)  # in a container of root's the command is nobody's
    for name, content in repository.scripts:
        (code / name).write_bytes(content)
        (code / name).chmod(0o644)
    container = containers.Container(
        python=python,
        readable={_CODE: code},
        writable={_LANDING: made},
        directory=_LANDING,
        limits=containers.of_machine(disk=_MOST_BYTES),
    )
    said: deque[str] = deque(maxlen=_LAST_LINES)
    try:
        ending, status = containers.run(
            container, ["python3", f"{_CODE}/fetch.py", _LANDING], seconds=_SECONDS, on_line=said.append
        )
    except containers.ContainerError as error:
        raise UserError(
            "LOC-102",
            str(repository.directory / "data" / "fetch.py"),
            f"it is code of the repository, and no container can be made to run it in: {error}",
            "do what it says, then try again",
            exit_code=1,
        ) from error
    if ending != "exited":
        raise _not_fetched(repository, f"it did not end within {_SECONDS} seconds, or took more than it may")
    if status != 0:
        raise _not_fetched(repository, "\n".join(said) or f"exit code {status}")


def _not_fetched(repository: ModelRepository, told: str) -> UserError:
    return UserError(
        "LOC-081",
        str(repository.directory / "data" / "fetch.py"),
        f"the raw data could not be fetched, in a container without network or credentials:\n{told}",
        "correct the script (`make data` runs it too), or land the files yourself and let it write none",
        exit_code=1,
    )


def curate(
    engineer: Mapping[str, str],
    addresses: Addresses,
    team: Team,
    model: Model,
    repository: ModelRepository,
    *,
    network: Mapping[str, list[str]],
    python: Path,
    image_uri: str,
    code_uri: str,
) -> dict[str, str]:
    """Land the raw data and run the job that makes a version of the model's dataset of it.

    The same code, image and choice of data are run once. Returns the parameters by which a pipeline reads the dataset.

    Errors: LOC-081 when raw data cannot be fetched; LOC-082 when the job fails, with its reason; LOC-088 when it does
    not say what it made.
    """
    classification, sagemaker = model.data_classification, client("sagemaker", engineer)
    chosen = json.dumps(repository.model["dataset"], sort_keys=True, default=str)
    made_of = hashlib.sha256(f"{code_uri}{image_uri}{chosen}".encode()).hexdigest()[:16]
    before = sagemaker.list_processing_jobs(NameContains=f"{team.name}-curate-{made_of}")["ProcessingJobSummaries"]
    running = [each["ProcessingJobName"] for each in before if each["ProcessingJobStatus"] in _GOOD]
    # A job's name is taken for ever, also by one that failed.
    job = running[0] if running else f"{team.name}-curate-{made_of}-{len(before) + 1}"
    if not running:
        bucket = addresses.data_bucket(team.name, classification)
        land(engineer, bucket, f"landing/{repository.model['dataset']['name']}/", repository, python)
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
            f"correct what it names; `mlops-stages logs {team.name} --duty curate --job {job}` shows what it printed",
            exit_code=1,
        )
    return _made(job, str(ended.get("ExitMessage", "")))


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
        "write": _MESSAGE,
    }
    return {
        "ProcessingJobName": job,
        "RoleArn": addresses.data_jobs_role(team.name, classification),
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
        "Tags": [{"Key": "team", "Value": team.name}],
    }


def _made(job: str, message: str) -> dict[str, str]:
    """The parameters in a job's exit message."""
    try:
        told: object = json.loads(message)
    except ValueError:
        told = None
    found = mapping(told)
    if not all(isinstance(found.get(name), str) for name in _PARAMETERS):
        raise UserError(
            "LOC-088",
            job,
            "the job that makes the dataset ended well and did not say which version it made",
            f"let data/curate.py write {', '.join(_PARAMETERS)} as JSON to the file that --write names",
            exit_code=1,
        )
    return {name: str(found[name]) for name in _PARAMETERS}

"""What a repository's CI does with a commit: push its image, upload its scripts, start its pipeline."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from mlops_stages.errors import UserError
from mlops_stages.local import images, refusals
from mlops_stages.local.client import inventory
from mlops_stages.local.client.clients import client
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.local.endpoint import Endpoint, holder
from mlops_stages.platform import Addresses, Platform, Repository


def ci_session(endpoint: Endpoint, platform: Platform, team: str, repository: Repository) -> dict[str, str]:
    """Return the environment of a job of the team's repository: its token opens the role `ci`, where trusted."""
    addresses = platform.addresses
    claims = {"sub": repository.subject, "aud": "sts.amazonaws.com", "repository_id": repository.repository_id}
    token = {"provider": repository.issuer, "claims": {name: value for name, value in claims.items() if value}}
    request = {"role_arn": addresses.ci_role(team), "web_identity": token}
    credentials = cast("dict[str, str]", inventory.post(endpoint, "sessions", request))
    return holder(endpoint.url, platform.region, credentials)


def push_image(
    ci: Mapping[str, str], addresses: Addresses, team: str, model: str, repository: ModelRepository, directory: Path
) -> str:
    """Push the image of a commit once; return its URI by digest.

    Its layers are, here, a Python environment: the manifest in the registry names the lock that made it, and the
    program that serves.

    Error: LOC-098 where the registry has another image of this commit already.
    """
    built = images.build(directory, repository.lock)
    registry = client("ecr", ci)
    where = {"registryId": addresses.tooling, "repositoryName": addresses.image_repository_name(team, model)}
    manifest = _manifest(repository.lock_content, *([repository.serve] if repository.serve else []))
    found = _digest(registry, where, repository.commit)
    uri = addresses.image_uri(team, model)
    if found is None:
        pushed = registry.put_image(**where, imageTag=repository.commit, imageManifest=manifest)
        found = str(pushed["image"]["imageId"]["imageDigest"])
    elif found != f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}":
        raise _another(f"{uri}:{repository.commit}", f"{found} is not the image of this commit's lock")
    uri = f"{uri}@{found}"
    images.name(directory, uri, built, serve=repository.serve)
    return uri


def _digest(registry: Any, where: Mapping[str, str], tag: str) -> str | None:  # noqa: ANN401  # a boto3 client
    try:
        described = registry.describe_images(**where, imageIds=[{"imageTag": tag}])["imageDetails"]
    except refusals.ClientError as error:
        if refusals.code(error) != "ImageNotFoundException":
            raise
        return None
    return str(described[0]["imageDigest"]) if described else None


def _manifest(*layers: bytes) -> str:
    """An image manifest of those layers (https://github.com/opencontainers/image-spec)."""
    empty = b"{}"
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("application/vnd.oci.empty.v1+json", empty),
            "layers": [_descriptor("text/plain", content) for content in layers],
        },
        sort_keys=True,
    )


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{hashlib.sha256(content).hexdigest()}", "size": len(content)}


def upload_code(ci: Mapping[str, str], addresses: Addresses, team: str, repository: ModelRepository) -> str:
    """Upload the scripts of a commit, each once; return the URI of their prefix.

    Error: LOC-098 where something is there already that is not this commit's.
    """
    s3, bucket, prefix = client("s3", ci), addresses.artifacts_bucket(team), f"code/{repository.commit}/"
    ours = {prefix + name: content for name, content in repository.scripts}
    for key, content in ours.items():
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
        except refusals.ClientError as error:
            if refusals.code(error) != "PreconditionFailed":
                raise
            if s3.get_object(Bucket=bucket, Key=key)["Body"].read() != content:
                raise _another(f"s3://{bucket}/{key}", "it is another than this commit's") from error
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for key in (each["Key"] for page in pages for each in page.get("Contents", [])):
        if key not in ours:
            raise _another(f"s3://{bucket}/{key}", "it is not of this commit")
    return f"s3://{bucket}/{prefix}"


def _another(where: str, message: str) -> UserError:
    return UserError(
        "LOC-098",
        where,
        message,
        "deliver a new commit; ask who wrote what is there, the audit trail of the tooling account holds it",
        exit_code=1,
    )


def start(ci: Mapping[str, str], addresses: Addresses, team: str, model: str, parameters: Mapping[str, str]) -> str:
    """Start the model's pipeline in the development account, as the role `deliver`; return the execution's ARN.

    The same parameters start once, and again after a run of them that failed.
    """
    sagemaker = client("sagemaker", deliver_session(ci, addresses, team))
    words = [{"Name": name, "Value": value} for name, value in sorted(parameters.items())]
    began, before = time.time(), ""
    while True:
        started = sagemaker.start_pipeline_execution(
            PipelineName=addresses.pipeline_name(team, model),
            PipelineParameters=words,
            ClientRequestToken=hashlib.sha256(f"{json.dumps(words)}{before}".encode()).hexdigest(),
        )
        execution = str(started["PipelineExecutionArn"])
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
        failed = found["PipelineExecutionStatus"] in ("Failed", "Stopped")
        if not failed or found["CreationTime"].timestamp() >= began:
            return execution
        before = execution


def deliver_session(ci: Mapping[str, str], addresses: Addresses, team: str) -> dict[str, str]:
    """Return the environment of the role that CI takes on in the development account."""
    role = addresses.deliver_role(team)
    given = client("sts", ci).assume_role(RoleArn=role, RoleSessionName="deliver")["Credentials"]
    return holder(ci["AWS_ENDPOINT_URL"], ci["AWS_REGION"], given)

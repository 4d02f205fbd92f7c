"""Processing jobs: from the API's record to what the runner does.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mlops_stages.local import containers
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.sagemaker.jobs.container import CONTAINER
from mlops_stages.local.server.sagemaker.jobs.work import Download, Upload, Work

_DAY_S = 24 * 3600
_SMALLEST_GB = 1
_DESCRIBED = (
    "ProcessingJobArn",
    "ProcessingJobName",
    "AppSpecification",
    "Environment",
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "RoleArn",
    "StoppingCondition",
)
_RESOURCES = {"current_host": "algo-1", "hosts": ["algo-1"]}


def refusals(request: dict[str, Any]) -> Iterator[str]:
    """Yield what a request asks for that is not emulated, so that nothing is accepted and then ignored."""
    cluster = mapping(request["ProcessingResources"])["ClusterConfig"]
    if cluster.get("InstanceCount", 1) != 1:
        yield "ProcessingResources.ClusterConfig.InstanceCount above 1"
    if cluster.get("InstancePreferences"):
        yield "ProcessingResources.ClusterConfig.InstancePreferences"
    for item in listed(request.get("ProcessingInputs")):
        source = mapping(item.get("S3Input"))
        name = f"ProcessingInputs {item['InputName']}"
        if item.get("AppManaged") or item.get("DatasetDefinition"):
            yield f"{name}: AppManaged and DatasetDefinition"
        if source.get("S3InputMode", "File") != "File":
            yield f"{name}: S3InputMode {source['S3InputMode']}"
        if source.get("S3CompressionType", "None") != "None":
            yield f"{name}: S3CompressionType {source['S3CompressionType']}"
    for item in listed(mapping(request.get("ProcessingOutputConfig")).get("Outputs")):
        if item.get("AppManaged") or item.get("FeatureStoreOutput"):
            yield f"Outputs {item['OutputName']}: AppManaged and FeatureStoreOutput"


def faults(request: dict[str, Any]) -> Iterator[str]:
    """Yield what AWS refuses beyond the shapes of the parameters."""
    for where, items in (
        ("InputName", listed(request.get("ProcessingInputs"))),
        ("OutputName", listed(mapping(request.get("ProcessingOutputConfig")).get("Outputs"))),
    ):
        names = [item[where] for item in items]
        if len(names) != len(set(names)):
            yield f"{where} must be unique: {', '.join(names)}"
        for item in items:
            path = mapping(item.get("S3Input") or item.get("S3Output")).get("LocalPath")
            if path is not None and not _is_below(path):
                yield f"{where} {item[where]}: LocalPath {path} must be below {CONTAINER}/processing"


def _is_below(path: str) -> bool:
    return path.startswith(f"{CONTAINER}/processing") and ".." not in path.split("/")


def work(record: dict[str, Any], account: str, region: str) -> Work:
    """Return the job of a record."""
    specification = record["AppSpecification"]
    output = mapping(record.get("ProcessingOutputConfig"))
    network = mapping(record.get("NetworkConfig"))
    words = [*listed(specification.get("ContainerEntrypoint")), *listed(specification.get("ContainerArguments"))]
    uploads = [
        Upload(path=_relative(item["S3Output"]["LocalPath"]), uri=item["S3Output"]["S3Uri"])
        for item in listed(output.get("Outputs"))
    ]
    described = {name: record[name] for name in _DESCRIBED if name in record}
    return Work(
        kind="ProcessingJob",
        name=record["ProcessingJobName"],
        arn=record["ProcessingJobArn"],
        role_arn=record["RoleArn"],
        account=account,
        region=region,
        image=specification["ImageUri"],
        command=tuple(words if specification.get("ContainerEntrypoint") else []),
        environment={"AWS_REGION": region, **mapping(record.get("Environment"))},
        isolated=bool(network.get("EnableNetworkIsolation")),
        seconds=mapping(record.get("StoppingCondition")).get("MaxRuntimeInSeconds", _DAY_S),
        downloads=tuple(_downloads(record)),
        uploads=tuple(uploads),
        key=output.get("KmsKeyId"),
        disk=(
            mapping(mapping(record.get("ProcessingResources")).get("ClusterConfig")).get("VolumeSizeInGB")
            or _SMALLEST_GB
        )
        * containers.GIB,
        message_file="output/message",
        directories=("output", "processing", "config", *(upload.path for upload in uploads)),
        files={
            "config/processingjobconfig.json": json.dumps(described),
            "config/resourceconfig.json": json.dumps(_RESOURCES),
        },
    )


def _downloads(record: dict[str, Any]) -> Iterator[Download]:
    for item in listed(record.get("ProcessingInputs")):
        source = mapping(item.get("S3Input"))
        if source:
            yield Download(
                uri=source["S3Uri"],
                path=_relative(source.get("LocalPath", f"{CONTAINER}/processing/input/{item['InputName']}")),
                what=f"input {item['InputName']}",
                is_manifest=source.get("S3DataType") == "ManifestFile",
            )


def _relative(path: str) -> str:
    return path.removeprefix(CONTAINER).strip("/")

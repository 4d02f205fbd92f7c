"""Training jobs: from the API's record to what the runner does.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mlops_stages.local import containers
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.sagemaker.jobs.work import Download, Metric, Upload, Work

_DAY_S = 24 * 3600
_SMALLEST_GB = 1
_RESOURCES = {
    "current_host": "algo-1",
    "current_instance_type": "local",
    "current_group_name": "homogeneousCluster",
    "hosts": ["algo-1"],
    "network_interface_name": "eth0",
}
_NOT_EMULATED = (
    "CheckpointConfig",
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "TensorBoardOutputConfig",
    "ProfilerRuleConfigurations",
    "RetryStrategy",
    "RemoteDebugConfig",
    "InfraCheckConfig",
    "SessionChainingConfig",
    "ServerlessJobConfig",
    "MlflowConfig",
    "ModelPackageConfig",
)


def refusals(request: dict[str, Any]) -> Iterator[str]:
    """Yield what a request asks for that is not emulated, so that nothing is accepted and then ignored."""
    yield from (name for name in _NOT_EMULATED if request.get(name))
    if request.get("EnableManagedSpotTraining"):
        yield "EnableManagedSpotTraining"
    algorithm = mapping(request.get("AlgorithmSpecification"))
    if algorithm.get("AlgorithmName") or algorithm.get("TrainingImageConfig"):
        yield "AlgorithmSpecification.AlgorithmName and TrainingImageConfig"
    resources = mapping(request.get("ResourceConfig"))
    if resources.get("InstanceCount", 1) != 1 or resources.get("InstanceGroups"):
        yield "ResourceConfig.InstanceCount above 1 and InstanceGroups"
    if mapping(request["OutputDataConfig"]).get("CompressionType", "GZIP") != "GZIP":
        yield "OutputDataConfig.CompressionType NONE"
    modes = [("AlgorithmSpecification", algorithm.get("TrainingInputMode"))]
    for channel in listed(request.get("InputDataConfig")):
        name = f"InputDataConfig {channel['ChannelName']}"
        modes.append((name, channel.get("InputMode")))
        source = mapping(channel["DataSource"].get("S3DataSource"))
        if not source or source.get("S3DataType") not in ("S3Prefix", "ManifestFile"):
            yield f"{name}: a source that is not an S3 prefix or manifest"
        if channel.get("CompressionType", "None") != "None" or channel.get("RecordWrapperType", "None") != "None":
            yield f"{name}: CompressionType and RecordWrapperType"
    for name, mode in modes:
        if mode == "Pipe":
            yield f"{name}: input mode Pipe"


def faults(request: dict[str, Any]) -> Iterator[str]:
    """Yield what AWS refuses beyond the shapes of the parameters."""
    names = [channel["ChannelName"] for channel in listed(request.get("InputDataConfig"))]
    if len(names) != len(set(names)):
        yield f"ChannelName must be unique: {', '.join(names)}"
    algorithm = mapping(request.get("AlgorithmSpecification"))
    if not algorithm.get("TrainingImage") and not algorithm.get("AlgorithmName"):
        yield "AlgorithmSpecification must name a TrainingImage or an AlgorithmName"
    if not request.get("ResourceConfig"):
        yield "ResourceConfig must be given"


def output_uri(record: dict[str, Any], name: str) -> str:
    """Return where an archive of a job goes: below the output path, under the job's name."""
    path = record["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return f"{path}/{record['TrainingJobName']}/output/{name}"


def work(record: dict[str, Any], account: str, region: str) -> Work:
    """Return the job of a record."""
    algorithm = record["AlgorithmSpecification"]
    words = [*listed(algorithm.get("ContainerEntrypoint")), *listed(algorithm.get("ContainerArguments"))]
    hyperparameters = mapping(record.get("HyperParameters"))
    inputs = {channel["ChannelName"]: _channel(channel) for channel in listed(record.get("InputDataConfig"))}
    return Work(
        kind="TrainingJob",
        name=record["TrainingJobName"],
        arn=record["TrainingJobArn"],
        role_arn=record["RoleArn"],
        account=account,
        region=region,
        image=algorithm["TrainingImage"],
        command=tuple(words if algorithm.get("ContainerEntrypoint") else ["train", *words]),
        environment={
            **_variables(record, region, hyperparameters, inputs),
            **mapping(record.get("Environment")),
        },
        isolated=bool(record.get("EnableNetworkIsolation")),
        seconds=mapping(record.get("StoppingCondition")).get("MaxRuntimeInSeconds", _DAY_S),
        downloads=tuple(_downloads(record)),
        uploads=(
            Upload(
                path="model",
                uri=output_uri(record, "model.tar.gz"),
                archive=True,
                when=frozenset({"Completed", "Stopped"}),
            ),
            Upload(
                path="output/data",
                uri=output_uri(record, "output.tar.gz"),
                archive=True,
                when=frozenset({"Completed", "Stopped", "Failed"}),
            ),
        ),
        key=record["OutputDataConfig"].get("KmsKeyId"),
        disk=(mapping(record.get("ResourceConfig")).get("VolumeSizeInGB") or _SMALLEST_GB) * containers.GIB,
        message_file="output/failure",
        directories=("input/config", "input/data", "model", "output/data", "code"),
        files={
            "input/config/hyperparameters.json": json.dumps(hyperparameters),
            "input/config/inputdataconfig.json": json.dumps(inputs),
            "input/config/resourceconfig.json": json.dumps(_RESOURCES),
        },
        metrics=tuple(
            Metric(name=item["Name"], expression=item["Regex"]) for item in listed(algorithm.get("MetricDefinitions"))
        ),
    )


def _variables(
    record: dict[str, Any],
    region: str,
    hyperparameters: dict[str, Any],
    inputs: dict[str, Any],
) -> dict[str, str]:
    """Return what SageMaker, and its training toolkit in AWS's own images, put into the environment."""
    return {
        "AWS_REGION": region,
        "TRAINING_JOB_NAME": record["TrainingJobName"],
        "TRAINING_JOB_ARN": record["TrainingJobArn"],
        "SM_CURRENT_HOST": "algo-1",
        "SM_HOSTS": json.dumps(["algo-1"]),
        "SM_NETWORK_INTERFACE_NAME": "eth0",
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_INPUT_DIR": "/opt/ml/input",
        "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
        "SM_OUTPUT_DIR": "/opt/ml/output",
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
        "SM_CHANNELS": json.dumps(sorted(inputs)),
        **{f"SM_CHANNEL_{_upper(name)}": f"/opt/ml/input/data/{name}" for name in inputs},
        "SM_HPS": json.dumps(hyperparameters),
        **{f"SM_HP_{_upper(name)}": str(value) for name, value in hyperparameters.items()},
        "SM_INPUT_DATA_CONFIG": json.dumps(inputs),
        "SM_RESOURCE_CONFIG": json.dumps(_RESOURCES),
    }


def _upper(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


def _channel(channel: dict[str, Any]) -> dict[str, str]:
    source = channel["DataSource"]["S3DataSource"]
    return {
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        **({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}),
    }


def _downloads(record: dict[str, Any]) -> Iterator[Download]:
    for channel in listed(record.get("InputDataConfig")):
        source = channel["DataSource"]["S3DataSource"]
        yield Download(
            uri=source["S3Uri"],
            path=f"input/data/{channel['ChannelName']}",
            what=f"channel {channel['ChannelName']}",
            is_manifest=source["S3DataType"] == "ManifestFile",
        )

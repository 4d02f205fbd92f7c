"""What a SageMaker request asks for, as IAM sees it: the ARNs of its resources and SageMaker's condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_sagemaker.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_stages.condition_keys import VARIABLE, Spelling, supplied
from mlops_stages.local.json_values import leaves, listed, mapping
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.sagemaker import registry_requests

_TYPES = {
    "app": "app/{DomainId}/{UserProfileName|SpaceName}/{AppType}/{AppName}",
    "app-image-config": "app-image-config/{AppImageConfigName}",
    "automl-job": "automl-job/{AutoMLJobName}",
    "data-quality-job-definition": "data-quality-job-definition/{JobDefinitionName}",
    "domain": "domain/{DomainId}",
    "experiment-trial": "experiment-trial/{TrialName}",
    "experiment-trial-component": "experiment-trial-component/{TrialComponentName}",
    "hub-content": "hub-content/{HubName}/{HubContentType}/{HubContentName}",
    "image-version": "image-version/{ImageName}/{Version}",
    "inference-experiment": "inference-experiment/{Name}",
    "inference-recommendations-job": "inference-recommendations-job/{JobName|InferenceRecommendationsJobName}",
    "mlflow-app": "mlflow-app/{MlflowAppId}",
    "mlflow-tracking-server": "mlflow-tracking-server/{TrackingServerName}",
    "model-bias-job-definition": "model-bias-job-definition/{JobDefinitionName}",
    "model-explainability-job-definition": "model-explainability-job-definition/{JobDefinitionName}",
    "model-package": "model-package/{ModelPackageName|ModelPackageGroupName}",
    "model-quality-job-definition": "model-quality-job-definition/{JobDefinitionName}",
    "partner-app": "partner-app/{AppId}",
    "space": "space/{DomainId}/{SpaceName}",
    "user-profile": "user-profile/{DomainId}/{UserProfileName}",
}
"""ARNs of resource types that are not simply `kind/{KindName}`; `*` stands for a name that only AWS will give."""

_NOUNS = {
    "AutoMLJob": "automl-job",
    "AutoMLJobV2": "automl-job",
    "EndpointWeightsAndCapacities": "endpoint",
    "FeatureMetadata": "feature-group",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "InferenceComponentRuntimeConfig": "inference-component",
    "ModelPackageGroupPolicy": "model-package-group",
    "PipelineVersion": "pipeline",
    "MonitoringAlert": "monitoring-schedule",
    "PipelineDefinitionForExecution": "pipeline-execution",
    "Record": "feature-group",
    "Trial": "experiment-trial",
    "TrialComponent": "experiment-trial-component",
    "ImageVersion": "image-version",
}
"""Resource types of the nouns of operations, where they are not the same word."""

_RESOURCES: Mapping[str, tuple[str, ...]] = {
    "AssociateTrialComponent": ("experiment-trial", "experiment-trial-component"),
    "CreateEndpoint": ("endpoint", "endpoint-config"),
    "CreateImageVersion": ("image",),
    "CreateInferenceComponent": ("inference-component", "endpoint"),
    "CreateModelCardExportJob": ("model-card",),
    "CreatePresignedDomainUrl": ("user-profile",),
    "CreatePresignedMlflowAppUrl": ("mlflow-app",),
    "CreatePresignedMlflowTrackingServerUrl": ("mlflow-tracking-server",),
    "CreatePresignedNotebookInstanceUrl": ("notebook-instance",),
    "CreateTrial": ("experiment-trial", "experiment"),
    "DisassociateTrialComponent": ("experiment-trial", "experiment-trial-component"),
    "InvokeEndpoint": ("endpoint",),
    "InvokeEndpointAsync": ("endpoint",),
    "InvokeEndpointWithResponseStream": ("endpoint",),
    "ListImageVersions": ("image",),
    "ListModelCardVersions": ("model-card",),
    "ListModelCardExportJobs": ("model-card",),
    "ListPipelineExecutions": ("pipeline",),
    "ListPipelineExecutionSteps": ("pipeline-execution",),
    "ListPipelineParametersForExecution": ("pipeline-execution",),
    "ListPipelineVersions": ("pipeline",),
    "ListTrainingJobsForHyperParameterTuningJob": ("hyper-parameter-tuning-job",),
    "PutModelPackageGroupPolicy": ("model-package-group",),
    "RetryPipelineExecution": ("pipeline-execution",),
    "StartPipelineExecution": ("pipeline",),
    "UpdateEndpoint": ("endpoint", "endpoint-config"),
}
"""Operations whose resources do not follow from their names."""

_VERBS = ("Create", "Describe", "Delete", "Update", "Start", "Stop", "Get", "Put")


def resources(operation: Operation, partition: str, region: str, account: str) -> tuple[str, ...]:
    """Return the ARNs that the request must be allowed on; `("*",)` for operations without resources.

    An ARN of SageMaker's in the request counts as it is; else it is built from the names.
    """
    prefix = f"arn:{partition}:sagemaker:{region}:{account}:"
    packages = registry_requests.resources(operation, prefix)
    if packages:
        return packages
    if operation.name == "CreateModel":
        packages = registry_requests.packages_of_a_model(operation, prefix)
        return (_arn(prefix, "model", operation), *packages)
    if operation.name == "BatchGetRecord":
        names = [str(mapping(each).get("FeatureGroupName")) for each in listed(operation.parameters.get("Identifiers"))]
        return tuple(name if name.startswith("arn:") else f"{prefix}feature-group/{name}" for name in names) or ("*",)
    kinds = _RESOURCES.get(operation.name) or _kinds(operation.name)
    if not kinds and operation.name.startswith(("List", "Search", "Query")):
        return tuple(_own(operation.parameters.get("ResourceArn"))) or ("*",)  # on everything, but for ListTags
    named = tuple(_arn(prefix, kind, operation) for kind in kinds)
    given = tuple(arn for value in operation.parameters.values() for arn in _own(value))
    if given and all("*" in arn for arn in named):
        return given
    return named or ("*",)


def _own(value: object) -> Iterator[str]:
    """Yield the ARNs of SageMaker resources in a parameter."""
    for item in listed(value):
        if isinstance(item, str) and item.startswith("arn:") and item.split(":")[2:3] == ["sagemaker"]:
            yield item


def _kinds(name: str) -> tuple[str, ...]:
    verb = next((verb for verb in _VERBS if name.startswith(verb)), None)
    if verb is None:
        return ()  # lists and searches are on everything
    noun = name.removeprefix(verb)
    return (_NOUNS.get(noun) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", noun).lower(),)


def _arn(prefix: str, kind: str, operation: Operation) -> str:
    words = "".join(word.capitalize() for word in kind.split("-"))
    template = _TYPES.get(kind, f"{kind}/{{{words}Name|{words}Id}}")

    def value(found: re.Match[str]) -> str:
        names = found.group(1).split("|")
        return next((str(operation.parameters[name]) for name in names if operation.parameters.get(name)), "*")

    members = re.findall(r"\w+", "".join(re.findall(r"\{[^}]+\}", template)))
    arns = (arn for member in members for arn in _own(operation.parameters.get(member)))
    return next(arns, prefix + re.sub(r"\{([^}]+)\}", value, template))


_KEYS: Mapping[str, tuple[str, ...]] = {
    "AppNetworkAccessType": ("AppNetworkAccessType",),
    "AuthMode": ("AuthMode",),
    "DirectInternetAccess": ("DirectInternetAccess",),
    "DomainSharingOutputKmsKey": ("S3KmsKeyId",),
    "EnableRemoteDebug": ("EnableRemoteDebug",),
    "FeatureGroupDisableGlueTableCreation": ("DisableGlueTableCreation",),
    "FeatureGroupEnableOnlineStore": ("EnableOnlineStore",),
    "FeatureGroupOfflineStoreKmsKey": ("S3StorageConfig.KmsKeyId",),
    "FeatureGroupOfflineStoreS3Uri": ("S3StorageConfig.S3Uri",),
    "FeatureGroupOnlineStoreKmsKey": ("SecurityConfig.KmsKeyId",),
    "FileSystemAccessMode": ("FileSystemAccessMode",),
    "FileSystemDirectoryPath": ("FileSystemDataSource.DirectoryPath",),
    "FileSystemId": ("FileSystemDataSource.FileSystemId",),
    "FileSystemType": ("FileSystemType",),
    "ImageArns": ("SageMakerImageArn",),
    "ImageVersionArns": ("SageMakerImageVersionArn",),
    "InstanceTypes": ("InstanceType",),
    "InterContainerTrafficEncryption": ("EnableInterContainerTrafficEncryption",),
    "KeepAlivePeriod": ("KeepAlivePeriodInSeconds",),
    "MaxRuntimeInSeconds": ("MaxRuntimeInSeconds",),
    "MinimumInstanceMetadataServiceVersion": ("MinimumInstanceMetadataServiceVersion",),
    "ModelApprovalStatus": ("ModelApprovalStatus",),
    "NetworkIsolation": ("EnableNetworkIsolation",),
    "PipelineVersionId": ("PipelineVersionId",),
    "OutputKmsKey": (
        "OutputDataConfig.KmsKeyId",
        "ProcessingOutputConfig.KmsKeyId",
        "TransformOutput.KmsKeyId",
        "MonitoringOutputConfig.KmsKeyId",
        "DataQualityJobOutputConfig.KmsKeyId",
        "ModelQualityJobOutputConfig.KmsKeyId",
        "ModelBiasJobOutputConfig.KmsKeyId",
        "ModelExplainabilityJobOutputConfig.KmsKeyId",
        "OutputConfig.KmsKeyId",
    ),
    "RemoteAccess": ("RemoteAccess",),
    "RootAccess": ("RootAccess",),
    "ServerlessMaxConcurrency": ("ServerlessConfig.MaxConcurrency",),
    "ServerlessMemorySize": ("ServerlessConfig.MemorySizeInMB",),
    "SpaceSharingType": ("SharingType",),
    "StudioLifecycleConfigArns": ("LifecycleConfigArn", "LifecycleConfigArns"),
    "TargetModel": ("TargetModel",),
    "VolumeKmsKey": ("VolumeKmsKeyId",),
    "VpcSecurityGroupIds": ("SecurityGroupIds", "SecurityGroups"),
    "VpcSubnets": ("Subnets", "SubnetIds", "SubnetId"),
    "WorkteamArn": ("WorkteamArn",),
}
"""Condition keys by the members that carry them, wherever they stand in the request."""

_LISTS = frozenset(
    {"ImageArns", "ImageVersionArns", "InstanceTypes", "StudioLifecycleConfigArns", "VpcSecurityGroupIds", "VpcSubnets"}
)
_KMS = frozenset(
    {
        "DomainSharingOutputKmsKey",
        "FeatureGroupOfflineStoreKmsKey",
        "FeatureGroupOnlineStoreKmsKey",
        "OutputKmsKey",
        "VolumeKmsKey",
    }
)
_ON_MODELS = frozenset({"CreateEndpointConfig", "CreateInferenceComponent", "CreateTransformJob"})
"""Operations that run under the role of a model, which they name."""
_VOLUME_KEY_ABOVE = frozenset({"CreateDomain", "CreateEndpointConfig", "CreateNotebookInstance"})
"""Operations whose own KmsKeyId is the volume's."""


def condition_keys(operation: Operation, partition: str, region: str, account: str) -> dict[str, Any]:
    """Return SageMaker's condition keys with what the request says; what it does not say has no key.

    Keys that have two spellings come in one of them, as they do from AWS: the newer, unless `VARIABLE` in the
    environment says `older`.
    """
    if operation.reads:
        return {}
    said = list(leaves(operation.parameters))
    found = registry_requests.condition_keys(operation)
    domain, owner = operation.parameters.get("DomainId"), mapping(operation.parameters.get("OwnershipSettings"))
    if owner:
        profile = f"user-profile/{domain}/{owner.get('OwnerUserProfileName')}"
        found["sagemaker:OwnerUserProfileArn"] = f"arn:{partition}:sagemaker:{region}:{account}:{profile}"
    models = [value for path, value in said if path.endswith(".ModelName")] if operation.name in _ON_MODELS else []
    if models:
        found["sagemaker:ModelArn"] = _one_or_all(
            [name if ":" in name else f"arn:{partition}:sagemaker:{region}:{account}:model/{name}" for name in models]
        )
    for key, members in _KEYS.items():
        values = [value for path, value in said if any(path.endswith(f".{member}") for member in members)]
        if key == "VolumeKmsKey" and operation.name in _VOLUME_KEY_ABOVE:
            values += [str(operation.parameters[name]) for name in ("KmsKeyId",) if operation.parameters.get(name)]
        if not values:
            continue
        if key in _KMS:
            values = [_key_arn(value, partition, region, account) for value in values]
        found[f"sagemaker:{key}"] = values if key in _LISTS else _one_or_all(values)
    return supplied(found, Spelling(os.environ.get(VARIABLE, Spelling.NEWER)))


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(set(values)) == 1 else values


def _key_arn(key: str, partition: str, region: str, account: str) -> str:
    if key.startswith("arn:"):
        return key
    kind = "" if key.startswith("alias/") else "key/"
    return f"arn:{partition}:kms:{region}:{account}:{kind}{key}"

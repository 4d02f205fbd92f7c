"""Reading SageMaker's models, endpoint configurations and endpoints back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, tags

_MODEL = (
    "Containers",
    "EnableNetworkIsolation",
    "ExecutionRoleArn",
    "InferenceExecutionConfig",
    "ModelName",
    "PrimaryContainer",
    "VpcConfig",
)
_CONFIG = (
    "AsyncInferenceConfig",
    "DataCaptureConfig",
    "EnableNetworkIsolation",
    "EndpointConfigName",
    "ExecutionRoleArn",
    "ExplainerConfig",
    "KmsKeyId",
    "MetricsConfig",
    "ProductionVariants",
    "ShadowProductionVariants",
    "VpcConfig",
)
_OF_THE_UPDATE = "an argument of UpdateEndpoint, kept nowhere"


def _name(resource: Resource) -> str:
    return resource.physical_id.rpartition("/")[2]


def _model(api: Api, resource: Resource) -> Properties:
    return picked(api.call("sagemaker", "describe_model", ModelName=_name(resource)), *_MODEL)


def _config(api: Api, resource: Resource) -> Properties:
    return picked(api.call("sagemaker", "describe_endpoint_config", EndpointConfigName=_name(resource)), *_CONFIG)


def _endpoint(api: Api, resource: Resource) -> Properties:
    found = api.call("sagemaker", "describe_endpoint", EndpointName=_name(resource))
    last = found.get("LastDeploymentConfig")
    shown = picked(found, "EndpointName", "EndpointConfigName")
    return shown if last is None else {**shown, "DeploymentConfig": last}


def _tags(api: Api, resource: Resource) -> Properties:
    return picked(api.call("sagemaker", "list_tags", ResourceArn=resource.physical_id), "Tags")


READERS = (
    Reader(
        type="AWS::SageMaker::Model",
        parts=(Part(properties=_MODEL, read=_model), Part(properties=("Tags",), read=_tags)),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::SageMaker::EndpointConfig",
        parts=(Part(properties=_CONFIG, read=_config), Part(properties=("Tags",), read=_tags)),
        canonical={"KmsKeyId": key, "DataCaptureConfig.KmsKeyId": key, "Tags": tags},
    ),
    Reader(
        type="AWS::SageMaker::Endpoint",
        parts=(
            Part(properties=("DeploymentConfig", "EndpointConfigName", "EndpointName"), read=_endpoint),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"Tags": tags},
        hidden={
            "ExcludeRetainedVariantProperties": _OF_THE_UPDATE,
            "RetainAllVariantProperties": _OF_THE_UPDATE,
            "RetainDeploymentConfig": _OF_THE_UPDATE,
        },
    ),
)

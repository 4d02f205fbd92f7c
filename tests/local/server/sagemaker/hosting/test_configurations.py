"""Endpoint configurations: kept whole, and refused where SageMaker refuses them."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.local.server.sagemaker.hosting import configurations
from mlops_stages.repeatable.guardrails.machine_learning import WITH_VOLUMES_OF_THEIR_OWN
from tests.local.clients import LocalAws, refusal
from tests.local.hosting import SERVING_IMAGE

Json = dict[str, Any]
VARIANT = {"VariantName": "main", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
SERVERLESS = {
    "VariantName": "main",
    "ModelName": "m",
    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://decisions/capture",
    "KmsKeyId": "01234567-89ab-cdef-0123-456789abcdef",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
}


@pytest.fixture
def sagemaker(local_aws: LocalAws, account: str) -> Any:  # noqa: ANN401  # a boto3 client
    client = local_aws.client("sagemaker", account)
    role = f"arn:aws:iam::{account}:role/serving"
    client.create_model(ModelName="m", PrimaryContainer={"Image": SERVING_IMAGE}, ExecutionRoleArn=role)
    network = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    given = {"PrimaryContainer": {"Image": SERVING_IMAGE}, "ExecutionRoleArn": role, "VpcConfig": network}
    client.create_model(ModelName="inside", **given)
    return client


def test_a_configuration_is_described_as_it_was_made(sagemaker: Any) -> None:  # noqa: ANN401  # a boto3 client
    shadow = {**VARIANT, "VariantName": "shadow", "InitialVariantWeight": 0.5}
    given = {
        "ProductionVariants": [{**VARIANT, "EnableSSMAccess": False}],
        "ShadowProductionVariants": [shadow],
        "DataCaptureConfig": CAPTURE,
        "KmsKeyId": "01234567-89ab-cdef-0123-456789abcdef",
        "MetricsConfig": {"EnableEnhancedMetrics": False, "EnableDetailedObservability": False},
    }
    sagemaker.create_endpoint_config(EndpointConfigName="c", **given)
    found = sagemaker.describe_endpoint_config(EndpointConfigName="c")
    production = {**VARIANT, "EnableSSMAccess": False, "InitialVariantWeight": 1.0}
    assert {name: found[name] for name in given} == {**given, "ProductionVariants": [production]}
    names = [each["EndpointConfigName"] for each in sagemaker.list_endpoint_configs()["EndpointConfigs"]]
    assert names == ["c"]
    sagemaker.delete_endpoint_config(EndpointConfigName="c")
    refusal(lambda: sagemaker.describe_endpoint_config(EndpointConfigName="c"), code="ValidationException")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ProductionVariants": [VARIANT, VARIANT]}, "must be unique: main, main"),
        ({"ProductionVariants": [{**VARIANT, "ModelName": "none"}]}, "Could not find model"),
        ({"ProductionVariants": [{**VARIANT, **SERVERLESS}]}, "either an InstanceType or a ServerlessConfig"),
        ({"ProductionVariants": [{"VariantName": "main", "ModelName": "m"}]}, "either an InstanceType or"),
        ({"ProductionVariants": [{**VARIANT, "InitialInstanceCount": None}]}, "must have an InitialInstanceCount"),
        (
            {"ProductionVariants": [{**VARIANT, "InstanceType": "ml.m5d.large"}], "KmsKeyId": "alias/k"},
            "cannot be given",
        ),
        ({"ProductionVariants": [SERVERLESS], "DataCaptureConfig": CAPTURE}, "not supported for serverless"),
        ({"ProductionVariants": [{**SERVERLESS, "ModelName": "inside"}]}, "VpcConfig is not supported for serverless"),
        (
            {
                "ProductionVariants": [VARIANT, {**VARIANT, "VariantName": "b"}],
                "ShadowProductionVariants": [{**VARIANT, "VariantName": "s"}],
            },
            "You can only specify one variant for ProductionVariants and one for ShadowProductionVariants",
        ),
        ({"ProductionVariants": [{**VARIANT, "ModelName": None}]}, "does not run: variant main without a ModelName"),
        (
            {
                "ProductionVariants": [VARIANT],
                "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/p"}},
            },
            "does not run: AsyncInferenceConfig",
        ),
    ],
)
def test_what_sagemaker_refuses_in_a_configuration_is_refused(sagemaker: Any, given: Json, said: str) -> None:  # noqa: ANN401  # a boto3 client
    variants = [{k: v for k, v in variant.items() if v is not None} for variant in given["ProductionVariants"]]
    request = {**given, "ProductionVariants": variants}
    message = refusal(
        lambda: sagemaker.create_endpoint_config(EndpointConfigName="c", **request), code="ValidationException"
    )
    assert said in message
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []


def test_instance_types_that_take_no_key_are_those_of_the_guardrails() -> None:
    assert configurations.WITH_VOLUMES_OF_THEIR_OWN == WITH_VOLUMES_OF_THEIR_OWN

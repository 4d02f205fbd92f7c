"""What a request to SageMaker asks for: its resources and its condition keys."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages import condition_keys
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.sagemaker import requests as sagemaker_requests

ACCOUNT = "111111111111"


PREFIX = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:"


def sagemaker(name: str, **parameters: Any) -> Operation:  # noqa: ANN401  # as boto3 has it
    return Operation("sagemaker", name, parameters)


@pytest.mark.parametrize(
    ("operation", "resources"),
    [
        (sagemaker("CreateTrainingJob", TrainingJobName="j"), ["training-job/j"]),
        (sagemaker("CreateHyperParameterTuningJob", HyperParameterTuningJobName="j"), ["hyper-parameter-tuning-job/j"]),
        (sagemaker("CreateTransformJob", TransformJobName="j", ModelName="m"), ["transform-job/j"]),
        (sagemaker("CreateAutoMLJobV2", AutoMLJobName="j"), ["automl-job/j"]),
        (sagemaker("CreateEndpoint", EndpointName="e", EndpointConfigName="c"), ["endpoint/e", "endpoint-config/c"]),
        (sagemaker("CreateDomain", DomainName="d"), ["domain/*"]),
        (sagemaker("DescribeDomain", DomainId="d-1"), ["domain/d-1"]),
        (sagemaker("CreateUserProfile", DomainId="d-1", UserProfileName="ann"), ["user-profile/d-1/ann"]),
        (sagemaker("CreatePresignedDomainUrl", DomainId="d-1", UserProfileName="ann"), ["user-profile/d-1/ann"]),
        (sagemaker("CreateSpace", DomainId="d-1", SpaceName="s"), ["space/d-1/s"]),
        (
            sagemaker("CreateApp", DomainId="d-1", SpaceName="s", AppType="JupyterLab", AppName="default"),
            ["app/d-1/s/JupyterLab/default"],
        ),
        (sagemaker("CreateMlflowApp", Name="tracking"), ["mlflow-app/*"]),
        (sagemaker("DescribeMlflowApp", Arn=f"{PREFIX}mlflow-app/app-1"), ["mlflow-app/app-1"]),
        (sagemaker("CreatePresignedMlflowAppUrl", Arn=f"{PREFIX}mlflow-app/app-1"), ["mlflow-app/app-1"]),
        (sagemaker("DescribeModelPackage", ModelPackageName=f"{PREFIX}model-package/g/1"), ["model-package/g/1"]),
        (
            sagemaker("CreateModelPackage", ModelPackageGroupName="g"),
            ["model-package/g/*", "model-package-group/g"],
        ),
        (sagemaker("ListModelPackages", ModelPackageGroupName="g"), ["model-package/g/*"]),
        (sagemaker("PutModelPackageGroupPolicy", ModelPackageGroupName="g"), ["model-package-group/g"]),
        (sagemaker("StartPipelineExecution", PipelineName="p"), ["pipeline/p"]),
        (
            sagemaker("StopPipelineExecution", PipelineExecutionArn=f"{PREFIX}pipeline/p/execution/1"),
            ["pipeline/p/execution/1"],
        ),
        (sagemaker("AddTags", ResourceArn=f"{PREFIX}model/m"), ["model/m"]),
        (sagemaker("ListTags", ResourceArn=f"{PREFIX}model/m"), ["model/m"]),
        (sagemaker("PutRecord", FeatureGroupName="f"), ["feature-group/f"]),
        (sagemaker("InvokeEndpoint", EndpointName="e"), ["endpoint/e"]),
    ],
)
def test_a_request_is_judged_on_the_arns_it_names(operation: Operation, resources: list[str]) -> None:
    found = sagemaker_requests.resources(operation, "aws", "eu-west-1", ACCOUNT)
    assert list(found) == [f"{PREFIX}{resource}" for resource in resources]


@pytest.mark.parametrize("name", ["ListModels", "ListUserProfiles", "Search"])
def test_lists_are_on_everything(name: str) -> None:
    assert sagemaker_requests.resources(sagemaker(name), "aws", "eu-west-1", ACCOUNT) == ("*",)


def keys(operation: Operation) -> dict[str, Any]:
    return sagemaker_requests.condition_keys(operation, "aws", "eu-west-1", ACCOUNT)


def test_what_a_request_does_not_say_has_no_condition_key() -> None:
    assert keys(sagemaker("CreateTrainingJob", TrainingJobName="j")) == {}


@pytest.mark.parametrize("model", ["churn", f"{PREFIX}model/churn"])
def test_what_runs_under_a_model_and_so_its_role_tells_the_model(model: str) -> None:
    told = {"sagemaker:ModelArn": f"{PREFIX}model/churn"}
    assert keys(sagemaker("CreateTransformJob", TransformJobName="j", ModelName=model)) == told
    assert keys(sagemaker("CreateInferenceComponent", Specification={"ModelName": model})) == told
    variants = [{"VariantName": name, "ModelName": name} for name in ("a", "b")]
    two = keys(sagemaker("CreateEndpointConfig", ProductionVariants=variants))
    assert two == {"sagemaker:ModelArn": [f"{PREFIX}model/a", f"{PREFIX}model/b"]}
    assert keys(sagemaker("CreateModel", ModelName="churn")) == {}


def test_reading_has_no_condition_keys() -> None:
    assert keys(sagemaker("ListApps", EnableNetworkIsolation=True)) == {}


@pytest.mark.parametrize(
    ("spelling", "key"),
    [(None, "VolumeKmsKeyArn"), ("newer", "VolumeKmsKeyArn"), ("older", "VolumeKmsKey")],
)
def test_a_key_id_becomes_the_arn_that_policies_compare_in_one_spelling_of_its_condition_key(
    monkeypatch: pytest.MonkeyPatch, spelling: str | None, key: str
) -> None:
    if spelling is not None:
        monkeypatch.setenv(condition_keys.VARIABLE, spelling)
    found = keys(sagemaker("CreateEndpointConfig", KmsKeyId="11111111-2222-3333-4444-555555555555"))
    arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
    assert found == {f"sagemaker:{key}": arn}


def test_the_key_of_an_app_for_tracking_is_no_volumes() -> None:
    assert keys(sagemaker("CreateMlflowApp", KmsKeyId="1")) == {}


def test_settings_are_found_wherever_they_stand() -> None:
    network = {"EnableNetworkIsolation": True, "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}
    cluster = {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "arn:aws:kms:eu-west-1:111111111111:key/1"}
    found = keys(
        sagemaker(
            "CreateProcessingJob",
            NetworkConfig=network,
            ProcessingResources={"ClusterConfig": cluster},
            ProcessingOutputConfig={"KmsKeyId": "alias/data"},
        )
    )
    assert found["sagemaker:VpcSubnets"] == ["subnet-1"]
    assert found["sagemaker:VpcSecurityGroupIds"] == ["sg-1"]
    assert found["sagemaker:NetworkIsolation"] == "true"
    assert found["sagemaker:InstanceTypes"] == ["ml.m5.large"]
    assert found["sagemaker:VolumeKmsKeyArn"] == "arn:aws:kms:eu-west-1:111111111111:key/1"
    assert found["sagemaker:OutputKmsKeyArn"] == f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/data"


def test_every_instance_type_of_a_request_counts() -> None:
    variants = [{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.p4d.24xlarge"}]
    found = keys(sagemaker("CreateEndpointConfig", ProductionVariants=variants))
    assert found["sagemaker:InstanceTypes"] == ["ml.m5.large", "ml.p4d.24xlarge"]

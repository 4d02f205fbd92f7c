"""A step's arguments are what SageMaker's API takes, field by field."""

from typing import Any

import pytest

from mlops_stages.pipeline_definition import shapes
from mlops_stages.pipeline_definition.kinds import KINDS
from tests.pipeline_definition.given import Change, Json, arguments, errors_after, only_error, place, places_after


def train(*path: str, value: Any) -> Change:  # noqa: ANN401 - any JSON
    """Set a field of the training step's arguments."""

    def change(document: Json) -> None:
        holder = arguments(document, "Train")
        for part in path[:-1]:
            holder = holder.setdefault(part, {})
        holder[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "code", "says"),
    [
        (("VpcConfg",), {"Subnets": []}, "PIP-030", "'VpcConfig'"),
        (("VpcConfig", "Subnet"), ["subnet-1"], "PIP-030", "'Subnets'"),
        (("EnableNetworkIsolatoin",), True, "PIP-030", "'EnableNetworkIsolation'"),
        (("OutputDataConfig", "KmsKey"), "k", "PIP-030", "'KmsKeyId'"),
        (("ResourceConfig", "InstanceCount"), "1", "PIP-032", "whole number"),
        (("ResourceConfig", "InstanceCount"), 1.0, "PIP-032", "whole number"),
        (("ResourceConfig", "InstanceCount"), True, "PIP-032", "whole number"),
        (("HyperParameters", "max_iter"), 200, "PIP-032", "a text"),
        (("InputDataConfig",), {}, "PIP-032", "a list"),
        (("Environment",), None, "PIP-032", "nothing"),
        (("StoppingCondition", "MaxRuntimeInSeconds"), 0, "PIP-033", "1 or more"),
        (("RetryStrategy", "MaximumRetryAttempts"), 31, "PIP-033", "1 to 30"),
        (("AlgorithmSpecification", "ContainerEntrypoint"), [], "PIP-033", "1 to 100"),
        (("HyperParameters", "max_iter"), "x" * 2501, "PIP-033", "characters"),
        (("AlgorithmSpecification", "TrainingInputMode"), "file", "PIP-034", "'File'"),
        (("OutputDataConfig", "CompressionType"), "ZIP", "PIP-034", "GZIP"),
        (("RetryStrategy",), {}, "PIP-031", "MaximumRetryAttempts"),
    ],
)
def test_what_the_api_would_refuse_is_told(path: tuple[str, ...], value: Any, code: str, says: str) -> None:  # noqa: ANN401
    error = only_error(train(*path, value=value))
    missing = ".MaximumRetryAttempts" if code == "PIP-031" else ""
    assert place(error) == (code, "Train", f"Arguments.{'.'.join(path)}{missing}")
    assert says in error.message


def test_a_text_against_the_apis_pattern_is_told() -> None:
    found = places_after(lambda d: arguments(d, "Train")["InputDataConfig"][0].update(ChannelName="my channel"))
    assert found == [("PIP-035", "Train", "Arguments.InputDataConfig[0].ChannelName")]


def test_a_missing_field_is_told() -> None:
    found = places_after(lambda d: arguments(d, "Train").pop("OutputDataConfig"))
    assert found == [("PIP-031", "Train", "Arguments.OutputDataConfig")]


@pytest.mark.parametrize(
    "field",
    [
        {"RemoteDebugConfig": {"EnableRemoteDebug": True}},
        {"SessionChainingConfig": {"EnableSessionTagChaining": True}},
        {"DebugHookConfig": {"S3OutputPath": "s3://elsewhere/x"}},
        {"TensorBoardOutputConfig": {"S3OutputPath": "s3://elsewhere/x"}},
        {
            "ModelPackageConfig": {
                "ModelPackageGroupArn": "arn:aws:sagemaker:eu-west-1:333333333333:model-package-group/x"
            }
        },
        {"ProfilerRuleConfigurations": [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "i"}]},
        {"MlflowConfig": {"MlflowResourceArn": "x"}},
    ],
)
def test_a_field_that_would_pass_the_platform_by_is_refused(field: Json) -> None:
    found = places_after(lambda d: arguments(d, "Train").update(field))
    assert found == [("PIP-036", "Train", f"Arguments.{next(iter(field))}")]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("ResourceConfig", "InstanceGroups"), [{"InstanceType": "ml.p5.48xlarge", "InstanceGroupName": "a"}]),
        (("ResourceConfig", "KeepAlivePeriodInSeconds"), 3600),
        (("AlgorithmSpecification", "AlgorithmName"), "someones"),
        (("AlgorithmSpecification", "TrainingImageConfig"), {"TrainingRepositoryAccessMode": "Vpc"}),
        (("ProfilerConfig", "S3OutputPath"), "s3://elsewhere/x"),
    ],
)
def test_a_deeper_field_that_would_is_refused_too(path: tuple[str, ...], value: Any) -> None:  # noqa: ANN401 - any JSON
    assert places_after(train(*path, value=value)) == [("PIP-036", "Train", f"Arguments.{'.'.join(path)}")]


def test_reading_by_a_file_system_or_another_query_is_refused() -> None:
    def mounts(document: Json) -> None:
        source = {"FileSystemId": "fs-1", "FileSystemAccessMode": "rw", "FileSystemType": "EFS", "DirectoryPath": "/"}
        arguments(document, "Train")["InputDataConfig"][0]["DataSource"] = {"FileSystemDataSource": source}

    def queries(document: Json) -> None:
        arguments(document, "Prepare")["ProcessingInputs"][0]["DatasetDefinition"] = {"LocalPath": "/x"}

    mounted = "Arguments.InputDataConfig[0].DataSource.FileSystemDataSource"
    assert places_after(mounts) == [("PIP-036", "Train", mounted)]
    assert places_after(queries) == [("PIP-036", "Prepare", "Arguments.ProcessingInputs[0].DatasetDefinition")]


def test_what_the_sdk_writes_for_nothing_is_accepted() -> None:
    def change(document: Json) -> None:
        arguments(document, "Train")["ProfilerConfig"] = {"DisableProfiler": True}
        arguments(document, "Train")["RemoteDebugConfig"] = {"EnableRemoteDebug": False}
        arguments(document, "Train")["DebugRuleConfigurations"] = []
        register = arguments(document, "Register")
        container = register["InferenceSpecification"]["Containers"][0]
        container["Environment"] = {"SAGEMAKER_PROGRAM": "", "SAGEMAKER_SUBMIT_DIRECTORY": ""}
        register["ModelMetrics"] |= {"Bias": {}, "Explainability": {}}
        register["SkipModelValidation"] = "None"

    assert errors_after(change) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_fields_of_each_kind_of_step_are_the_apis(kind: Any) -> None:  # noqa: ANN401 - a kind
    fields = shapes.members(shapes.shape(shapes.request_of(kind.request)))
    assert kind.fields <= fields.keys()
    assert set(kind.set_by_platform) <= kind.fields
    for path in kind.refused:
        current = shapes.request_of(kind.request)
        for part in path.split("."):
            current = shapes.members(shapes.shape(current))[part.removesuffix("[]")]
            if part.endswith("[]"):
                current = shapes.shape(current)["member"]["shape"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_the_sdk_is_told_is_of_fields_that_are_not_deployed(kind: Any) -> None:  # noqa: ANN401 - a kind
    fields = shapes.members(shapes.shape(shapes.request_of(kind.request)))
    for path in kind.remedies:
        assert path in kind.refused or (path in fields and path not in kind.fields)

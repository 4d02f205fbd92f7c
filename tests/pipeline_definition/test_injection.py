"""What the platform decides is filled in, and what a definition states otherwise is refused."""

from typing import Any

import pytest

from mlops_stages.pipeline_definition.injected import ROLE_PLACEHOLDER, job_prefix
from mlops_stages.platform.errors import path_text
from tests.pipeline_definition.given import (
    ARTIFACTS_KEY,
    GROUP,
    GROUPS,
    INJECTED,
    KEY,
    SUBNETS,
    TAGS,
    Change,
    Json,
    arguments,
    filled,
    only_error,
    parsed,
    place,
    places_after,
    step,
)

ROLE = "arn:aws:iam::222222222222:role/acme/arrivals/acme-late-arrival.pipeline"
JOBS = ("Prepare", "Train", "Evaluate")
ARTIFACTS, PIPELINES = "s3://acme-arrivals-artifacts-333333333333", "s3://acme-arrivals-pipelines-222222222222"


def at(name: str, *path: str | int, value: Any) -> Change:  # noqa: ANN401 - any JSON
    """Set a field of a step's arguments."""

    def change(document: Json) -> None:
        holder: Any = arguments(document, name)
        for part in path[:-1]:
            holder = holder.setdefault(part, {}) if isinstance(part, str) else holder[part]
        holder[path[-1]] = value

    return change


@pytest.mark.parametrize("name", JOBS)
def test_every_job_runs_under_the_models_role_in_the_network_isolated(name: str) -> None:
    job = arguments(filled(), name)
    network = job if name == "Train" else job["NetworkConfig"]
    assert job["RoleArn"] == ROLE
    assert network["VpcConfig"] == {"Subnets": list(SUBNETS), "SecurityGroupIds": list(GROUPS)}
    assert network["EnableNetworkIsolation"] is True
    assert network["EnableInterContainerTrafficEncryption"] is True
    assert job["Tags"] == [{"Key": key, "Value": value} for key, value in TAGS.items()]
    assert job["TrainingJobName" if name == "Train" else "ProcessingJobName"] == "arrivals-late-arrival"


def test_volumes_and_outputs_are_under_the_key_of_where_they_lie() -> None:
    prepare, train, evaluate = (arguments(filled(), name) for name in JOBS)
    assert prepare["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == KEY
    assert train["ResourceConfig"]["VolumeKmsKeyId"] == KEY
    assert prepare["ProcessingOutputConfig"]["KmsKeyId"] == KEY
    assert train["OutputDataConfig"]["KmsKeyId"] == ARTIFACTS_KEY
    assert evaluate["ProcessingOutputConfig"]["KmsKeyId"] == ARTIFACTS_KEY


def test_a_model_is_registered_in_its_own_group_and_pending() -> None:
    register = arguments(filled(), "Register")
    assert register["ModelPackageGroupName"] == GROUP
    assert register["ModelApprovalStatus"] == "PendingManualApproval"


def test_filling_in_twice_changes_nothing_more() -> None:
    once = filled()
    assert parsed(once).filled(INJECTED) == parsed(filled(lambda _: None)).filled(INJECTED)


def test_filling_in_leaves_the_definition_itself_alone() -> None:
    definition = parsed(filled())
    assert definition.filled(INJECTED) == definition.filled(INJECTED)
    assert definition.text == parsed(filled()).text


@pytest.mark.parametrize(
    ("name", "path", "value", "code"),
    [
        ("Train", ("RoleArn",), "arn:aws:iam::222222222222:role/admin", "PIP-040"),
        ("Train", ("RoleArn",), {"Get": "Parameters.Commit"}, "PIP-040"),
        ("Train", ("VpcConfig", "Subnets"), ["subnet-0a"], "PIP-041"),
        ("Train", ("VpcConfig", "Subnets"), ["subnet-0a", "subnet-99"], "PIP-041"),
        ("Prepare", ("NetworkConfig", "VpcConfig", "SecurityGroupIds"), ["sg-99"], "PIP-041"),
        ("Train", ("EnableNetworkIsolation",), False, "PIP-042"),
        ("Prepare", ("NetworkConfig", "EnableNetworkIsolation"), False, "PIP-042"),
        ("Evaluate", ("NetworkConfig", "EnableInterContainerTrafficEncryption"), False, "PIP-042"),
        ("Train", ("EnableInterContainerTrafficEncryption",), False, "PIP-042"),
        ("Train", ("ResourceConfig", "VolumeKmsKeyId"), "", "PIP-043"),
        ("Train", ("ResourceConfig", "VolumeKmsKeyId"), "alias/aws/ebs", "PIP-043"),
        ("Train", ("OutputDataConfig", "KmsKeyId"), KEY, "PIP-043"),
        ("Prepare", ("ProcessingResources", "ClusterConfig", "VolumeKmsKeyId"), "other", "PIP-043"),
        ("Prepare", ("ProcessingOutputConfig", "KmsKeyId"), "", "PIP-043"),
        ("Train", ("OutputDataConfig", "S3OutputPath"), "s3://elsewhere/models", "PIP-044"),
        ("Train", ("OutputDataConfig", "S3OutputPath"), f"{ARTIFACTS}/models/other", "PIP-044"),
        ("Train", ("OutputDataConfig", "S3OutputPath"), f"{ARTIFACTS}/models/late-arrival2", "PIP-044"),
        ("Train", ("OutputDataConfig", "S3OutputPath"), {"Get": "Parameters.SourceUri"}, "PIP-044"),
        ("Train", ("CheckpointConfig",), {"S3Uri": "s3://elsewhere/x"}, "PIP-044"),
        ("Train", ("CheckpointConfig",), {"S3Uri": f"{PIPELINES}/late-arrival/x"}, "PIP-046"),
        ("Train", ("InputDataConfig", 0, "DataSource", "S3DataSource", "S3Uri"), "s3://elsewhere/x", "PIP-047"),
        ("Train", ("AlgorithmSpecification", "TrainingImage"), "someone/else:1", "PIP-048"),
        ("Train", ("AlgorithmSpecification", "TrainingImage"), {"Get": "Parameters.SourceUri"}, "PIP-048"),
        ("Register", ("InferenceSpecification", "Containers", 0, "Image"), "someone/else:1", "PIP-048"),
        ("Train", ("ResourceConfig", "InstanceType"), "ml.p5.48xlarge", "PIP-049"),
        ("Train", ("Tags",), [{"Key": "team", "Value": "fraud"}], "PIP-050"),
        ("Train", ("Tags",), [{"Key": "Team", "Value": "arrivals"}], "PIP-050"),
        ("Train", ("TrainingJobName",), "mine", "PIP-051"),
        ("Register", ("ModelPackageGroupName",), "fraud-card-fraud", "PIP-052"),
        ("Register", ("ModelApprovalStatus",), "Approved", "PIP-053"),
        ("Register", ("ModelApprovalStatus",), {"Get": "Parameters.Commit"}, "PIP-053"),
        ("Register", ("ModelMetrics",), {}, "PIP-054"),
        ("Register", ("CustomerMetadataProperties", "commit"), " ", "PIP-055"),
    ],
)  # fmt: skip
def test_what_is_stated_otherwise_is_refused(name: str, path: tuple[str | int, ...], value: Any, code: str) -> None:  # noqa: ANN401
    inner = {"PIP-050": "[0]", "PIP-054": ".ModelQuality.Statistics.S3Uri"}.get(code, "")
    inner = ".S3Uri" if path[0] == "CheckpointConfig" else inner
    assert places_after(at(name, *path, value=value)) == [(code, name, path_text(("Arguments", *path)) + inner)]


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("field", ["RoleArn", "VpcConfig", "NetworkConfig", "Tags"])
def test_null_is_nothing_that_is_filled_in(name: str, field: str) -> None:
    error = only_error(at(name, field, value=None))
    assert (error.step, error.field) == (name, f"Arguments.{field}")


@pytest.mark.parametrize("key", ["commit", "dataset-manifest", "dataset-manifest-sha256", "evaluation"])
def test_a_registration_without_its_origin_is_refused(key: str) -> None:
    error = only_error(lambda d: arguments(d, "Register")["CustomerMetadataProperties"].pop(key))
    assert place(error) == ("PIP-055", "Register", f"Arguments.CustomerMetadataProperties.{key}")


def test_a_registration_without_metrics_is_refused() -> None:
    found = places_after(lambda d: arguments(d, "Register").pop("ModelMetrics"))
    assert found == [("PIP-054", "Register", "Arguments.ModelMetrics.ModelQuality.Statistics.S3Uri")]


def test_a_step_that_writes_under_two_keys_is_refused() -> None:
    def change(document: Json) -> None:
        outputs = arguments(document, "Prepare")["ProcessingOutputConfig"]["Outputs"]
        outputs[0]["S3Output"]["S3Uri"] = arguments(document, "Evaluate")["ProcessingOutputConfig"]["Outputs"][0][
            "S3Output"
        ]["S3Uri"]

    assert places_after(change) == [("PIP-045", "Prepare", "Arguments.ProcessingOutputConfig.Outputs")]


def test_an_output_that_the_next_run_overwrites_is_refused() -> None:
    def change(document: Json) -> None:
        output = arguments(document, "Prepare")["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]
        output["S3Uri"] = "s3://acme-arrivals-pipelines-222222222222/late-arrival/train"

    error = only_error(change)
    assert place(error) == ("PIP-046", "Prepare", "Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri")
    assert "PipelineExecutionId" in error.fix


@pytest.mark.parametrize("bucket", ["acme-arrivals-confidential-444444444444", "acme-fraud-internal-444444444444"])
def test_data_of_others_or_too_sensitive_is_refused(bucket: str) -> None:
    where = ("ProcessingInputs", 1, "S3Input", "S3Uri")
    found = places_after(at("Prepare", *where, value=f"s3://{bucket}/curated/x"))
    assert found == [("PIP-047", "Prepare", "Arguments.ProcessingInputs[1].S3Input.S3Uri")]


def test_what_the_definition_may_state_is_accepted() -> None:
    def change(document: Json) -> None:
        train = arguments(document, "Train")
        train["RoleArn"] = ROLE
        train["VpcConfig"] = {"Subnets": list(reversed(SUBNETS)), "SecurityGroupIds": list(GROUPS)}
        train["EnableNetworkIsolation"] = True
        train["Tags"] = [{"Key": "experiment", "Value": "7"}, {"Key": "team", "Value": "arrivals"}]
        train["AlgorithmSpecification"]["TrainingImage"] = f"{INJECTED.image_uri}@sha256:{'0' * 64}"
        train["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = (
            "s3://acme-arrivals-internal-444444444444/curated/x"
        )
        arguments(document, "Prepare").pop("RoleArn")
        arguments(document, "Register").pop("ModelPackageGroupName")
        arguments(document, "Register").pop("ModelApprovalStatus")

    train = arguments(filled(change), "Train")
    assert train["VpcConfig"]["Subnets"] == list(SUBNETS)
    assert {"Key": "experiment", "Value": "7"} in train["Tags"]
    assert [tag["Key"] for tag in train["Tags"]].count("team") == 1


def test_an_instance_type_may_be_a_parameter_whose_default_is_approved() -> None:
    def change(default: str) -> Change:
        def apply(document: Json) -> None:
            document["Parameters"].append({"Name": "Instance", "Type": "String", "DefaultValue": default})
            arguments(document, "Train")["ResourceConfig"]["InstanceType"] = {"Get": "Parameters.Instance"}
            registered = arguments(document, "Register")["CustomerMetadataProperties"]
            registered["instance"] = {"Get": "Parameters.Instance"}

        return apply

    filled(change("ml.m5.xlarge"))
    found = places_after(change("ml.p5.48xlarge"))
    assert found == [("PIP-049", "Train", "Arguments.ResourceConfig.InstanceType")]


def test_a_job_that_writes_nothing_still_has_a_key() -> None:
    def change(document: Json) -> None:
        step(document, "Prepare")["Arguments"].pop("ProcessingOutputConfig")
        for name in ("Train", "Evaluate"):
            for channel in arguments(document, name).get("InputDataConfig", []):
                channel["DataSource"]["S3DataSource"]["S3Uri"] = {"Get": "Parameters.SourceUri"}
            for given in arguments(document, name).get("ProcessingInputs", []):
                given["S3Input"]["S3Uri"] = {"Get": "Parameters.SourceUri"}

    assert arguments(filled(change), "Prepare")["ProcessingOutputConfig"] == {"Outputs": [], "KmsKeyId": KEY}


def test_the_role_that_the_sdk_demands_is_replaced() -> None:
    assert arguments(filled(at("Train", "RoleArn", value=ROLE_PLACEHOLDER)), "Train")["RoleArn"] == ROLE


@pytest.mark.parametrize(
    ("team", "model", "prefix"),
    [
        ("arrivals", "late-arrival", "arrivals-late-arrival"),
        ("a" * 20, "b" * 24, "a" * 20 + "-" + "b" * 17),
        ("a" * 20, "b" * 16 + "-c", "a" * 20 + "-" + "b" * 16),
    ],
)
def test_the_name_of_a_job_starts_with_the_team_within_awss_length(team: str, model: str, prefix: str) -> None:
    assert job_prefix(team, model) == prefix
    assert len(prefix) <= 38


def test_an_error_of_the_role_says_what_the_sdk_is_given() -> None:
    assert ROLE_PLACEHOLDER in only_error(at("Train", "RoleArn", value="arn:aws:iam::222222222222:role/admin")).fix

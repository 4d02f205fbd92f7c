"""What a package says of its origin is what its run used and made: nothing free, nothing of an earlier run."""

from typing import Any

import pytest

from mlops_stages.pipeline_definition.registration import ORIGIN
from tests.pipeline_definition.given import Change, Json, arguments, places_after, step

METADATA = "Arguments.CustomerMetadataProperties"
OWN = "333333333333.dkr.ecr.eu-west-1.amazonaws.com/acme/arrivals/late-arrival"
CODE = "s3://acme-arrivals-artifacts-333333333333/code"
COMMIT = {"Get": "Parameters.Commit"}
DIGEST = {"Get": "Parameters.ImageDigest"}
SHA = f"sha256:{'a' * 64}"


def joined(on: str, *values: Any) -> Json:  # noqa: ANN401 - any JSON
    return {"Std:Join": {"On": on, "Values": list(values)}}


def metadata(key: str, value: Any) -> Change:  # noqa: ANN401 - any JSON
    return lambda d: arguments(d, "Register")["CustomerMetadataProperties"].update({key: value})


@pytest.mark.parametrize("key", ORIGIN)
def test_nothing_of_the_origin_may_be_left_out(key: str) -> None:
    found = places_after(lambda d: arguments(d, "Register")["CustomerMetadataProperties"].pop(key))
    assert found == [("PIP-055", "Register", f"{METADATA}.{key}")]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("commit", "0a1b2c"),
        ("commit", joined("", COMMIT, "-or-so")),
        ("execution", "arn:aws:sagemaker:eu-west-1:222222222222:pipeline/p/execution/e"),
        ("execution", {"Get": "Execution.PipelineExecutionId"}),
        ("execution", {"Get": "Parameters.SourceUri"}),
        ("evaluation", "s3://acme-arrivals-artifacts-333333333333/evaluations/late-arrival/e/evaluation.json"),
        ("evaluation", {"Get": "Parameters.SourceUri"}),
        ("image-digest", SHA),
        ("image-digest", COMMIT),
        ("model-sha256", "a" * 64),
        ("model-sha256", {"Get": "Parameters.SourceUri"}),
        ("evaluation-sha256", {"Get": "Steps.Evaluate.ProcessingJobName"}),
        ("code-sha256", joined("", COMMIT)),
    ],
)
def test_what_is_free_or_of_something_else_is_refused(key: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    found = places_after(metadata(key, value))
    # A parameter that is registered no more is told where the run depends on it, too.
    assert [each for each in found if each[0] != "PIP-057"] == [("PIP-058", "Register", f"{METADATA}.{key}")]


def test_digests_of_a_cached_step_are_refused() -> None:
    found = places_after(lambda d: step(d, "Evaluate").update(CacheConfig={"Enabled": True, "ExpireAfter": "P30D"}))
    assert found == [
        ("PIP-058", "Register", f"{METADATA}.{key}") for key in ("code-sha256", "evaluation-sha256", "model-sha256")
    ]
    assert places_after(lambda d: step(d, "Evaluate").update(CacheConfig={"Enabled": False})) == []


def test_one_model_in_one_image_is_registered() -> None:
    def twice(document: Json) -> None:
        specification = arguments(document, "Register")["InferenceSpecification"]
        specification["Containers"] *= 2

    assert places_after(twice) == [("PIP-058", "Register", "Arguments.InferenceSpecification.Containers")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Environment", {"SAGEMAKER_SUBMIT_DIRECTORY": "s3://elsewhere/code.tar.gz"}),
        (
            "ModelDataSource",
            {"S3DataSource": {"S3Uri": "s3://b/k", "S3DataType": "S3Prefix", "CompressionType": "None"}},
        ),
        ("AdditionalS3DataSource", {"S3DataType": "S3Prefix", "S3Uri": "s3://b/k"}),
    ],
)
def test_what_no_digest_covers_is_not_registered(field: str, value: Json) -> None:
    found = places_after(
        lambda d: arguments(d, "Register")["InferenceSpecification"]["Containers"][0].update({field: value})
    )
    assert found == [("PIP-036", "Register", f"Arguments.InferenceSpecification.Containers[0].{field}")]


@pytest.mark.parametrize(
    "image",
    [
        f"{OWN}:0a1b2c",
        f"{OWN}@sha256:{'a' * 63}",
        f"{OWN}@{SHA}x",
        f"{OWN}-evil@{SHA}",
        f"{OWN}:tag@{SHA}",
        joined(":", OWN, COMMIT),
        joined("@", f"{OWN}x", DIGEST),
        joined("@", OWN, DIGEST, "x"),
        joined("", f"{OWN}@", DIGEST, COMMIT),
        joined("", f"{OWN}@", {"Get": "Execution.PipelineExecutionId"}),
        joined("", joined("@", OWN, ""), DIGEST),
        {"Get": "Parameters.ImageDigest"},
    ],
)
def test_an_image_is_of_the_models_repository_and_named_by_its_digest(image: Any) -> None:  # noqa: ANN401 - any JSON
    found = places_after(lambda d: arguments(d, "Train")["AlgorithmSpecification"].update(TrainingImage=image))
    assert found == [("PIP-048", "Train", "Arguments.AlgorithmSpecification.TrainingImage")]


@pytest.mark.parametrize("image", [f"{OWN}@{SHA}", joined("", f"{OWN}@", DIGEST)])
def test_both_spellings_of_a_digest_are_accepted(image: Any) -> None:  # noqa: ANN401 - any JSON
    assert places_after(lambda d: arguments(d, "Train")["AlgorithmSpecification"].update(TrainingImage=image)) == []


@pytest.mark.parametrize(
    "uri",
    [
        f"{CODE}/0a1b2c/",
        joined("/", CODE, COMMIT),
        joined("/", CODE, {"Get": "Parameters.SourceUri"}, ""),
        joined("/", CODE, COMMIT, "..", ""),
        joined("", f"{CODE}/", COMMIT, "/"),
        CODE,
    ],
)
def test_the_code_is_all_of_the_registered_commits_and_nothing_beside_it(uri: Any) -> None:  # noqa: ANN401 - any JSON
    found = places_after(lambda d: arguments(d, "Prepare")["ProcessingInputs"][0]["S3Input"].update(S3Uri=uri))
    assert found == [("PIP-059", "Prepare", "Arguments.ProcessingInputs[0].S3Input.S3Uri")]

"""What is told of a registered package, from the registry and its evaluation."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.local.client.model_runs import packages
from mlops_stages.runtime.dataset_manifest import listing_checksum
from mlops_stages.runtime.registered_model import Home, code_checksum

ARN = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/2"
EVALUATION = {
    "binary_classification_metrics": {
        "auc": {"value": 0.7, "standard_deviation": 0.01},
        "accuracy": {"value": 1},
        "confusion_matrix": {"0": {"0": 1}},
    },
    "quality": {"metric": "auc", "value": 0.7034, "interval": {"low": 0.66, "high": 0.74}},
    "counts": {"rows": 3},
}
HOME = Home(artifacts="artifacts", model="late-arrival", images="registry/acme/arrivals/late-arrival")
COMMIT, IMAGE, MODEL = "0a1b2c3d" * 5, f"sha256:{'a' * 64}", "models/late-arrival/1/output/model.tar.gz"
SOUGHT = packages.Sought(commit=COMMIT, manifest_sha256="0" * 64)
OWN = code_checksum([("train.py", b"train()")])
PLACE = "evaluations/late-arrival/1/evaluation.json"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Accounts:
    """A registry of one version, the bucket with what it names, and the image of its commit."""

    exceptions = type("Exceptions", (), {"ClientError": refusals.ClientError})

    def __init__(self, evaluation: Mapping[str, Any]) -> None:
        self.held = {MODEL: b"model", PLACE: json.dumps(evaluation).encode(), f"code/{COMMIT}/train.py": b"train()"}
        self.origin = {
            "commit": COMMIT,
            "code-sha256": listing_checksum({"train.py": sha256(b"train()")}),
            "dataset-manifest": "s3://data/manifests/flights/1.json",
            "dataset-manifest-sha256": "0" * 64,
            "evaluation": f"s3://artifacts/{PLACE}",
            "evaluation-sha256": sha256(self.held[PLACE]),
            "execution": "arn:aws:sagemaker:eu-west-1:222222222222:pipeline/p/execution/1",
            "image-digest": IMAGE,
            "model-sha256": sha256(self.held[MODEL]),
        }
        self.container = {"Image": f"{HOME.images}@{IMAGE}", "ModelDataUrl": f"s3://artifacts/{MODEL}"}

    def list_model_packages(self, **asked: object) -> dict[str, Any]:
        assert asked["SortOrder"] == "Descending"
        if "NextToken" not in asked:
            return {"ModelPackageSummaryList": [], "NextToken": "more"}
        return {"ModelPackageSummaryList": [{"ModelPackageArn": ARN}]}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert ModelPackageName == ARN
        return {
            "ModelPackageArn": ARN,
            "ModelPackageVersion": 2,
            "ModelApprovalStatus": "Approved",
            "CustomerMetadataProperties": self.origin,
            "InferenceSpecification": {"Containers": [self.container]},
            "ModelMetrics": {"ModelQuality": {"Statistics": {"S3Uri": f"s3://artifacts/{PLACE}"}}},
        }

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert Bucket == "artifacts"
        return {"Body": io.BytesIO(self.held[Key])}

    def get_paginator(self, operation: str) -> Accounts:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803 - AWS's
        assert Bucket == "artifacts"
        return [{"Contents": [{"Key": key}]} for key in self.held if key.startswith(Prefix)]

    def describe_images(self, **asked: object) -> dict[str, Any]:
        assert asked == {
            "registryId": "333333333333",
            "repositoryName": "acme/arrivals/late-arrival",
            "imageIds": [{"imageTag": COMMIT}],
        }
        return {"imageDetails": [{"imageDigest": IMAGE}]}


def registry(accounts: Accounts) -> packages.Registry:
    return packages.Registry(
        clients=lambda service: accounts,
        group="arrivals-late-arrival",
        home=HOME,
        image_repository="acme/arrivals/late-arrival",
        tooling="333333333333",
    )


def told(evaluation: Mapping[str, Any] = EVALUATION) -> packages.Registered:
    found = registry(Accounts(evaluation)).find(SOUGHT, OWN)
    assert found is not None
    return found


def test_a_version_names_its_code_its_data_and_how_good_it_is() -> None:
    assert told().to_json() == {
        "arn": ARN,
        "version": 2,
        "approval": "Approved",
        "commit": COMMIT,
        "dataset_manifest": "s3://data/manifests/flights/1.json",
        "dataset_manifest_sha256": "0" * 64,
        "evaluation": f"s3://artifacts/{PLACE}",
        "quality": "auc 0.7034 (0.6600 to 0.7400)",
        "metrics": {"auc": 0.7, "accuracy": 1.0},
    }


def test_a_version_of_other_code_or_data_is_not_the_one() -> None:
    asked = registry(Accounts(EVALUATION))
    assert asked.find(replace(SOUGHT, commit="f" * 40), OWN) is None
    assert asked.find(replace(SOUGHT, manifest_sha256="1" * 64), OWN) is None


def test_a_version_for_a_comparison_is_not_the_one_without_and_the_other_way_round() -> None:
    accounts = Accounts(EVALUATION)
    compared = replace(SOUGHT, train_before="2013-04-01", requests="s3://data/requests.csv.gz")
    assert registry(accounts).find(compared, OWN) is None
    whole = {"train-before": "9999-12-31", "requests": accounts.origin["dataset-manifest"]}
    for origin, sought, other in (
        (whole, SOUGHT, compared),
        ({"train-before": "2013-04-01", "requests": "s3://data/requests.csv.gz"}, compared, SOUGHT),
    ):
        accounts.origin |= origin
        assert registry(accounts).find(sought, OWN) is not None
        assert registry(accounts).find(other, OWN) is None


def test_an_approved_version_with_another_image_is_refused() -> None:
    accounts = Accounts(EVALUATION)
    accounts.container["Image"] = f"elsewhere/image@{IMAGE}"
    with pytest.raises(UserError) as refused:
        registry(accounts).find(SOUGHT, OWN)
    assert (refused.value.code, refused.value.where) == ("LOC-099", ARN)
    assert "REG-003" in refused.value.message


def test_a_version_that_other_code_made_under_this_commit_is_refused() -> None:
    with pytest.raises(UserError) as refused:
        registry(Accounts(EVALUATION)).find(SOUGHT, code_checksum([("train.py", b"ours()")]))
    assert (refused.value.code, refused.value.where) == ("LOC-099", ARN)
    assert "REG-009" in refused.value.message


def test_a_version_without_digests_is_refused() -> None:
    accounts = Accounts(EVALUATION)
    del accounts.origin["model-sha256"]
    with pytest.raises(UserError) as refused:
        registry(accounts).find(SOUGHT, OWN)
    assert (refused.value.code, refused.value.where) == ("LOC-099", ARN)
    assert "REG-001" in refused.value.message


def test_an_evaluation_without_an_interval_is_told_without() -> None:
    assert told({"quality": {"metric": "rmse", "value": 0.3}}).quality == "rmse 0.3000"


def test_an_evaluation_that_names_no_deciding_metric_is_told_as_such() -> None:
    found = told({"regression_metrics": {"mae": {"value": 2}}})
    assert found.quality == "no metric is named as the one that decides"
    assert dict(found.metrics) == {"mae": 2.0}

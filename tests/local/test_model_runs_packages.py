"""What is told of a registered package, from the registry and its evaluation."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from mlops_stages.local.model_runs import packages

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
ORIGIN = {
    "commit": "abc",
    "dataset-manifest": "s3://data/manifests/flights/1.json",
    "dataset-manifest-sha256": "0" * 64,
    "evaluation": "s3://artifacts/evaluations/late-arrival/1/evaluation.json",
}


class Registry:
    """A registry of one version, and the bucket with its evaluation."""

    def __init__(self, evaluation: Mapping[str, Any], origin: Mapping[str, str]) -> None:
        self.evaluation = evaluation
        self.origin = origin

    def list_model_packages(self, **asked: object) -> dict[str, Any]:
        assert asked["SortOrder"] == "Descending"
        return {"ModelPackageSummaryList": [{"ModelPackageArn": ARN}]}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert ModelPackageName == ARN
        return {
            "ModelPackageVersion": 2,
            "ModelApprovalStatus": "Approved",
            "CustomerMetadataProperties": self.origin,
            "ModelMetrics": {"ModelQuality": {"Statistics": {"S3Uri": ORIGIN["evaluation"]}}},
        }

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert (Bucket, Key) == ("artifacts", "evaluations/late-arrival/1/evaluation.json")
        return {"Body": io.BytesIO(json.dumps(self.evaluation).encode())}


def told(
    monkeypatch: pytest.MonkeyPatch, evaluation: Mapping[str, Any] = EVALUATION, origin: Mapping[str, str] = ORIGIN
) -> packages.Registered:
    registry = Registry(evaluation, origin)
    monkeypatch.setattr(packages, "client", lambda service, who: registry)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    (found,) = packages.packages({}, "arrivals-late-arrival")
    return found


def test_a_version_names_its_code_its_data_and_how_good_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch).to_json() == {
        "arn": ARN,
        "version": 2,
        "approval": "Approved",
        "commit": "abc",
        "dataset_manifest": ORIGIN["dataset-manifest"],
        "dataset_manifest_sha256": "0" * 64,
        "evaluation": ORIGIN["evaluation"],
        "quality": "auc 0.7034 (0.6600 to 0.7400)",
        "metrics": {"auc": 0.7, "accuracy": 1.0},
    }


def test_an_evaluation_without_an_interval_is_told_without(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, {"quality": {"metric": "rmse", "value": 0.3}}).quality == "rmse 0.3000"


def test_an_evaluation_that_names_no_deciding_metric_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(monkeypatch, {"regression_metrics": {"mae": {"value": 2}}})
    assert found.quality == "no metric is named as the one that decides"
    assert dict(found.metrics) == {"mae": 2.0}


def test_a_version_of_another_pipeline_may_name_no_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(monkeypatch, origin={})
    assert (found.commit, found.manifest, found.manifest_sha256) == ("", "", "")

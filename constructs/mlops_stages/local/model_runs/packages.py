"""What the model registry says of a registered package, and what its metrics are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mlops_stages.local import refusals
from mlops_stages.local.clients import client


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A version of a model in the registry: which data and code it is made of, and how good it is.

    `quality` is the metric that decided, in words, with its interval where the evaluation gives one.
    """

    arn: str
    version: int
    approval: str
    commit: str
    manifest: str
    manifest_sha256: str
    evaluation: str
    quality: str
    metrics: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {
            "arn": self.arn,
            "version": self.version,
            "approval": self.approval,
            "commit": self.commit,
            "dataset_manifest": self.manifest,
            "dataset_manifest_sha256": self.manifest_sha256,
            "evaluation": self.evaluation,
            "quality": self.quality,
            "metrics": dict(self.metrics),
        }


def packages(approver: Mapping[str, str], group: str) -> Iterator[Registered]:
    """The packages of a group, newest first, as an approver sees them."""
    sagemaker = client("sagemaker", approver)
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending")
    for summary in listed["ModelPackageSummaryList"]:
        yield described(approver, str(summary["ModelPackageArn"]))


def described(approver: Mapping[str, str], arn: str) -> Registered:
    """One package, as an approver sees it."""
    found = client("sagemaker", approver).describe_model_package(ModelPackageName=arn)
    said: Mapping[str, str] = found.get("CustomerMetadataProperties", {})
    evaluation_uri = str(found["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"])
    evaluation: Mapping[str, Any] = json.loads(_read(approver, evaluation_uri))
    return Registered(
        arn=arn,
        version=int(found["ModelPackageVersion"]),
        approval=str(found["ModelApprovalStatus"]),
        commit=said.get("commit", ""),
        manifest=said.get("dataset-manifest", ""),
        manifest_sha256=said.get("dataset-manifest-sha256", ""),
        evaluation=evaluation_uri,
        quality=_quality(evaluation),
        metrics=dict(_metrics(evaluation)),
    )


def measured(approver: Mapping[str, str], evaluation: str) -> str:
    """What an evaluation says of the metric that decides, in words; empty where there is none."""
    try:
        return _quality(json.loads(_read(approver, evaluation)))
    except (refusals.ClientError, ValueError):
        return ""


def _read(approver: Mapping[str, str], uri: str) -> bytes:
    parts = urlsplit(uri)
    body: bytes = client("s3", approver).get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["Body"].read()
    return body


def _quality(evaluation: Mapping[str, Any]) -> str:
    decided: Mapping[str, Any] = evaluation.get("quality", {})
    if "metric" not in decided:
        return "no metric is named as the one that decides"
    text = f"{decided['metric']} {decided['value']:.4f}"
    interval: Mapping[str, Any] = decided.get("interval", {})
    return f"{text} ({interval['low']:.4f} to {interval['high']:.4f})" if {"low", "high"} <= interval.keys() else text


def _metrics(evaluation: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The figures of the form that SageMaker's model quality has: {"..._metrics": {name: {"value": figure}}}.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
    """
    for kind, figures in evaluation.items():
        if kind.endswith("_metrics") and isinstance(figures, dict):
            for name, figure in figures.items():  # pyright: ignore[reportUnknownVariableType]  # JSON
                if isinstance(figure, dict) and isinstance(figure.get("value"), int | float):  # pyright: ignore[reportUnknownMemberType]
                    yield str(name), float(figure["value"])  # pyright: ignore[reportUnknownArgumentType]

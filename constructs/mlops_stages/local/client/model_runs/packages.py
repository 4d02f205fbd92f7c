"""What the model registry says of a registered package, and what its metrics are."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.local.client.clients import client
from mlops_stages.runtime.registered_model import Home, Promise, RegisteredModelError, S3Objects, image_of, verify

ALL_DAYS = "9999-12-31"
"""The default of the parameter `TrainBefore`: no row of the dataset is left out."""


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What a run makes a version of: a commit and a dataset; the day before which it learns, and what it scores.

    `requests` is the S3 URI of requests.csv.gz; None where the run has none.
    """

    commit: str
    manifest_sha256: str
    train_before: str = ALL_DAYS
    requests: str | None = None

    def is_met_by(self, said: Mapping[str, str]) -> bool:
        """Whether a version's metadata say this. A version of an older template has all days, and no requests."""
        manifest = said.get("dataset-manifest", "")
        return (
            said.get("commit") == self.commit
            and said.get("dataset-manifest-sha256") == self.manifest_sha256
            and said.get("train-before", ALL_DAYS) == self.train_before
            and said.get("requests", manifest) == (self.requests or manifest)
        )


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


@dataclass(frozen=True, kw_only=True)
class Registry:
    """A model's group in the registry, as an approver of its team reads it: each version is compared before it is told.

    `clients` gives the approver's client of a service, here or on AWS; `promise` is the quality that its owner promises
    now.
    """

    clients: Callable[[str], Any]
    group: str
    home: Home
    image_repository: str
    tooling: str
    promise: Promise | None = None

    def find(self, sought: Sought, own_code: str) -> Registered | None:
        """The newest version of this code and data; None where there is none.

        `own_code` is the checksum of the commit's scripts, as whoever asks has them.

        Errors: LOC-099 where it is not what was registered, or was made of other code.
        """
        for described in self.versions():
            if sought.is_met_by(described.get("CustomerMetadataProperties", {})):
                return self.registered(described, own_code)
        return None

    def versions(self) -> Iterator[dict[str, Any]]:
        """Every version as DescribeModelPackage tells it, the newest first; nothing of it is compared yet."""
        sagemaker = self.clients("sagemaker")
        asked: dict[str, Any] = {
            "ModelPackageGroupName": self.group,
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
        }
        while True:
            page = sagemaker.list_model_packages(**asked)
            for summary in page["ModelPackageSummaryList"]:
                yield sagemaker.describe_model_package(ModelPackageName=str(summary["ModelPackageArn"]))
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]

    def registered(self, described: Mapping[str, Any], own_code: str | None) -> Registered:
        """What a version says, if model, image, evaluation and code are those that were registered, and the code ours.

        `own_code` is the checksum of the commit's scripts; None for whoever has none to compare.

        Errors: LOC-099 where any is not.
        """
        said: Mapping[str, str] = described.get("CustomerMetadataProperties", {})
        commit = said.get("commit", "")
        try:
            evaluation = verify(
                described,
                home=self.home,
                objects=S3Objects(self.clients("s3")),
                image_of_commit=image_of(self.clients("ecr"), self.image_repository, self.tooling, commit),
                promise=self.promise,
                own_code=own_code,
            )
        except RegisteredModelError as error:
            raise UserError(
                "LOC-099",
                str(described["ModelPackageArn"]),
                "this version is not what its pipeline registered:\n" + textwrap.indent(str(error), "  "),
                "train again from a new commit, and don't approve or run this version",
                exit_code=1,
            ) from error
        return Registered(
            arn=str(described["ModelPackageArn"]),
            version=int(described["ModelPackageVersion"]),
            approval=str(described["ModelApprovalStatus"]),
            commit=commit,
            manifest=said.get("dataset-manifest", ""),
            manifest_sha256=said.get("dataset-manifest-sha256", ""),
            evaluation=said["evaluation"],
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

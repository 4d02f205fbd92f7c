"""A model's retraining for tests: AWS in memory, as far as it is asked."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mlops_stages.runtime.dataset_manifest import DataObject, make
from mlops_stages.runtime.findings import Asked, Finding, Findings, key_of
from mlops_stages.runtime.promotion.promotion import Promotion
from mlops_stages.runtime.promotion.settings import Settings as PromotionSettings
from mlops_stages.runtime.retraining.model import Model
from mlops_stages.runtime.retraining.retraining import Looked, look
from mlops_stages.runtime.retraining.runs import Run, runs
from mlops_stages.runtime.retraining.settings import Settings
from tests.runtime.promotion.given import ANN, COMMIT, IMAGE, PRODUCTION, SETTINGS, AwsError, Client, MemoryStore, Queue

Json = dict[str, Any]

DEVELOPMENT, DATA = "222222222222", "444444444444"
BUCKET, DATA_BUCKET = f"acme-arrivals-challenges-{PRODUCTION}", f"acme-arrivals-internal-{DATA}"
ENDPOINT = SETTINGS.production.endpoint
PIPELINE = SETTINGS.group
FUNCTION = "acme-late-arrival-retraining"
RETRAINING = Settings(
    function=FUNCTION,
    role="acme-late-arrival.retrain",
    pipeline=PIPELINE,
    start_role=f"arn:aws:iam::{DEVELOPMENT}:role/acme/arrivals/acme-late-arrival.start-retraining",
    bucket=BUCKET,
    data=(f"acme-arrivals-public-{DATA}", DATA_BUCKET),
    every_days=30,
    cool_down_days=14,
    most_a_year=3,
)
AT = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
REGISTERED = AT - timedelta(days=20)
WRONG = "overestimates: it expects 1.44 times what happens (95 %: 1.16 to 1.90; allowed 0.870 to 1.15)"
OLD, NEW = "old", "new"
"""Contents of two versions of the dataset."""


def package(version: int) -> str:
    return SETTINGS.package_arn(version)


def manifest(content: str, **changed: Any) -> tuple[str, bytes]:  # noqa: ANN401
    """The address of a version's manifest, and its bytes."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    told = {"dataset": "flights", "team": "arrivals", "classification": "internal", "commit": COMMIT, "created_by": "j"}
    objects = [DataObject(key="flights.csv", uri="s3://x/", version_id="v", sha256=digest, bytes=1)]
    version = make(sources=[], objects=objects, **told).version
    folder = changed.pop("folder", f"s3://{DATA_BUCKET}/curated/flights/{version}/")
    objects = [DataObject(key="flights.csv", uri=f"{folder}flights.csv", version_id="v", sha256=digest, bytes=1)]
    made = make(sources=[], objects=objects, **{**told, **changed})
    return f"manifests/flights/{made.version}.json", made.to_json().encode()


def found(day: datetime = AT, **changed: Any) -> Findings:  # noqa: ANN401
    """What production found: all is right, if not said otherwise."""
    given: Json = {
        "endpoint": ENDPOINT,
        "day": str(day.date()),
        "window_first": "2026-10-29",
        "package": package(1),
        "is_right": not changed.get("wrong"),
        "wrong": (),
        "labels": (),
        "asked": Asked(
            bucket=BUCKET,
            key=f"challenges/endpoint={ENDPOINT}/utc_day=2026-11-27/requests.csv.gz",
            sha256="c" * 64,
            rows=9,
        ),
        "candidates": (),
    }
    return Findings(**{**given, **changed})


def candidate(version: int = 2, *, is_better: bool | None) -> Finding:
    return Finding(
        package=package(version), is_better=is_better, said=f"the log loss of version {version} is 0.004 lower"
    )


@dataclass
class S3(Client):
    objects: dict[tuple[str, str], tuple[datetime, bytes]] = field(
        default_factory=dict[tuple[str, str], tuple[datetime, bytes]]
    )
    read: list[str] = field(default_factory=list[str])

    def put(self, bucket: str, key: str, content: bytes, at: datetime = AT) -> None:
        self.objects[bucket, key] = at, content

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> Json:  # noqa: N803
        return {
            "Contents": [
                {"Key": key, "LastModified": at, "Size": len(content)}
                for (bucket, key), (at, content) in sorted(self.objects.items())
                if bucket == Bucket and key.startswith(Prefix)
            ]
        }

    def get_object(self, *, Bucket: str, Key: str) -> Json:  # noqa: N803
        self.read.append(Key)
        return {"Body": io.BytesIO(self.objects[Bucket, Key][1])}


@dataclass
class Registry(Client):
    versions: dict[int, Json] = field(default_factory=dict[int, Json])
    rejected: list[Json] = field(default_factory=list[Json])

    def describe_model_package(self, *, ModelPackageName: str) -> Json:  # noqa: N803
        return self.versions[int(ModelPackageName.rpartition("/")[2])]

    def update_model_package(self, **given: Any) -> None:  # noqa: ANN401
        self.rejected.append(given)
        number = int(given["ModelPackageArn"].rpartition("/")[2])
        self.versions[number]["ModelApprovalStatus"] = given["ModelApprovalStatus"]


@dataclass
class Pipelines(Client):
    """SageMaker in the development account."""

    executions: dict[str, Json] = field(default_factory=dict[str, Json])
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    refusal: AwsError | None = None
    dies: bool = False
    """Whether the function's end comes right after SageMaker has started an execution."""

    def start_pipeline_execution(self, **given: Any) -> Json:  # noqa: ANN401
        assert given["PipelineName"] == PIPELINE
        if self.refusal is not None:
            raise self.refusal
        token = given["ClientRequestToken"]
        if token not in self.tokens:
            arn = f"arn:aws:sagemaker:eu-west-1:{DEVELOPMENT}:pipeline/{PIPELINE}/execution/{len(self.tokens):012d}"
            self.tokens[token] = arn
            self.executions[arn] = {"given": given, "PipelineExecutionStatus": "Executing"}
        if self.dies:
            self.dies = False
            raise KeyboardInterrupt
        return {"PipelineExecutionArn": self.tokens[token]}

    def list_pipeline_executions(self, **given: Any) -> Json:  # noqa: ANN401
        assert given["PipelineName"] == PIPELINE
        return {"PipelineExecutionSummaries": [*reversed(self.executions.values())]}

    def describe_pipeline_execution(self, *, PipelineExecutionArn: str) -> Json:  # noqa: N803
        return {"PipelineExecutionArn": PipelineExecutionArn, **self.executions[PipelineExecutionArn]}

    def list_pipeline_execution_steps(self, *, PipelineExecutionArn: str) -> Json:  # noqa: N803
        return {"PipelineExecutionSteps": self.executions[PipelineExecutionArn].get("steps", [])}


@dataclass
class Topic(Client):
    mails: list[Json] = field(default_factory=list[Json])

    def publish(self, **given: Any) -> None:  # noqa: ANN401
        assert given["TopicArn"] == SETTINGS.topic
        self.mails.append(given)


@dataclass
class World:
    """All accounts, and what the function remembers."""

    settings: Settings = RETRAINING
    told: PromotionSettings = SETTINGS
    s3: S3 = field(default_factory=S3)
    data: S3 = field(default_factory=S3)
    registry: Registry = field(default_factory=Registry)
    pipelines: Pipelines = field(default_factory=Pipelines)
    topic: Topic = field(default_factory=Topic)
    ledger: Queue = field(default_factory=Queue)
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        key, content = manifest(OLD)
        self.data.put(DATA_BUCKET, key, content, REGISTERED)
        self.register(1, starter=ANN, manifest=f"s3://{DATA_BUCKET}/{key}", sha256=_sha256(content))

    def client(self, service: str, environment: object = None) -> Client:
        assert environment is None
        return {"s3": self.s3, "sagemaker": self.registry, "sns": self.topic, "sqs": self.ledger}[service]

    def start_client(self, service: str) -> Client:
        return {"s3": self.data, "sagemaker": self.pipelines}[service]

    def register(
        self,
        number: int,
        *,
        starter: str = FUNCTION,
        execution: str = "none",
        manifest: str = "",
        sha256: str = "",
        **more: str,
    ) -> None:
        """Register a version, pending approval."""
        self.registry.versions[number] = {
            "ModelPackageArn": package(number),
            "ModelApprovalStatus": "PendingManualApproval",
            "CreationTime": REGISTERED,
            "CustomerMetadataProperties": {
                "author": ANN, "started-by": starter, "commit": COMMIT, "image-digest": IMAGE, "execution": execution,
                "dataset-manifest": manifest, "dataset-manifest-sha256": sha256, **more,
            },
        }  # fmt: skip

    def curate(self, content: str = NEW, at: datetime = AT, **changed: Any) -> str:  # noqa: ANN401
        """Let the data job make a version of the dataset; return its manifest's address."""
        key, made = manifest(content, **changed)
        self.data.put(DATA_BUCKET, key, made, at)
        return f"s3://{DATA_BUCKET}/{key}"

    def find(self, findings: Findings) -> None:
        """Let production write what it found."""
        day = datetime.fromisoformat(findings.day).date()
        self.s3.put(BUCKET, key_of(findings.endpoint, day), findings.to_json())

    def look(self, at: datetime = AT) -> Looked:
        promotion = Promotion(self.told, self, self.store, now=lambda: at)
        return look(Model(promotion=promotion, settings=self.settings, now=at, start_client=self.start_client))

    def look_on(self, at: datetime, **changed: Any) -> Looked:  # noqa: ANN401
        """A look on a day of which production found that."""
        self.find(found(at, **changed))
        return self.look(at)

    def end(self, status: str, **more: Any) -> str:  # noqa: ANN401
        """Let the run that is under way end; return its execution."""
        (arn,) = (arn for arn, each in self.executions.items() if each["PipelineExecutionStatus"] == "Executing")
        self.executions[arn] |= {"PipelineExecutionStatus": status, **more}
        return arn

    @property
    def executions(self) -> dict[str, Json]:
        return self.pipelines.executions

    @property
    def asked(self) -> list[dict[str, str]]:
        """The parameters of every run."""
        return [
            {each["Name"]: each["Value"] for each in run["given"]["PipelineParameters"]}
            for run in self.executions.values()
        ]

    @property
    def subjects(self) -> list[str]:
        return [each["Subject"].removeprefix("arrivals/late-arrival: ") for each in self.topic.mails]

    @property
    def runs(self) -> list[Run]:
        return runs(self.store)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

"""An endpoint whose decisions get labels, for tests: AWS in memory, decisions as rows, label files, and runs."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from mlops_stages.runtime.monitor_runs.challenge import challenge_of, load_scores
from mlops_stages.runtime.monitor_runs.days import RunDay
from mlops_stages.runtime.monitor_runs.evaluations import Evaluations
from mlops_stages.runtime.monitor_runs.hourly import HourlyRunner
from mlops_stages.runtime.monitor_runs.hourly_record import DriftRecord
from mlops_stages.runtime.monitor_runs.hours import RunHour, hour_at
from mlops_stages.runtime.monitor_runs.publishing import NAMESPACE
from mlops_stages.runtime.monitor_runs.record import Challenge, Record, figures_of
from mlops_stages.runtime.monitor_runs.run import Runner
from mlops_stages.runtime.monitor_runs.settings import Bound, Drift, Retraining, Settings
from mlops_stages.runtime.monitor_runs.sources import Held
from mlops_stages.runtime.monitors.figures import Figure
from tests.runtime.decisions.given import S3
from tests.runtime.ledger.given import error

Json = dict[str, Any]

ARTIFACTS, CHALLENGES = "acme-arrivals-artifacts", "acme-arrivals-challenges"
ENDPOINT, LABELS, DECISIONS = "arrivals-late-arrival-production", "acme-arrivals-internal", "acme-decisions"
PACKAGES = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/"
SETTINGS = Settings(
    endpoint=ENDPOINT,
    bucket=DECISIONS,
    label_bucket=LABELS,
    label_prefix="labels/late-arrival",
    label_type="binary",
    delay_hours=24,
    quality=Bound(metric="auc", minimum=0.66),
)
RETRAINED = replace(
    SETTINGS,
    inputs={"carrier": "category", "hour": "integer", "temp": "number"},
    evaluations=f"s3://{ARTIFACTS}/evaluations/late-arrival/",
    retraining=Retraining(bucket=CHALLENGES, margin=0.01),
)
"""The same of a model whose candidates are judged."""
HOURLY = replace(
    SETTINGS,
    drift=Drift(metric="psi", maximum=0.2, every_hours=1),
    inputs={"carrier": "category"},
    evaluations=RETRAINED.evaluations,
)
"""The same of a model whose drift is measured within the day."""
AT = datetime(2026, 11, 27, 5, 30, tzinfo=UTC)
"""When the schedule calls."""
FIVE = AT.replace(minute=42)
"""When the run of the hour from 5:00 is due."""
FIRST = datetime(2026, 10, 29, 9, tzinfo=UTC)
"""An hour of the first day of that run's window, which ends before 2026-11-26."""
DAY = timedelta(days=1)

Row = tuple[str, float, str]
"""Of a decision: its id, its score, its carrier."""


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def decided(hour: datetime, rows: Sequence[Row], package: str, inputs: Sequence[str] = ("carrier",)) -> bytes:
    """The Parquet file of an hour's decisions; of inputs but `carrier`, all are missing."""
    columns = "decision_id VARCHAR, event_id VARCHAR, inference_id VARCHAR, row INTEGER, decided_at TIMESTAMP, "
    columns += "package VARCHAR, score DOUBLE, carrier VARCHAR"
    made = [
        (each, f"e-{each}", f"i-{each}", 1, hour.replace(tzinfo=None), package, score, of) for each, score, of in rows
    ]
    database = _database()
    database.execute(f"CREATE OR REPLACE TABLE decisions ({columns})")
    values = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * len(made))
    database.execute(f"INSERT INTO decisions VALUES {values}", [cell for row in made for cell in row])
    with TemporaryDirectory() as folder:
        path = Path(folder, "decisions.parquet")
        others = "".join(f', NULL::DOUBLE AS "{name}"' for name in inputs if name != "carrier")
        taken = "*" if "carrier" in inputs else "* EXCLUDE (carrier)"
        database.execute(f"COPY (SELECT {taken}{others} FROM decisions) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def answered(scores: Mapping[str, object]) -> bytes:
    """A candidate's scores by decision, as its pipeline writes them."""
    return "".join(f"{line}\r\n" for line in ["decision_id,score", *map(",".join, _texts(scores))]).encode()


def _texts(scores: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(decision, str(score)) for decision, score in scores.items()]


def sharp(days: int, *, first: datetime = FIRST, version: int = 7) -> dict[str, float]:
    """Scores of the decisions of `World.live` that know what became of them."""
    hours = [first + DAY * number for number in range(days)]
    return {f"{version}-{hour:%m%d}-{place}": 0.9 if place < 3 else 0.1 for hour in hours for place in range(10)}


@dataclass
class CloudWatch:
    """CloudWatch as runs call it."""

    published: list[Json] = field(default_factory=list[Json])
    before: Callable[[], None] = lambda: None

    def put_metric_data(self, **given: Any) -> None:  # noqa: ANN401
        """Keep what CloudWatch would take."""
        self.before()
        assert given["Namespace"] == NAMESPACE
        assert all(math.isfinite(each["Value"]) for each in given["MetricData"])
        self.published += given["MetricData"]


@dataclass
class Registry:
    """SageMaker's registry as runs call it: the metadata of versions, and those that wait for approval."""

    versions: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    pending: list[int] = field(default_factory=list[int])
    """In the order of their making."""
    refused: str | None = None
    """The code with which it refuses to list."""
    exceptions = S3.exceptions

    def describe_model_package(self, **given: Any) -> Json:  # noqa: ANN401
        """What is registered of a version."""
        if given["ModelPackageName"] not in self.versions:
            raise error("ValidationException")
        return {"CustomerMetadataProperties": self.versions[given["ModelPackageName"]]}

    def list_model_packages(self, **given: Any) -> Json:  # noqa: ANN401
        """The newest versions that wait for approval."""
        if self.refused is not None:
            raise error(self.refused)
        assert given["ModelPackageGroupName"] == PACKAGES.replace("model-package/", "model-package-group/").rstrip("/")
        assert given["ModelApprovalStatus"] == "PendingManualApproval"
        assert (given["SortBy"], given["SortOrder"]) == ("CreationTime", "Descending")
        newest = self.pending[::-1][: given["MaxResults"]]
        return {"ModelPackageSummaryList": [{"ModelPackageArn": f"{PACKAGES}{each}"} for each in newest]}


def read_answers(evaluations: Evaluations, package: str) -> tuple[Challenge, dict[str, float]]:
    """What a candidate answered, as its judge reads it."""
    evaluation = evaluations.of(package)
    challenge = challenge_of(evaluation)
    assert challenge is not None
    with TemporaryDirectory() as folder, duckdb.connect() as database:
        load_scores(database, evaluations, evaluation, challenge, Path(folder) / "challenge.csv", "scores")
        return challenge, dict(database.execute("SELECT decision_id, score FROM scores").fetchall())


@dataclass
class World:
    """An endpoint, what it decided, what became of it, and its monitors."""

    settings: Settings = SETTINGS
    now: datetime = AT
    s3: S3 = field(default_factory=S3)
    cloudwatch: CloudWatch = field(default_factory=CloudWatch)
    registry: Registry = field(default_factory=Registry)

    def decide(
        self,
        hour: datetime,
        rows: Sequence[Row],
        *,
        version: int = 7,
        variant: str = "champion",
        inputs: Sequence[str] = ("carrier",),
    ) -> None:
        """Write the decisions of an hour."""
        folders = f"endpoint={ENDPOINT}/variant={variant}/utc_day={hour:%Y-%m-%d}/utc_hour={hour:%H}"
        self.s3.put_object(
            Bucket=DECISIONS,
            Key=f"decisions/{folders}/decisions.parquet",
            Body=decided(hour, rows, f"{PACKAGES}{version}", inputs),
        )

    def label(self, hour: datetime, *lines: Json | bytes, name: str = "a") -> str:
        """Put a file of labels that were collected in an hour; its key."""
        key = f"{self.settings.label_prefix}/{hour:%Y/%m/%d/%H}/{name}.jsonl"
        body = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines)
        self.s3.put_object(Bucket=LABELS, Key=key, Body=body)
        return key

    def register(self, *, version: int = 7, **changed: Any) -> None:  # noqa: ANN401
        """Register a version whose test data had scores around 0.3 and as many flights of AA as of UA."""
        lines = [
            "score,carrier",
            *(f"{0.3 + (place - 50) / 5000},{'AA' if place % 2 else 'UA'}" for place in range(100)),
        ]
        baseline = "".join(f"{line}\r\n" for line in lines).encode()
        about = {"file": "baseline.csv", "rows": 100, "sha256": hashlib.sha256(baseline).hexdigest()}
        evaluation = {"baseline": about | changed} if changed.get("file", "") is not None else {}
        self.evaluate(version, evaluation, "baseline.csv", baseline)

    def answer(self, scores: Mapping[str, object] | bytes, *, version: int = 8, **changed: object) -> None:
        """Register a candidate that has answered requests of production, by decision, as its pipeline writes it."""
        content = scores if isinstance(scores, bytes) else answered(scores)
        about: Json = {
            "file": "challenge.csv",
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": 280 if isinstance(scores, bytes) else len(scores),
            "refused": 0,
            "requests": f"s3://{CHALLENGES}/challenges/endpoint={ENDPOINT}/utc_day=2026-11-20/requests.csv.gz",
            "requests_sha256": "0" * 64,
            "train_before": "2026-10-29",
        }
        self.evaluate(version, {"challenge": about | changed}, "challenge.csv", content)
        self.registry.pending.append(version)

    def evaluate(self, version: int, evaluation: object, name: str, beside: bytes) -> None:
        """Register what the pipeline of a version says of it."""
        told, folder = json.dumps(evaluation).encode(), f"evaluations/late-arrival/run{version}"
        self.s3.put_object(Bucket=ARTIFACTS, Key=f"{folder}/{name}", Body=beside)
        self.s3.put_object(Bucket=ARTIFACTS, Key=f"{folder}/evaluation.json", Body=told)
        self.registry.versions[f"{PACKAGES}{version}"] = {
            "evaluation": f"s3://{ARTIFACTS}/{folder}/evaluation.json",
            "evaluation-sha256": hashlib.sha256(told).hexdigest(),
            "execution": f"arn:aws:sagemaker:eu-west-1:222222222222:pipeline/p/execution/run{version}",
        }

    def live(self, days: int, score: float, *, late: int = 3, version: int = 7, first: datetime = FIRST) -> None:
        """Days of ten decisions each, of which so many were late, labelled a day later. One score is a little higher.

        Late ones have higher scores, so that AUC is 1.
        """
        for number in range(days):
            hour = first + DAY * number
            ids = [f"{version}-{hour:%m%d}-{place}" for place in range(10)]
            scores = [score + (0.01 if place < late else -0.01 * late / (10 - late)) for place in range(10)]
            self.decide(
                hour,
                [
                    (each, value, "AA" if place % 2 else "UA")
                    for place, (each, value) in enumerate(zip(ids, scores, strict=True))
                ],
                version=version,
            )
            labels = [{"decision_id": each, "label": int(place < late)} for place, each in enumerate(ids)]
            self.label(hour + DAY, *labels, name=f"v{version}")

    def day(self, at: datetime | None = None) -> RunDay:
        """A day."""
        return RunDay(self.settings, at or AT)

    def run(self, at: datetime | None = None, held: Held | None = None) -> Record:
        """Run a day, with what earlier runs hold."""
        aws = (self.settings, self.s3, self.cloudwatch, self.registry)
        runner = Runner(*aws, lambda: self.now, lambda _seconds: None, held or Held())
        return runner.run(self.day(at))

    def hour(self, at: datetime = FIVE) -> RunHour:
        """An hour."""
        return RunHour(self.settings, hour_at(at))

    def measure(self, at: datetime = FIVE, held: Held | None = None) -> DriftRecord:
        """Run an hour, with what earlier runs hold."""
        aws = (self.settings, self.s3, self.cloudwatch, self.registry)
        return HourlyRunner(*aws, lambda: self.now, lambda _seconds: None, held or Held()).run(self.hour(at))

    def figures(self, at: datetime | None = None) -> dict[str, Figure]:
        """The figures that are kept, by name; those of parts of the decisions with what they are of."""
        found = figures_of(self.kept(self.day(at).figures))
        return {each.name if each.of == ENDPOINT else f"{each.name} {each.of}": each for each in found}

    def kept(self, key: str) -> bytes:
        """The content of an object of the bucket of decisions."""
        return self.s3.get_object(Bucket=DECISIONS, Key=key)["Body"].read()

    def metrics(self) -> dict[str, float]:
        """What was published last, by name."""
        return {each["MetricName"]: each["Value"] for each in self.cloudwatch.published}


def around(name: str, score: float = 0.3, most: int = 200) -> list[Row]:
    """Decisions around a score, as test data would have them where it is 0.3."""
    return [(f"{name}-{each}", score + (each % 100 - 50) / 5000, "AA" if each % 2 else "UA") for each in range(most)]


def by_the_hour() -> World:
    """A model whose drift is measured within the day, and that has decided 1,400 times in the last week."""
    world = World(HOURLY, now=FIVE)
    world.register()
    for back in range(1, 8):
        world.decide(AT.replace(hour=9, minute=0) - DAY * back, around(f"{back}"))
    return world

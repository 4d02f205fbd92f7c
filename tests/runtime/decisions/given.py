"""An endpoint that is captured, for tests: AWS in memory, captured lines, and what is made of them."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from mlops_stages.runtime.decisions.hours import Hour, Place
from mlops_stages.runtime.decisions.read import handle
from mlops_stages.runtime.decisions.reading import Reader
from mlops_stages.runtime.decisions.settings import Input, Settings
from mlops_stages.runtime.decisions.sweep import Sweep
from tests.runtime.ledger.given import MemoryS3, error

Json = dict[str, Any]

CAPTURES, DECISIONS = "acme-capture", "acme-decisions"
ENDPOINT = "acme-late-arrival-production"
CHAMPION, CHALLENGER = "champion", "challenger"
PACKAGE = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/7"
HOUR = Hour(datetime(2026, 11, 27, 9, tzinfo=UTC))
SOON = HOUR.end + timedelta(minutes=10)
"""When the hour is over for the time of settling."""
INPUTS = (Input(name="carrier", type="category"), Input(name="hour", type="integer"), Input(name="temp", type="number"))
SETTINGS = Settings(
    endpoint=ENDPOINT,
    variants=(CHAMPION, CHALLENGER),
    capture_bucket=CAPTURES,
    bucket=DECISIONS,
    queue="https://sqs.eu-west-1.amazonaws.com/666666666666/acme-late-arrival-hours",
    inputs=INPUTS,
)
CSV, LINES, JSON = "text/csv", "application/jsonlines", "application/json"


# Captured lines


def part(data: str | bytes, kind: str = CSV, encoding: str | None = None) -> Json:
    """A body as SageMaker keeps it; bytes as base64."""
    if isinstance(data, bytes):
        return {"observedContentType": kind, "data": base64.b64encode(data).decode(), "encoding": "BASE64"}
    return {"observedContentType": kind, "data": data, "encoding": encoding or ("CSV" if kind == CSV else "JSON")}


def answered(ids: Iterable[str], kind: str = CSV, package: str | None = PACKAGE, score: object = 0.25) -> str:
    """What `serve` answers to rows of those ids."""
    if kind == CSV:
        return "".join(f"{each},{score},{package or ''}\n" for each in ids)
    rows = [{"decision_id": each, "score": score, "model_package": package} for each in ids]
    if kind == JSON:
        return json.dumps({"predictions": rows}) + "\n"
    return "".join(json.dumps(each) + "\n" for each in rows)


def line(
    given: Json | str = "a-1,UA,9,39.5\n",
    answer: Json | str | None = None,
    event: str = "e-1",
    at: str = "2026-11-27T09:30:00Z",
    **about: object,
) -> bytes:
    """A captured line; the answer is that to the row a-1 where none is given."""
    said = answered(["a-1"]) if answer is None else answer
    data = {
        "endpointInput": part(given) if isinstance(given, str) else given,
        "endpointOutput": part(said, "text/csv; charset=utf-8", "CSV") if isinstance(said, str) else said,
    }
    metadata = {"eventId": event, "inferenceTime": at, **about}
    document = {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def requested(number: int, rows: int = 1, event: str | None = None) -> bytes:
    """The line of a request of its own, of several rows."""
    ids = [f"{number}-{row}" for row in range(1, rows + 1)]
    body = "".join(f"{each},UA,{number % 24},{number / 4}\n" for each in ids)
    return line(body, answered(ids), event or f"e-{number}")


# AWS


@dataclass
class S3(MemoryS3):
    """S3 as decisions call it."""

    page: int = 1000

    def head_object(self, **given: Any) -> Json:  # noqa: ANN401
        """The newest version's ETag and metadata."""
        self._called("head_object", given)
        found = self.held.get((given["Bucket"], given["Key"]), [])
        if not found or found[0].content is None:
            raise error("404")
        return {"ETag": found[0].etag, "Metadata": found[0].metadata}

    def list_objects_v2(self, **given: Any) -> Json:  # noqa: ANN401
        """What is there, in the order of keys; folders in place of what is in them, where a delimiter is given."""
        self._called("list_objects_v2", given)
        prefix, delimiter = given["Prefix"], given.get("Delimiter")
        found: dict[str, Json] = {}
        for (bucket, key), (held, *_) in sorted(self.held.items()):
            if bucket != given["Bucket"] or not key.startswith(prefix) or held.content is None:
                continue
            folder, cut, _ = key.removeprefix(prefix).partition("/")
            if delimiter and cut:
                found[f"{prefix}{folder}/"] = {"Prefix": f"{prefix}{folder}/"}
            else:
                found[key] = {"Key": key, "ETag": held.etag, "Size": len(held.content), "LastModified": held.written}
        after = given.get("ContinuationToken", given.get("StartAfter", ""))
        names = [each for each in found if each > after]
        shown = [found[each] for each in names[: self.page]]
        answer: Json = {
            "Contents": [each for each in shown if "Key" in each],
            "CommonPrefixes": [each for each in shown if "Prefix" in each],
            "IsTruncated": len(names) > self.page,
        }
        if len(names) > self.page:
            answer["NextContinuationToken"] = names[self.page - 1]
        return answer


@dataclass
class CloudWatch:
    """CloudWatch as decisions call it; one datum a page."""

    invoked: dict[tuple[str, Hour], float] = field(default_factory=dict[tuple[str, Hour], float])
    published: list[Json] = field(default_factory=list[Json])
    before: Callable[[str], None] = lambda _call: None

    def get_metric_data(self, **given: Any) -> Json:  # noqa: ANN401
        """Sums by the hour."""
        self.before("get_metric_data")
        (query,) = given["MetricDataQueries"]
        metric = query["MetricStat"]["Metric"]
        assert (metric["Namespace"], metric["MetricName"]) == ("AWS/SageMaker", "Invocations")
        assert (query["MetricStat"]["Period"], query["MetricStat"]["Stat"]) == (3600, "Sum")
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        assert dimensions["EndpointName"] == ENDPOINT
        found = [
            (hour.start, value)
            for (variant, hour), value in sorted(self.invoked.items())
            if variant == dimensions["VariantName"] and given["StartTime"] <= hour.start < given["EndTime"]
        ]
        page = int(given.get("NextToken", 0))
        results = [{"Id": query["Id"], "Timestamps": [at], "Values": [value]} for at, value in found[page : page + 1]]
        more: Json = {"NextToken": str(page + 1)} if page + 1 < len(found) else {}
        return {"MetricDataResults": results, **more}

    def put_metric_data(self, **given: Any) -> None:  # noqa: ANN401
        """Keep what CloudWatch would take."""
        self.before("put_metric_data")
        assert given["Namespace"] == "MLOpsStages/Decisions"
        assert all(math.isfinite(each["Value"]) for each in given["MetricData"])
        self.published += given["MetricData"]


@dataclass
class Sqs:
    """The queue of hours."""

    sent: list[str] = field(default_factory=list[str])
    refused: int = 0

    def send_message_batch(self, **given: Any) -> Json:  # noqa: ANN401
        """Take up to ten messages, but for those that are refused."""
        entries = given["Entries"]
        assert 1 <= len(entries) <= 10
        assert len({each["Id"] for each in entries}) == len(entries)
        assert given["QueueUrl"] == SETTINGS.queue
        failed, taken = entries[: self.refused], entries[self.refused :]
        self.sent += [each["MessageBody"] for each in taken]
        return {"Failed": failed} if failed else {}


# An endpoint's decisions


@dataclass
class World:
    """An endpoint, its captures, and both functions."""

    settings: Settings = SETTINGS
    now: datetime = SOON
    s3: S3 = field(default_factory=S3)
    cloudwatch: CloudWatch = field(default_factory=CloudWatch)
    sqs: Sqs = field(default_factory=Sqs)
    paused: list[float] = field(default_factory=list[float])

    def capture(self, *lines: bytes, name: str = "30-00-000-a", hour: Hour = HOUR, variant: str = CHAMPION) -> str:
        """Write a capture file, as SageMaker does; its key."""
        key = f"capture/{ENDPOINT}/{variant}/{hour.start:%Y/%m/%d/%H}/{name}.jsonl"
        self.s3.put_object(Bucket=CAPTURES, Key=key, Body=b"".join(each + b"\n" for each in lines))
        return key

    @property
    def reader(self) -> Reader:
        """What reads an hour."""
        return Reader(self.settings, self.s3, self.cloudwatch, lambda: self.now, self.paused.append)

    def sweep(self) -> list[str]:
        """Sweep; the hours that are sent, as VARIANT HOUR."""
        sent = Sweep(self.settings, self.s3, self.cloudwatch, self.sqs).run(self.now)
        return [f"{place.variant} {place.hour}" for place in sent]

    def deliver(self) -> int:
        """Give the messages to the function that reads; how many failed, which stay in the queue."""
        bodies, self.sqs.sent = self.sqs.sent, []
        records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        failed = handle({"Records": records}, self.reader)["batchItemFailures"]
        self.sqs.sent = [bodies[int(each["itemIdentifier"])] for each in failed]
        return len(failed)

    def settle(self) -> None:
        """Sweep and read, as often as it takes; then nothing is left to do."""
        for _ in range(3):
            if not self.sweep():
                return
            assert self.deliver() == 0
        assert self.sweep() == []

    def place(self, variant: str = CHAMPION, hour: Hour = HOUR) -> Place:
        """An hour."""
        return Place(self.settings, variant, hour)

    def kept(self, key: str) -> bytes:
        """The content of an object of decisions."""
        return self.s3.get_object(Bucket=DECISIONS, Key=key)["Body"].read()

    def there(self, key: str) -> bool:
        """Whether an object of decisions is there."""
        return bool(self.s3.held.get((DECISIONS, key)))

    def manifest(self, variant: str = CHAMPION, hour: Hour = HOUR) -> Json:
        """The manifest."""
        return json.loads(self.kept(self.place(variant, hour).manifest))

    def found(self, variant: str = CHAMPION, hour: Hour = HOUR) -> Json:
        """What it says was found."""
        return self.manifest(variant, hour)["found"]

    def quarantine(self) -> list[Json]:
        """The list of refused lines; empty where there is none."""
        key = self.place().quarantine
        return [json.loads(each) for each in self.kept(key).splitlines()] if self.there(key) else []

    def rows(self, columns: str = "*", variant: str = CHAMPION, hour: Hour = HOUR) -> list[tuple[Any, ...]]:
        """The rows of an hour, in the file's order."""
        return queried(self.kept(self.place(variant, hour).decisions), f"SELECT {columns} FROM decisions")

    def figures(self) -> dict[str, float]:
        """The figures that were published last, by name."""
        return {each["MetricName"]: each["Value"] for each in self.cloudwatch.published}


def queried(parquet: bytes, query: str) -> list[tuple[Any, ...]]:
    """What a query of a Parquet file, as `decisions`, finds."""
    with TemporaryDirectory() as folder, duckdb.connect() as database:
        path = Path(folder, "decisions.parquet")
        path.write_bytes(parquet)
        database.execute(f"SET VARIABLE path = '{path}'")
        database.execute(f"CREATE VIEW decisions AS FROM read_parquet('{path}')")
        return database.execute(query).fetchall()

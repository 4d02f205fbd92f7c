"""Labels that a team collects, for tests: its files, lines of both forms, and what is made of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from mlops_stages.runtime.labels.kept import Listing
from mlops_stages.runtime.labels.manifest import Manifest
from mlops_stages.runtime.labels.reading import due_days, read_day
from mlops_stages.runtime.labels.source import LabelSource, Place
from tests.runtime.decisions.given import DECISIONS, ENDPOINT, S3, Json, queried

SOURCE_BUCKET = "acme-arrivals-data"
PREFIX = "labels/late-arrival"
DAY = date(2026, 11, 27)
NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
SOURCE = LabelSource(
    endpoint=ENDPOINT, bucket=DECISIONS, source_bucket=SOURCE_BUCKET, source_prefix=PREFIX, type="binary"
)


def ours(decision_id: object = "d-1", label: object = 1, **more: object) -> bytes:
    """A line in our form."""
    return json.dumps({"decision_id": decision_id, "label": label, **more}).encode()


def sagemakers(data: object = "1", event_id: object = "e-1", encoding: object = "CSV") -> bytes:
    """A line in SageMaker's form."""
    truth, about = {"data": data, "encoding": encoding}, {"eventId": event_id}
    return json.dumps({"groundTruthData": truth, "eventMetadata": about, "eventVersion": "0"}).encode()


@dataclass
class World:
    """A team's bucket, the bucket of decisions, and what reads one and writes the other."""

    source: LabelSource = SOURCE
    now: datetime = NOW
    s3: S3 = field(default_factory=S3)
    paused: list[float] = field(default_factory=list[float])

    def collect(self, *lines: bytes, name: str = "a", hour: int = 9, day: date = DAY) -> str:
        """Write a label file, as a team does; its key."""
        return self.put(b"".join(each + b"\n" for each in lines), f"{hour:02}/{name}.jsonl", day)

    def put(self, content: bytes, name: str, day: date = DAY) -> str:
        """Write any file in a day's folder; its key."""
        key = f"{PREFIX}/{day:%Y/%m/%d}/{name}"
        self.s3.put_object(Bucket=SOURCE_BUCKET, Key=key, Body=content)
        return key

    def misplace(self, name: str, at: datetime = NOW) -> str:
        """Write a label into the model's folder at some moment, whatever the day's folder is; its key."""
        key, self.s3.now = f"{PREFIX}/{name}", at
        self.s3.put_object(Bucket=SOURCE_BUCKET, Key=key, Body=ours("d-9") + b"\n")
        return key

    def lose(self, key: str) -> None:
        """Remove a label file."""
        del self.s3.held[SOURCE_BUCKET, key]

    def due(self) -> list[date]:
        """The days that are to be read."""
        return [*self._due()]

    def _due(self) -> dict[date, Listing]:
        return due_days(self.s3, self.source, self.now)

    def read(self, day: date = DAY) -> Manifest | None:
        """Read a day."""
        return read_day(self.s3, self.source, day, self._due().get(day, ()), self.paused.append)

    def settle(self) -> None:
        """Read all that is due; then nothing is left to do."""
        for day in self.due():
            assert self.read(day) is not None
        assert self.due() == []

    def place(self, day: date = DAY) -> Place:
        """A day."""
        return Place(self.source, day)

    def kept(self, key: str) -> bytes:
        """The content of an object in the bucket of decisions."""
        return self.s3.get_object(Bucket=DECISIONS, Key=key)["Body"].read()

    def states(self) -> dict[str, bytes]:
        """All that is in the bucket of decisions."""
        return {key: self.kept(key) for bucket, key in self.s3.held if bucket == DECISIONS}

    def manifest(self, day: date = DAY) -> Json:
        """The manifest."""
        return json.loads(self.kept(self.place(day).manifest))

    def found(self, day: date = DAY) -> Json:
        """What it says was found."""
        return self.manifest(day)["found"]

    def quarantine(self, day: date = DAY) -> list[Json]:
        """The list of refused lines; empty where there is none."""
        key = self.place(day).quarantine
        return [json.loads(each) for each in self.states().get(key, b"").splitlines()]

    def rows(self, columns: str = "decision_id, event_id, row, label", day: date = DAY) -> list[tuple[Any, ...]]:
        """The rows of a day, in the file's order."""
        return queried(self.kept(self.place(day).labels), f"SELECT {columns} FROM decisions")

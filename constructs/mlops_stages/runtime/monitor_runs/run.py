"""A run of the monitors: labels are read, figures calculated, told to CloudWatch and kept.

Written in this order: the figures, CloudWatch's metrics, and last the record. Whoever dies in between has left a record
that does not name what is listed, or none, and the next run of that day does all of it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ..decisions.database import connected
from ..decisions.metrics import OLDEST, CloudWatch
from ..decisions.reading import utc_now
from ..decisions.stored import TRIES, LostError, Stored, fetched, retried
from ..labels.reading import Settled
from ..ledger.numbered import S3
from ..monitors.codes import MonitorError
from ..monitors.figures import Figure
from . import publishing, record, sources
from .baselines import Baselines, SageMaker
from .days import RunDay
from .drifting import measure_drift
from .label_days import LabelDays
from .measuring import Measured, measure
from .record import Record
from .settings import DRIFTS, Settings
from .sources import Files, Held, Sources


@dataclass(frozen=True)
class Before:
    """What is kept of a day when its run begins."""

    record: Stored
    figures: Stored
    said: Record | None
    """None without a record, and where it is none."""

    def is_made_of(self, listed: Sources, settings: Settings) -> bool:
        """Whether all of it was made of what is listed now, told as now, and is still what was made."""
        said = self.said
        if said is None or said.settings != settings.to_json() or tuple(said.sources) != listed.all:
            return False
        return said.figures_sha256 == record.sha256(self.figures.content)


@dataclass(frozen=True)
class Runner:
    """Runs the monitors of one endpoint."""

    settings: Settings
    s3: S3
    cloudwatch: CloudWatch
    sagemaker: SageMaker
    now: Callable[[], datetime] = utc_now
    pause: Callable[[float], None] = time.sleep
    held: Held = field(default_factory=Held)
    settled: Settled = field(default_factory=dict[Any, Any])

    def run(self, day: RunDay) -> Record:
        """Run a day; what was found before, where it was made of all that there is now.

        Labels that cannot be read do not keep the others from being judged: their error is raised at the end. Drift
        that cannot be measured is a figure that says why.
        Errors: MON-032, MON-033, those of labels and of figures, and what AWS answers.
        """
        labels = LabelDays(self.s3, day, self.pause, self.settled)
        failed, quarantined = labels.read(), labels.quarantined()
        try:
            found = retried(lambda: self._run(day, quarantined), self.pause)
        except LostError as error:
            raise MonitorError("MON-033", str(day), f"it was run {TRIES} times") from error
        if failed is not None:
            raise failed
        return found

    def _run(self, day: RunDay, quarantined: int) -> Record:
        before = self._before(day)
        listed = sources.found(self.s3, day)
        if before.said is not None and before.is_made_of(listed, self.settings):
            return before.said
        with TemporaryDirectory() as name:
            folder = Path(name)
            files = self.held.fetched(self.s3, self.settings.bucket, listed)
            with connected(folder) as database:
                measured = measure(database, day, files)
                figures = (*measured.figures, *self._drift(database, day, measured, files, folder))
            lines = record.lines(figures)
            made = Record(
                endpoint=self.settings.endpoint,
                day=str(day.day),
                window=str(day.window),
                settings=self.settings.to_json(),
                sources=listed.all,
                labelled=measured.labelled,
                figures_sha256=record.sha256(lines),
                published=self.now() - day.at < OLDEST,
            )
            _replace(before.figures, folder / "figures.jsonl", lines, "application/jsonlines")
            if made.published:
                found = publishing.published(self.settings, measured.labelled, quarantined, figures)
                publishing.publish(self.cloudwatch, self.settings, day.at, found)
            _replace(before.record, folder / "run.json", made.to_json(), "application/json")
            return made

    def _drift(
        self, database: duckdb.DuckDBPyConnection, day: RunDay, measured: Measured, files: Files, folder: Path
    ) -> tuple[Figure, ...]:
        """How far the version's decisions have moved; where it cannot be measured, a figure that says why."""
        package, path = measured.labelled.package, folder / "baseline.csv"
        if self.settings.drift is None or package is None:
            return ()
        try:
            if Baselines(self.s3, self.sagemaker, self.settings.evaluations).fetch(package, path):
                return measure_drift(database, day, package, files.decisions, path)
            why = "the version's evaluation names no baseline: train it by a newer template"
        except MonitorError as error:
            why = str(error)
        name = DRIFTS[self.settings.drift.metric]
        return (Figure(name=name, of="score", value=None, rows=0, definition="not calculated", why=why),)

    def _before(self, day: RunDay) -> Before:
        bucket = self.settings.bucket
        kept, figures = (fetched(self.s3, bucket, key) for key in (day.record, day.figures))
        return Before(kept, figures, record.read(kept.content))


def _replace(stored: Stored, path: Path, content: bytes, content_type: str) -> None:
    path.write_bytes(content)
    stored.replace(path, content_type)

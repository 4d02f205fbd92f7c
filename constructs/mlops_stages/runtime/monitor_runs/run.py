"""A run of the monitors: labels are read, figures calculated, told to CloudWatch and kept.

Written in this order: requests for candidates, the figures, what retraining goes by, CloudWatch's metrics, and last the
record. Whoever dies in
between has left a record that does not name what is listed, or none, and the next run of that day does all of it again.
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

from ..decisions.database import empty
from ..decisions.metrics import OLDEST, CloudWatch
from ..decisions.reading import utc_now
from ..decisions.stored import TRIES, LostError, Stored, fetched, replaced, retried, seen
from ..labels.reading import Settled
from ..ledger.numbered import S3
from ..monitors.codes import MonitorError
from . import publishing, record, sources
from .asked import write_requests
from .candidates import Judged, judge_candidate, newer
from .days import RunDay
from .drifting import Drifting, days_before
from .evaluations import Evaluations, SageMaker
from .found import findings, findings_key
from .label_days import LabelDays
from .measuring import Measured, measure
from .record import Record, Requests
from .settings import Settings
from .sources import Held, Sources


@dataclass(frozen=True)
class Before:
    """What is kept of a day when its run begins."""

    record: Stored
    figures: Stored
    requests: Stored | None
    """None where the model is not retrained."""
    findings: Stored | None
    """None where it is not."""
    said: Record | None
    """None without a record, and where it is none."""

    def is_made_of(self, listed: Sources, settings: Settings) -> bool:
        """Whether all of it was made of what is listed now, told as now, and is still what was made."""
        said = self.said
        if said is None or said.settings != settings.to_json() or tuple(said.sources) != listed.all:
            return False
        if self.requests is not None and (said.requests is None or said.requests.sha256 != self.requests.sha256):
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

        Labels that cannot be read do not keep the others from being judged, nor do candidates that cannot be listed:
        their error is raised at the end. Drift that cannot be measured, and a candidate that cannot be judged, are
        figures that say why.
        Errors: MON-032, MON-033, MON-036, those of labels and of figures, and what AWS answers.
        """
        labels = LabelDays(self.s3, day, self.pause, self.settled)
        failed, quarantined = labels.read(), labels.quarantined()
        try:
            found = retried(lambda: self._run(day, quarantined), self.pause)
        except LostError as error:
            raise MonitorError("MON-033", str(day), f"it was run {TRIES} times") from error
        if failed is not None:
            raise failed
        self._newer(found.labelled.package)
        return found

    def _run(self, day: RunDay, quarantined: int) -> Record:
        before = self._before(day)
        listed = sources.found(self.s3, day)
        if before.said is not None and before.is_made_of(listed, self.settings) and self._has_all(before.said):
            return before.said
        with TemporaryDirectory() as name:
            folder = Path(name)
            files = self.held.fetched(self.s3, self.settings.bucket, listed)
            with empty() as database:
                measured = measure(database, day, files)
                package = measured.labelled.package
                drift = self._drifting.figures(database, days_before(day), package, folder / "baseline.csv")
                requests = self._requests(database, day, before.requests, folder)
                judged = self._candidates(database, day, measured, folder)
            figures = (*measured.figures, *drift, *(figure for each in judged for figure in each.figures))
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
                requests=requests,
                candidates=tuple(each.candidate for each in judged),
            )
            replaced(before.figures, folder / "figures.jsonl", lines, "application/jsonlines")
            if before.findings is not None:
                found = findings(day, made.labelled, figures, requests, made.candidates)
                replaced(before.findings, folder / "findings.json", found.to_json(), "application/json")
            if made.published:
                values = publishing.published(self.settings, measured.labelled, quarantined, figures)
                publishing.publish(self.cloudwatch, self.settings, day.at, values)
            replaced(before.record, folder / "run.json", made.to_json(), "application/json")
            return made

    def _requests(
        self, database: duckdb.DuckDBPyConnection, day: RunDay, before: Stored | None, folder: Path
    ) -> Requests | None:
        """Write the requests that candidates are to be judged on, where they are others than before."""
        retraining = self.settings.retraining
        if retraining is None or before is None:
            return None
        path = folder / "requests.csv.gz"
        made = write_requests(database, day, retraining, path)
        if made.sha256 != before.sha256:
            before.replace(path, "application/gzip")
        return made

    def _candidates(
        self, database: duckdb.DuckDBPyConnection, day: RunDay, measured: Measured, folder: Path
    ) -> tuple[Judged, ...]:
        """Candidates, each against the version that serves."""
        serving, path = str(measured.labelled.package), folder / "challenge.csv"
        return tuple(
            judge_candidate(database, day, self._evaluations, package, serving, path)
            for package in self._listed(measured.labelled.package)
        )

    def _has_all(self, said: Record) -> bool:
        """Whether a record has the candidates that there are now."""
        return tuple(each.package for each in said.candidates) == self._listed(said.labelled.package)

    def _listed(self, serving: str | None) -> tuple[str, ...]:
        """Candidates; none where they cannot be listed, of which the end of the run tells."""
        try:
            return self._newer(serving)
        except MonitorError:
            return ()

    def _newer(self, serving: str | None) -> tuple[str, ...]:
        """Candidates. Error: MON-036."""
        return () if self.settings.retraining is None or serving is None else newer(self.sagemaker, serving)

    @property
    def _evaluations(self) -> Evaluations:
        return Evaluations(self.s3, self.sagemaker, self.settings.evaluations)

    @property
    def _drifting(self) -> Drifting:
        return Drifting(self.settings, self.held.baselines, self._evaluations)

    def _before(self, day: RunDay) -> Before:
        bucket, retraining = self.settings.bucket, self.settings.retraining
        kept, figures = (fetched(self.s3, bucket, key) for key in (day.record, day.figures))
        shared = (
            []
            if retraining is None
            else [seen(self.s3, retraining.bucket, key) for key in (day.requests, findings_key(day))]
        )
        requests, found = shared or (None, None)
        return Before(kept, figures, requests, found, record.read(kept.content))

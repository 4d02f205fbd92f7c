"""A run within the day: how far the decisions of a week have moved, measured without labels, told and kept.

Written in this order: the figures, CloudWatch's metrics, and last the record. Once there is a record of an hour that is
over, it stays: decisions that come later count in the runs of later hours alone, so that a figure that an alarm went by
can still be read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ..decisions.database import all_rows, empty
from ..decisions.metrics import OLDEST, CloudWatch
from ..decisions.reading import utc_now
from ..decisions.stored import TRIES, LostError, fetched, replaced, retried
from ..ledger.numbered import S3
from ..monitors.codes import MonitorError
from ..monitors.figures import Figure
from ..monitors.sql import text
from . import publishing
from .drifting import Drifting
from .evaluations import Evaluations, SageMaker
from .hourly_record import DriftRecord, read
from .hours import RunHour
from .measuring import serving
from .record import lines, sha256
from .settings import Settings
from .sources import DECIDED, Held, Sources, decided, files_of


@dataclass(frozen=True)
class HourlyRunner:
    """Measures the drift of one endpoint within the day."""

    settings: Settings
    s3: S3
    cloudwatch: CloudWatch
    sagemaker: SageMaker
    now: Callable[[], datetime] = utc_now
    pause: Callable[[float], None] = time.sleep
    held: Held = field(default_factory=Held)

    def run(self, hour: RunHour) -> DriftRecord:
        """Run an hour; what was found before, where its run was due by then.

        Drift that cannot be measured is a figure that says why. Errors: MON-032, MON-033, and what AWS answers.
        """
        try:
            return retried(lambda: self._run(hour), self.pause)
        except LostError as error:
            raise MonitorError("MON-033", str(hour), f"it was run {TRIES} times") from error

    def _run(self, hour: RunHour) -> DriftRecord:
        bucket = self.settings.bucket
        kept, figures = (fetched(self.s3, bucket, key) for key in (hour.record, hour.figures))
        said = read(kept.content)
        if said is not None and said.was_due and said.figures_sha256 == sha256(figures.content):
            return said
        now = self.now()  # before anything is listed: what is listed when an hour is due is all of it
        sources = Sources(files_of(self.s3, bucket, hour.decisions), (), ())
        with TemporaryDirectory() as name:
            folder = Path(name)
            package, decisions, found = self._measured(hour, sources, folder / "baseline.csv")
            content = lines(found)
            made = DriftRecord(
                endpoint=self.settings.endpoint,
                hour=str(hour.hour),
                window=str(hour.window),
                settings=self.settings.to_json(),
                sources=sources.all,
                package=package,
                decisions=decisions,
                figures_sha256=sha256(content),
                published=now - hour.at < OLDEST,
                was_due=now >= hour.at,
            )
            replaced(figures, folder / "figures.jsonl", content, "application/jsonlines")
            values = publishing.drift_of(self.settings, found)
            if made.published and values:
                publishing.publish(self.cloudwatch, self.settings, hour.at, values)
            replaced(kept, folder / "run.json", made.to_json(), "application/json")
            return made

    def _measured(self, hour: RunHour, sources: Sources, path: Path) -> tuple[str | None, int, tuple[Figure, ...]]:
        """The version that answers callers, how many decisions of it there are, and their figures."""
        files = self.held.fetched(self.s3, self.settings.bucket, sources)
        with empty() as database:
            decided(database, files.decisions)
            within = hour.window.holds("decided_at")
            package = serving(database, DECIDED, within)
            of_the_version = f"FROM {DECIDED} WHERE package = {text(package or '')} AND {within}"
            ((decisions,),) = all_rows(database, f"SELECT count(*) {of_the_version}")
            return package, int(decisions), self._drifting.figures(database, hour.window, package, path)

    @property
    def _drifting(self) -> Drifting:
        evaluations = Evaluations(self.s3, self.sagemaker, self.settings.evaluations)
        return Drifting(self.settings, self.held.baselines, evaluations)

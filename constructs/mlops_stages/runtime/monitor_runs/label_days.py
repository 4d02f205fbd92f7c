"""The labels of a run: days on which new ones were collected are read first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ..decisions.stored import fetched
from ..labels import manifest
from ..labels.codes import LabelsError
from ..labels.reading import Settled, due_days, read_day
from ..labels.source import LabelSource, Place
from ..ledger.numbered import S3
from .days import RunDay
from .settings import Settings


def source_of(settings: Settings) -> LabelSource:
    """Where labels come from; the look-back reaches over the window and all labels that may come of it."""
    return LabelSource(
        endpoint=settings.endpoint,
        bucket=settings.bucket,
        source_bucket=settings.label_bucket,
        source_prefix=settings.label_prefix,
        type=settings.label_type,
        look_back_days=settings.window_days + settings.delay_hours // 24 + 3,
    )


@dataclass(frozen=True)
class LabelDays:
    """The days of collection that a run looks at."""

    s3: S3
    day: RunDay
    pause: Callable[[float], None]
    settled: Settled
    """Kept from run to run while Lambda keeps the process."""

    def read(self) -> LabelsError | None:
        """Read every day whose files are others than before. The first error, where days cannot be read."""
        source = source_of(self.day.settings)
        failed: list[LabelsError] = []
        for day, misplaced in due_days(self.s3, source, self.day.at, self.settled).items():
            try:
                read_day(self.s3, source, day, misplaced, self.pause)
            except LabelsError as error:
                failed.append(error)
        return failed[0] if failed else None

    def quarantined(self) -> int:
        """Lines and files in quarantine of the run's day and of the day before, after whose run they may have come."""
        settings, found = self.day.settings, 0
        source = source_of(settings)
        for day in (self.day.day - timedelta(days=1), self.day.day):
            said = manifest.read(fetched(self.s3, settings.bucket, Place(source, day).manifest).content)
            found += 0 if said is None else sum(said.found.quarantined.values())
        return found

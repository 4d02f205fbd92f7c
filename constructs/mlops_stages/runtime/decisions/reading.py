"""One hour of one variant: its capture files are read, and its decisions written.

Written in this order: the rows, the quarantine, the figures, and last the manifest. Whoever dies in between has left a
manifest that does not name what is listed, by which the next sweep finds the hour. Each write is of what was seen when
the reading began, so that a slower reader never puts older rows in newer ones' place.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ..ledger.numbered import S3
from . import metrics
from .capture_files import CaptureFile, gone, lines, listed
from .codes import DecisionsError, RefusedLineError
from .hours import Place
from .kept import Kept, kept
from .lines import read
from .manifest import Found, Manifest
from .metrics import CloudWatch
from .settings import Input, Settings
from .stored import TRIES, LostError, retried
from .table import Table


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Reader:
    """Reads hours."""

    settings: Settings
    s3: S3
    cloudwatch: CloudWatch
    now: Callable[[], datetime] = utc_now
    pause: Callable[[float], None] = time.sleep

    def read(self, place: Place) -> Manifest | None:
        """Read an hour; None where all of it was read already. Errors: DEC-003, DEC-004; what AWS answers."""
        tried = itertools.count()
        try:
            return retried(lambda: self._read(place, again=next(tried) > 0), self.pause)
        except LostError as error:
            raise DecisionsError("DEC-003", str(place), f"it was read {TRIES} times") from error

    def _read(self, place: Place, *, again: bool) -> Manifest | None:
        before = kept(self.s3, place, whole=again)
        # Listed after the manifest was read: what that one names and is not listed is gone, not yet to come.
        files = listed(self.s3, self.settings.capture_bucket, place.captured)
        invocations = self._invocations(place, before.said)
        inputs = self.settings.inputs
        if before.said is not None:
            if lost := gone(before.said.files, files):
                raise DecisionsError("DEC-004", str(place), lost)
            if before.is_made_of(files, invocations, self.settings):
                return None
            # A late file of an hour that an earlier version decided: its rows have that version's columns.
            inputs = before.said.inputs if before.said.found.rows else inputs
        with TemporaryDirectory() as folder:
            return self._written(place, before, files, invocations, inputs, Path(folder))

    def _invocations(self, place: Place, said: Manifest | None) -> int | None:
        hour = place.hour
        found = metrics.invocations(self.cloudwatch, self.settings, place.variant, hour, hour.end)
        return found.get(hour, None if said is None else said.invocations)

    def _written(
        self,
        place: Place,
        before: Kept,
        files: Sequence[CaptureFile],
        invocations: int | None,
        inputs: Sequence[Input],
        folder: Path,
    ) -> Manifest:
        with Table(folder, inputs) as table:
            found = self._fill(table, place, files, inputs)
            decisions = before.decisions.replace(table.decisions, "application/vnd.apache.parquet")
            quarantine = None
            if found.quarantined or before.quarantine.etag:
                quarantine = before.quarantine.replace(table.quarantine, "application/jsonlines")
        made = Manifest(
            endpoint=self.settings.endpoint,
            variant=place.variant,
            hour=str(place.hour),
            files=files,
            inputs=inputs,
            found=found,
            invocations=invocations,
            capture_percent=self.settings.capture_percent,
            published=metrics.is_taken(place.hour, self.now()),
            decisions_sha256=decisions.sha256,
            decisions_etag=decisions.etag,
            quarantine_sha256=quarantine and quarantine.sha256,
            quarantine_etag=quarantine and quarantine.etag,
        )
        if made.published:
            metrics.publish(self.cloudwatch, place.hour, made)
        path = folder / "hour.json"
        path.write_bytes(made.to_json())
        before.manifest.replace(path, "application/json")
        return made

    def _fill(self, table: Table, place: Place, files: Sequence[CaptureFile], inputs: Sequence[Input]) -> Found:
        for line in lines(self.s3, self.settings.capture_bucket, files):
            if line.content is None:
                table.refuse(line, "DEC-101")
                continue
            try:
                table.add(line, read(line.content, inputs))
            except RefusedLineError as error:
                table.refuse(line, error.code)
        return table.write(place.hour, [each.key for each in files])

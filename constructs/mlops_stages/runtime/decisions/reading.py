"""One hour of one variant: its capture files are read, and its decisions written.

Written in this order: the rows, the quarantine, the figures, and last the manifest. Whoever dies in between has left a
manifest that does not name what is listed, by which the next sweep finds the hour. Each write is of what was seen when
the reading began, so that a slower reader never puts older rows in newer ones' place.
"""

from __future__ import annotations

import hashlib
import io
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ..ledger.numbered import S3
from . import metrics
from .capture_files import CaptureFile, contents, listed
from .codes import DecisionsError, RefusedLineError
from .hours import Place
from .kept import Kept, kept
from .lines import read
from .manifest import Found, Manifest
from .metrics import CloudWatch
from .settings import Input, Settings
from .stored import LostError
from .table import Table

TRIES = 4


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
        for tried in range(TRIES):
            try:
                return self._read(place)
            except LostError:
                self.pause(random.uniform(0, 2**tried))  # noqa: S311  # no secret
        raise DecisionsError("DEC-003", str(place), f"it was read {TRIES} times")

    def _read(self, place: Place) -> Manifest | None:
        before = kept(self.s3, place)
        # Listed after the manifest was read: what that one names and is not listed is gone, not yet to come.
        files = listed(self.s3, self.settings.capture_bucket, place.captured)
        invocations = self._invocations(place, before.said)
        inputs = self.settings.inputs
        if before.said is not None:
            _check_none_gone(place, before.said, files)
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
            decisions_sha256=decisions,
            quarantine_sha256=quarantine,
        )
        if made.published:
            metrics.publish(self.cloudwatch, place.hour, made)
        path = folder / "hour.json"
        path.write_bytes(made.to_json())
        before.manifest.replace(path, "application/json")
        return made

    def _fill(self, table: Table, place: Place, files: Sequence[CaptureFile], inputs: Sequence[Input]) -> Found:
        for number, content in enumerate(contents(self.s3, self.settings.capture_bucket, files)):
            key = files[number].key
            if content is None:
                table.refuse(key, 0, "DEC-101", None)
                continue
            for place_in_file, line in enumerate(io.BytesIO(content), 1):
                bare = line.rstrip(b"\n")
                if not bare:
                    continue
                sha256 = hashlib.sha256(bare).hexdigest()
                try:
                    table.add(number, place_in_file, sha256, read(bare, inputs))
                except RefusedLineError as error:
                    table.refuse(key, place_in_file, error.code, sha256)
        return table.write(place.hour, [each.key for each in files])


def _check_none_gone(place: Place, said: Manifest, files: Sequence[CaptureFile]) -> None:
    gone = {each.key for each in said.files} - {each.key for each in files}
    if gone:
        raise DecisionsError("DEC-004", str(place), f"{len(gone)} files are gone, the first of them {min(gone)}")

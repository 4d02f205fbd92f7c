"""Which days are to be read, and the reading of one: its label files are read, and its labels written.

Written in this order: the labels, the quarantine, and last the manifest. Whoever dies in between has left a manifest
that does not name what is there, by which the next look finds the day. Each write is of what was seen when the reading
began, so that a slower reader never puts older labels in newer ones' place.
"""

from __future__ import annotations

import time
from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ..decisions.capture_files import CaptureFile, Line, gone, lines
from ..decisions.codes import RefusedLineError
from ..decisions.stored import TRIES, LostError, retried
from ..ledger.numbered import S3
from .codes import LabelsError
from .kept import Kept, Listing, kept, overview
from .lines import read
from .manifest import Found, Manifest
from .source import LabelSource, Place
from .table import Table

Settled = dict[tuple[LabelSource, date], Listing]
"""What was listed of a day when nothing of it was to be read."""


def due_days(s3: S3, source: LabelSource, now: datetime, settled: Settled | None = None) -> dict[date, Listing]:
    """The days of the look-back that are to be read: what is listed or kept differs from what their manifests say.

    Each with the files that were written on it and are in no day's folder, for `read_day`. Days of which the same is
    listed as in `settled` are not looked at again.
    """
    known = {} if settled is None else settled
    days, due = source.days_back(now), dict[date, Listing]()
    there = overview(s3, source, days[0])
    for day in days:
        if day in there.days and known.get((source, day)) != there.days[day]:
            place, misplaced = Place(source, day), there.misplaced.get(day, ())
            if kept(s3, place, misplaced).is_due(place):
                due[day] = misplaced
            else:
                known[source, day] = there.days[day]
    return due


def read_day(
    s3: S3, source: LabelSource, day: date, misplaced: Listing = (), pause: Callable[[float], None] = time.sleep
) -> Manifest | None:
    """Read a day; None where all of it was read already. Errors: LBL-002, LBL-003; what AWS answers.

    Files that are misplaced are refused, in the quarantine of the day on which they were written.
    """
    place = Place(source, day)
    try:
        return retried(lambda: _read(s3, place, misplaced), pause)
    except LostError as error:
        raise LabelsError("LBL-002", str(place), f"it was read {TRIES} times") from error


def _read(s3: S3, place: Place, misplaced: Listing) -> Manifest | None:
    before = kept(s3, place, misplaced)
    # Whoever moves a file to the right place takes it away from the wrong one.
    read = [] if before.said is None else [each for each in before.said.files if place.hour_of(each.key) is not None]
    if lost := gone(read, before.files):
        raise LabelsError("LBL-003", str(place), lost)
    if not before.is_due(place):
        return None
    with TemporaryDirectory() as folder:
        return _written(s3, place, before, Path(folder))


def _written(s3: S3, place: Place, before: Kept, folder: Path) -> Manifest:
    with Table(folder) as table:
        found = _fill(s3, table, place, before)
        labels = before.labels.replace(table.labels, "application/vnd.apache.parquet")
        quarantine = None
        if found.quarantined or before.quarantine.etag:
            quarantine = before.quarantine.replace(table.quarantine, "application/jsonlines")
    made = Manifest(
        endpoint=place.source.endpoint,
        day=str(place.day),
        type=place.source.type,
        files=before.files,
        found=found,
        labels_sha256=labels.sha256,
        quarantine_sha256=quarantine and quarantine.sha256,
    )
    path = folder / "day.json"
    path.write_bytes(made.to_json())
    before.manifest.replace(path, "application/json")
    return made


def _fill(s3: S3, table: Table, place: Place, before: Kept) -> Found:
    taken: list[CaptureFile] = []
    hours: list[datetime] = []
    for number, file in enumerate(before.files):
        hour = place.hour_of(file.key)
        if hour is None:
            table.refuse(Line(number, file.key, 0, None, None), "LBL-102")
        else:
            taken.append(file)
            hours.append(hour)
    for line in lines(s3, place.source.source_bucket, taken):
        if line.content is None:
            table.refuse(line, "LBL-101")
            continue
        try:
            table.add(hours[line.file], read(_unmarked(line.number, line.content), place.source.type))
        except RefusedLineError as error:
            table.refuse(line, error.code)
    return table.write()


def _unmarked(number: int, content: bytes) -> bytes:
    """A line without the byte order mark that a file may begin with (RFC 8259, 8.1: a reader may pass over it)."""
    return content.removeprefix(BOM_UTF8) if number == 1 else content

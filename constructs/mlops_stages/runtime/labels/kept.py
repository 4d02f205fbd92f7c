"""What is kept of a day: its labels, its quarantine, and the manifest that says what they were made of."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ..decisions.capture_files import CaptureFile, listed
from ..decisions.stored import Stored, fetched, seen
from ..ledger.numbered import S3
from . import manifest
from .manifest import Manifest
from .source import LabelSource, Place

Listing = tuple[CaptureFile, ...]
"""All that is listed of a day."""
_DAY, _LENGTH = "utc_day=", len("2026-11-27")


@dataclass(frozen=True)
class Kept:
    """A day as it is found, and its files as they are listed; what is not there was not read yet, or not to the end."""

    manifest: Stored
    labels: Stored
    quarantine: Stored
    said: Manifest | None
    """None without a manifest, and where it is none."""
    files: Sequence[CaptureFile]

    def is_due(self, place: Place) -> bool:
        """Whether not all of it was made of what is listed now, or is no longer what was made."""
        said = self.said
        if said is None:
            return bool(self.files or self.manifest.etag)
        made = (self.labels.sha256, self.quarantine.sha256) == (said.labels_sha256, said.quarantine_sha256)
        return not (made and tuple(said.files) == tuple(self.files) and said.type == place.source.type)


def overview(s3: S3, source: LabelSource, first: date) -> dict[date, Listing]:
    """All that is listed of a day and of the days after it, by its day: what is kept, and then the label files."""
    place, found = Place(source, first), dict[date, list[CaptureFile]]()
    for key in (place.manifest, place.labels, place.quarantine):
        start = f"{key.partition(_DAY)[0]}{_DAY}"
        for file in listed(s3, source.bucket, start, suffix="", after=key.rpartition("/")[0]):
            _note(found, file.key.removeprefix(start)[:_LENGTH], file)
    start = f"{source.source_prefix}/"
    for file in listed(s3, source.source_bucket, start, suffix="", after=place.collected):
        _note(found, file.key.removeprefix(start)[:_LENGTH].replace("/", "-"), file)
    return {day: tuple(files) for day, files in found.items()}


def _note(found: dict[date, list[CaptureFile]], day: str, file: CaptureFile) -> None:
    with contextlib.suppress(ValueError):  # a folder that is no day's
        found.setdefault(date.fromisoformat(day), []).append(file)


def kept(s3: S3, place: Place) -> Kept:
    """A day as it is now."""
    bucket = place.source.bucket
    stored = fetched(s3, bucket, place.manifest)
    objects = seen(s3, bucket, place.labels), seen(s3, bucket, place.quarantine)
    # Listed after the manifest was read: what that one names and is not listed is gone, not yet to come.
    files = listed(s3, place.source.source_bucket, place.collected, suffix="")
    return Kept(stored, *objects, manifest.read(stored.content), [e for e in files if not place.is_hidden(e.key)])

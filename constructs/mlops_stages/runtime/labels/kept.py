"""What is kept of a day: its labels, its quarantine, and the manifest that says what they were made of."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from ..decisions.capture_files import CaptureFile, listed, pages
from ..decisions.stored import Stored, fetched, seen
from ..ledger.numbered import S3
from . import manifest
from .manifest import Manifest
from .source import LabelSource, Place

Listing = tuple[CaptureFile, ...]
"""All that is listed of a day."""
_DAY, _LENGTH = "utc_day=", len("2026-11-27")
_YEAR, _MONTH = re.compile("[0-9]{4}/"), re.compile("(?:0[1-9]|1[0-2])/")


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


@dataclass(frozen=True)
class Overview:
    """All that is listed of a day and of the days after it.

    Attributes:
        days: by their day, what is kept and then the label files, with those that are misplaced.
        misplaced: label files that are in no day's folder, by the day on which they were written.
    """

    days: Mapping[date, Listing]
    misplaced: Mapping[date, Listing]


def overview(s3: S3, source: LabelSource, first: date) -> Overview:
    """All that is there of the days from `first` on."""
    place, days = Place(source, first), defaultdict[date, list[CaptureFile]](list)
    for key in (place.manifest, place.labels, place.quarantine):
        start = f"{key.partition(_DAY)[0]}{_DAY}"
        for file in listed(s3, source.bucket, start, suffix="", after=key.rpartition("/")[0]):
            with contextlib.suppress(ValueError):  # nothing of ours
                days[date.fromisoformat(file.key.removeprefix(start)[:_LENGTH])].append(file)
    misplaced = defaultdict[date, list[CaptureFile]](list)
    for found in _label_files(s3, place):
        file = CaptureFile(found["Key"], found["ETag"], found["Size"])
        day = source.day_of(file.key)
        if day is not None:
            days[day].append(file)
        elif not source.is_hidden(file.key):
            misplaced[found["LastModified"].astimezone(UTC).date()].append(file)
    for day, files in misplaced.items():
        days[day] += files
    return Overview({day: tuple(found) for day, found in days.items()}, {d: tuple(f) for d, f in misplaced.items()})


def _label_files(s3: S3, first: Place) -> Iterator[dict[str, Any]]:
    """What S3 lists of each file from the first day's folder on, and of those before it that are in no year's folder.

    Label files are kept for years: those of earlier days are not listed.
    """
    bucket, start = first.source.source_bucket, f"{first.source.source_prefix}/"
    for folder, right in ((start, _YEAR), (f"{start}{first.day:%Y/}", _MONTH)):
        for page in pages(s3, bucket, folder, Delimiter="/"):
            yield from (each for each in page.get("Contents", []) if each["Key"] < first.collected)
            for each in page.get("CommonPrefixes", []):
                other = each["Prefix"]
                if other < first.collected and not right.fullmatch(other.removeprefix(folder)):
                    for inner in pages(s3, bucket, other):
                        yield from inner.get("Contents", [])
    for page in pages(s3, bucket, start, StartAfter=first.collected):
        yield from page.get("Contents", [])


def kept(s3: S3, place: Place, misplaced: Listing = ()) -> Kept:
    """A day as it is now, with the files that are in no day's folder and were written on it."""
    bucket = place.source.bucket
    stored = fetched(s3, bucket, place.manifest)
    objects = seen(s3, bucket, place.labels), seen(s3, bucket, place.quarantine)
    # Listed after the manifest was read: what that one names and is not listed is gone, not yet to come.
    there = listed(s3, place.source.source_bucket, place.collected, suffix="")
    files = sorted([*(each for each in there if not place.source.is_hidden(each.key)), *misplaced])
    return Kept(stored, *objects, manifest.read(stored.content), files)

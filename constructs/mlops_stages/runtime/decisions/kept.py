"""What is kept of an hour: its rows, its quarantine, and the manifest that says what they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..ledger.numbered import S3
from . import manifest
from .capture_files import CaptureFile
from .hours import Place
from .manifest import Manifest
from .settings import Settings
from .stored import Stored, fetched, seen


@dataclass(frozen=True)
class Kept:
    """An hour as it is found; what is not there was not read yet, or not to the end."""

    manifest: Stored
    decisions: Stored
    quarantine: Stored
    said: Manifest | None
    """None without a manifest, and where it is none."""

    def is_made_of(self, files: Sequence[CaptureFile], invocations: int | None, settings: Settings) -> bool:
        """Whether all of it was made of what is listed and counted now, and is still what was made."""
        said = self.said
        if said is None or not said.is_of(self.decisions.etag, self.quarantine.etag):
            return False
        return said.is_made_of(files, invocations, settings.inputs)


def kept(s3: S3, place: Place, *, whole: bool) -> Kept:
    """An hour as it is now.

    Without a manifest the hour is new, and nothing else is expected there: where a reader died before it wrote one, its
    rows, which are written first, refuse the next ones, which must then be read with `whole`.
    """
    bucket = place.settings.bucket
    stored = fetched(s3, bucket, place.manifest)
    if stored.etag is None and not whole:
        decisions, quarantine = (Stored(s3, bucket, key, None) for key in (place.decisions, place.quarantine))
        return Kept(stored, decisions, quarantine, None)
    said = manifest.read(stored.content)
    return Kept(stored, seen(s3, bucket, place.decisions), seen(s3, bucket, place.quarantine), said)

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
        """Whether all of it was made of what is listed and counted now, and is still what was made.

        An hour without a row is read again once other inputs are declared: it may have been asked with those.
        """
        said = self.said
        if said is None or tuple(said.files) != tuple(files):
            return False
        counted = invocations is None or invocations == said.invocations
        declared = said.found.rows > 0 or not said.found.quarantined or tuple(said.inputs) == settings.inputs
        made = (self.decisions.sha256, self.quarantine.sha256) == (said.decisions_sha256, said.quarantine_sha256)
        return counted and declared and made


def kept(s3: S3, place: Place) -> Kept:
    """An hour as it is now."""
    bucket = place.settings.bucket
    stored = fetched(s3, bucket, place.manifest)
    said = manifest.read(stored.content)
    return Kept(stored, seen(s3, bucket, place.decisions), seen(s3, bucket, place.quarantine), said)

"""The function that looks which hours are to be read, on a schedule: what is listed differs from what was read."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from ..ledger.numbered import S3
from . import manifest, metrics
from .capture_files import CaptureFile, listed
from .clients import clients
from .hours import Hour, Place, hours_back
from .manifest import Manifest
from .metrics import CloudWatch
from .reading import utc_now
from .settings import Settings
from .settings import read as read_settings
from .stored import fetched

LOG = Logger(service="decisions")
_BATCH = 10
"""Messages that SQS takes at once."""
_MOST_KNOWN = 1000
_DEPTH = 4
"""Folders of an hour's captures: year, month, day, hour."""
Manifests = dict[tuple[str, str], Manifest | None]
"""By key and ETag; None for what is none."""


@dataclass(frozen=True)
class Sweep:
    """Looks, and sends."""

    settings: Settings
    s3: S3
    cloudwatch: CloudWatch
    sqs: Any
    known: Manifests = field(default_factory=dict[tuple[str, str], Manifest | None])

    def run(self, now: datetime) -> list[Place]:
        """Send every hour of the look-back that is to be read. RuntimeError where SQS does not take one."""
        hours = hours_back(now, self.settings)
        sent = [place for variant in self.settings.variants for place in self._due(variant, hours)]
        for first in range(0, len(sent), _BATCH):
            self._send(sent[first : first + _BATCH])
        return sent

    def _due(self, variant: str, hours: Sequence[Hour]) -> Iterator[Place]:
        places = [Place(self.settings, variant, hour) for hour in hours]
        folders = places[0].kept
        with ThreadPoolExecutor(1 + len(folders)) as threads:  # one after the other they take four times as long
            asked = threads.submit(
                metrics.invocations, self.cloudwatch, self.settings, variant, hours[0], hours[-1].end
            )
            found = threads.map(self._kept, folders)
            counted, kept = asked.result(), {file.key: file.etag for files in found for file in files}
        # After what is kept: a file that is named there and not listed is gone, not yet to come.
        captured = self._captured(places[0])
        for place in places:
            if self._is_due(place, kept, captured.get(place.captured, []), counted.get(place.hour)):
                yield place

    def _kept(self, place: tuple[str, str]) -> list[CaptureFile]:
        """What is kept in a folder of a day and of all after it."""
        folder, day = place
        return listed(self.s3, self.settings.bucket, folder, suffix="", after=day)

    def _captured(self, first: Place) -> Mapping[str, list[CaptureFile]]:
        """The capture files of the first hour and of all after it, by the folder of their hour."""
        folder = first.captures
        hours: dict[str, list[CaptureFile]] = defaultdict(list)
        for file in listed(self.s3, self.settings.capture_bucket, folder, after=first.captured):
            of_the_hour = file.key.removeprefix(folder).split("/")[:_DEPTH]
            hours[f"{folder}{'/'.join(of_the_hour)}/"].append(file)
        return hours

    def _is_due(
        self, place: Place, kept: Mapping[str, str], files: Sequence[CaptureFile], invocations: int | None
    ) -> bool:
        etag = kept.get(place.manifest)
        said = None if etag is None else self._manifest(place.manifest, etag)
        if said is None and not files:
            # Invoked and not captured: the manifest of an hour without files says so.
            return bool(invocations or etag)
        if said is None or not said.is_of(kept.get(place.decisions), kept.get(place.quarantine)):
            return True
        return not said.is_made_of(files, invocations, self.settings.inputs)

    def _manifest(self, key: str, etag: str) -> Manifest | None:
        """A manifest, fetched once while Lambda keeps the process."""
        if (key, etag) not in self.known:
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            self.known[key, etag] = manifest.read(fetched(self.s3, self.settings.bucket, key).content)
        return self.known[key, etag]

    def _send(self, places: Sequence[Place]) -> None:
        entries = [
            {"Id": str(number), "MessageBody": json.dumps({"variant": place.variant, "hour": str(place.hour)})}
            for number, place in enumerate(places)
        ]
        answer = self.sqs.send_message_batch(QueueUrl=self.settings.queue, Entries=entries)
        if answer.get("Failed"):
            message = f"SQS did not take {len(answer['Failed'])} hours; the next sweep sends them again"
            raise RuntimeError(message)


@cache
def _known() -> Manifests:
    return {}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry. The event's `at`, a time in UTC, is what is looked back from; now, where there is none."""
    made = clients()
    sweep = Sweep(read_settings(os.environ), made("s3"), made("cloudwatch"), made("sqs"), _known())
    at = event.get("at")
    sent = sweep.run(utc_now() if at is None else datetime.fromisoformat(str(at)))
    LOG.info("swept", extra={"hours": [str(place) for place in sent]})
    return {"sent": len(sent)}

"""The function that looks which hours are to be read, on a schedule: what is listed differs from what was read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from ..ledger.numbered import S3
from . import metrics
from .capture_files import listed
from .clients import clients
from .hours import Hour, Place, hours_back
from .kept import kept
from .metrics import CloudWatch
from .reading import utc_now
from .settings import Settings
from .settings import read as read_settings

LOG = Logger(service="decisions")
_BATCH = 10
"""Messages that SQS takes at once."""


@dataclass(frozen=True)
class Sweep:
    """Looks, and sends."""

    settings: Settings
    s3: S3
    cloudwatch: CloudWatch
    sqs: Any

    def run(self, now: datetime) -> list[Place]:
        """Send every hour of the look-back that is to be read. RuntimeError where SQS does not take one."""
        hours = hours_back(now, self.settings)
        sent = [place for variant in self.settings.variants for place in self._due(variant, hours)]
        for first in range(0, len(sent), _BATCH):
            self._send(sent[first : first + _BATCH])
        return sent

    def _due(self, variant: str, hours: Sequence[Hour]) -> Iterator[Place]:
        counted = metrics.invocations(self.cloudwatch, self.settings, variant, hours[0], hours[-1].end)
        for hour in hours:
            place = Place(self.settings, variant, hour)
            if self._is_due(place, counted.get(hour)):
                yield place

    def _is_due(self, place: Place, invocations: int | None) -> bool:
        before = kept(self.s3, place)
        files = listed(self.s3, self.settings.capture_bucket, place.captured)
        if before.said is None and not files:
            # Invoked and not captured: the manifest of an hour without files says so.
            return bool(invocations or before.manifest.etag)
        return not before.is_made_of(files, invocations, self.settings)

    def _send(self, places: Sequence[Place]) -> None:
        entries = [
            {"Id": str(number), "MessageBody": json.dumps({"variant": place.variant, "hour": str(place.hour)})}
            for number, place in enumerate(places)
        ]
        answer = self.sqs.send_message_batch(QueueUrl=self.settings.queue, Entries=entries)
        if answer.get("Failed"):
            message = f"SQS did not take {len(answer['Failed'])} hours; the next sweep sends them again"
            raise RuntimeError(message)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry. The event's `at`, a time in UTC, is what is looked back from; now, where there is none."""
    made = clients()
    sweep = Sweep(read_settings(os.environ), made("s3"), made("cloudwatch"), made("sqs"))
    at = event.get("at")
    sent = sweep.run(utc_now() if at is None else datetime.fromisoformat(str(at)))
    LOG.info("swept", extra={"hours": [str(place) for place in sent]})
    return {"sent": len(sent)}

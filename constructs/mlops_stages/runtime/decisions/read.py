"""The function that reads hours: each message names one.

A message that fails is tried again by the queue, and goes to its dead-letter queue in the end; the next sweep sends the
hour anyway.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, cast

from aws_lambda_powertools import Logger

from .clients import clients
from .codes import DecisionsError
from .hours import Place, hour_of
from .reading import Reader
from .settings import Settings
from .settings import read as read_settings

LOG = Logger(service="decisions")


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry."""
    made = clients()
    return handle(event, Reader(read_settings(os.environ), made("s3"), made("cloudwatch")))


def handle(event: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """Read the hours of a batch; return the messages that failed."""
    failed: list[dict[str, str]] = []
    for message in event["Records"]:
        identity = str(message["messageId"])
        try:
            place = place_of(str(message["body"]), reader.settings)
            found = reader.read(place)
            LOG.info("read" if found else "was read already", extra=_said(place, found and found.found.rows))
        except DecisionsError as error:
            LOG.error("not read", extra={"message_id": identity, "why": str(error)})
            failed.append({"itemIdentifier": identity})
        except Exception:
            LOG.exception("not read: it is tried again", extra={"message_id": identity})
            failed.append({"itemIdentifier": identity})
    return {"batchItemFailures": failed}


def place_of(body: str, settings: Settings) -> Place:
    """The hour that a message names. Error: DEC-002."""
    try:
        given = cast("dict[str, str]", json.loads(body))
        variant, hour = given["variant"], hour_of(given["hour"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DecisionsError("DEC-002", settings.endpoint, f"{type(error).__name__} in the message") from error
    if variant not in settings.variants:
        raise DecisionsError("DEC-002", settings.endpoint, "it has no such variant")
    return Place(settings, variant, hour)


def _said(place: Place, rows: int | None) -> dict[str, Any]:
    return {"variant": place.variant, "hour": str(place.hour), "rows": rows}

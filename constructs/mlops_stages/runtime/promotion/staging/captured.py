"""Recent requests of production, with the answers that the champion gave: read from what SageMaker captured.

Captured data is hostile: anybody who may call the endpoint writes in it. Lines that are not
records are counted and skipped.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from ...capture.answers import scored
from ...capture.records import TYPES, body, record
from ..aws import Client

VARIANT = "champion"
HOURS = 24
MOST_REQUESTS = 100
_MOST_FILES = 20
_MOST_FILE = 16 * 1024 * 1024
_MOST_LINE = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """A request, its type, and the scores that it was answered with."""

    body: bytes
    content_type: str
    scores: tuple[float, ...]


@dataclass
class Recent:
    """What was found."""

    requests: list[Request] = field(default_factory=list[Request])
    passed_over: int = 0


@dataclass(frozen=True)
class Destination:
    """Where an endpoint's requests are kept: a bucket and a prefix of it."""

    bucket: str
    prefix: str


def destination(sagemaker: Client, configuration: str) -> Destination | None:
    """Where the requests of a configuration are kept; None where they are not."""
    described = cast("dict[str, Any]", sagemaker.describe_endpoint_config(EndpointConfigName=configuration))
    said = dict[str, Any](described.get("DataCaptureConfig") or {})
    bucket, _, prefix = str(said.get("DestinationS3Uri", "")).removeprefix("s3://").partition("/")
    return Destination(bucket, prefix.strip("/")) if said.get("EnableCapture") and bucket else None


def recent(s3: Client, place: Destination, endpoint: str, now: datetime) -> Recent:
    """The latest requests of the last day that were answered with scores, at most 100."""
    found, bucket = Recent(), place.bucket
    for key in _files(s3, place, endpoint, now):
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read(_MOST_FILE)
        for line in reversed(content.splitlines()):
            request = read(line)
            if request is None:
                found.passed_over += 1
                continue
            found.requests.append(request)
            if len(found.requests) >= MOST_REQUESTS:
                return found
    return found


def _files(s3: Client, place: Destination, endpoint: str, now: datetime) -> Iterator[str]:
    """The latest files, hour by hour back."""
    left = _MOST_FILES
    for hour in range(HOURS + 1):
        folder = (now - timedelta(hours=hour)).strftime("%Y/%m/%d/%H")
        prefix = f"{place.prefix}/{endpoint}/{VARIANT}/{folder}/"
        listed = s3.list_objects_v2(Bucket=place.bucket, Prefix=prefix).get("Contents", [])
        for each in sorted(listed, key=lambda one: str(one["Key"]), reverse=True):
            if left == 0:
                return
            left -= 1
            yield str(each["Key"])


def read(line: bytes) -> Request | None:
    """The request of a captured line; None for what is none, or was not answered with scores."""
    if len(line) > _MOST_LINE:
        return None
    try:
        captured = record(line)
        request, answer = body(captured, "endpointInput"), body(captured, "endpointOutput")
        found = scores(answer.text, answer.content_type)
    except ValueError:
        return None
    return Request(request.content, request.content_type, found) if found and request.content_type in TYPES else None


def scores(text: str, content_type: str) -> tuple[float, ...]:
    """The scores of an answer in any form that `serve` gives. ValueError for another."""
    return tuple(row.score for row in scored(text, content_type))

"""Data capture: requests and answers in SageMaker's own layout and form, under the serving role and the capture's key.

`DESTINATION/ENDPOINT/VARIANT/yyyy/mm/dd/hh/MM-SS-mmm-UUID.jsonl`, one document a line; hours are UTC's, of the clock.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import datetime
import json
import logging
import threading
import uuid
from dataclasses import dataclass, field

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Parameters
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError
from mlops_stages.local.server.sagemaker.hosting.serving_role import ServingRole
from mlops_stages.local.server.sagemaker.hosting.turns import Share
from mlops_stages.local.server.sagemaker.jobs.storage import split

MOST_BYTES = 4 << 20
MOST_SECONDS = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body, and what its content type is said to be."""

    content: bytes
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request and its answer, at a moment of the clock."""

    moment: float
    given: Body
    answered: Body
    inference_id: str = ""
    attributes: str = ""
    failed: bool = False  # errors are captured as bytes, whatever their type


@dataclass(kw_only=True)
class _File:
    began: float
    lines: list[bytes] = field(default_factory=list[bytes])
    size: int = 0


class Capture:
    """What one configuration's data capture keeps, of all its variants."""

    def __init__(self, config: Parameters, endpoint: str, role: ServingRole) -> None:
        headers = mapping(config.get("CaptureContentTypeHeader"))
        self._as_text = {str(kind).lower(): "CSV" for kind in listed(headers.get("CsvContentTypes"))} | {
            str(kind).lower(): "JSON" for kind in listed(headers.get("JsonContentTypes"))
        }
        modes = {str(option["CaptureMode"]) for option in listed(config.get("CaptureOptions"))}
        self._input, self._output = (
            bool(modes & {"Input", "InputAndOutput"}),
            bool(modes & {"Output", "InputAndOutput"}),
        )
        self._destination = str(config["DestinationS3Uri"]).rstrip("/")
        self._key = config.get("KmsKeyId")
        self._percent = float(config["InitialSamplingPercentage"])
        self._shares: dict[str, Share] = {}
        self._endpoint = endpoint
        self._role = role
        self._files: dict[tuple[str, str], _File] = {}
        self._lock = threading.Lock()

    def keep(self, variant: str, exchange: Exchange) -> None:
        """Keep a request and its answer, if it is sampled; written to S3 when a file is full, or old."""
        share = self._shares.setdefault(variant, Share(self._percent / 100))
        if not share.takes_next():
            return
        line = self.line(exchange)
        hour = datetime.datetime.fromtimestamp(exchange.moment, datetime.UTC).strftime("%Y/%m/%d/%H")
        with self._lock:
            file = self._files.setdefault((variant, hour), _File(began=exchange.moment))
            file.lines.append(line)
            file.size += len(line)
            full = self._files.pop((variant, hour)) if file.size >= MOST_BYTES else None
        if full is not None:
            self._write(variant, hour, full)

    def line(self, exchange: Exchange) -> bytes:
        """Return the line of a request and its answer."""
        data = {}
        if self._input:
            data["endpointInput"] = self._part("INPUT", exchange.given, as_bytes=False)
        if self._output:
            data["endpointOutput"] = self._part("OUTPUT", exchange.answered, as_bytes=exchange.failed)
        moment = datetime.datetime.fromtimestamp(exchange.moment, datetime.UTC)
        about = {
            "eventId": str(uuid.uuid4()),
            **({"customAttributes": [exchange.attributes]} if exchange.attributes else {}),
            **({"inferenceId": exchange.inference_id} if exchange.inference_id else {}),
            "inferenceTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        document = {"captureData": data, "eventMetadata": about, "eventVersion": "0"}
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    def _part(self, mode: str, body: Body, *, as_bytes: bool) -> dict[str, str]:
        kind = body.content_type.partition(";")[0].strip().lower()
        encoding = "BASE64" if as_bytes else self._as_text.get(kind, "BASE64")
        try:
            text = body.content.decode("utf-8") if encoding != "BASE64" else ""
        except UnicodeDecodeError:
            encoding, text = "BASE64", ""
        return {
            "observedContentType": body.content_type,
            "mode": mode,
            "data": base64.b64encode(body.content).decode() if encoding == "BASE64" else text,
            "encoding": encoding,
        }

    def due(self) -> float | None:
        """Return when the oldest file is to be written; None where there is none."""
        with self._lock:
            return min((file.began + MOST_SECONDS for file in self._files.values()), default=None)

    def flush(self, before: float | None = None) -> None:
        """Write the files that are due by a moment; all of them without one."""
        with self._lock:
            ripe = [
                place for place, file in self._files.items() if before is None or file.began + MOST_SECONDS <= before
            ]
            files = [(place, self._files.pop(place)) for place in ripe]
        for (variant, hour), file in files:
            self._write(variant, hour, file)

    def _write(self, variant: str, hour: str, file: _File) -> None:
        began = datetime.datetime.fromtimestamp(file.began, datetime.UTC)
        name = f"{began:%M-%S}-{began.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
        bucket, prefix = split(f"{self._destination}/{self._endpoint}/{variant}/{hour}/{name}")
        encryption = {} if not self._key else {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._key}
        try:
            self._role.client("s3").put_object(
                Bucket=bucket, Key=prefix, Body=b"".join(file.lines), ContentType="application/jsonl", **encryption
            )
        except (refusals.ClientError, refusals.BotoCoreError, HostingError, OSError) as error:
            # As on AWS, where capture stops without a word to the caller.
            _log.warning("%d captured requests of %s are lost: %s", len(file.lines), self._endpoint, error)


def captured(configuration: Parameters) -> Parameters | None:
    """Return a configuration's data capture where it is switched on; on is the default where one is given."""
    config = mapping(configuration.get("DataCaptureConfig"))
    return config if config and config.get("EnableCapture", True) else None

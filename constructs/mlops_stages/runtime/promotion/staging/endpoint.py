"""An endpoint, asked: what it answers, refusals too, and how long it takes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from ...capture.answers import Scored
from ..aws import Client, error_code, error_message

_MOST_BYTES = 6 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back: the container's status, or what SageMaker says in its place; the body; and the seconds."""

    status: int
    body: str
    seconds: float


Ask = Callable[[bytes, str], Answer]
"""Asks an endpoint: a body, and its content type."""


def asker(client: Client, endpoint: str, clock: Callable[[], float]) -> Ask:
    """Return what asks that endpoint.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
    """

    def ask(body: bytes, content_type: str) -> Answer:
        began = clock()
        try:
            answer = client.invoke_endpoint(
                EndpointName=endpoint, Body=body, ContentType=content_type, Accept=content_type
            )
            said = answer["Body"].read(_MOST_BYTES + 1).decode("utf-8", "replace")
            status = 200
        except client.exceptions.ClientError as error:
            response = cast("dict[str, Any]", error.response)
            said = str(response.get("OriginalMessage") or error_message(error))
            status = int(response.get("OriginalStatusCode") or 0) or _status(response)
            if error_code(error) in ("AccessDeniedException", "AccessDenied"):
                raise  # not the endpoint's answer
        return Answer(status, said, clock() - began)

    return ask


def _status(response: dict[str, Any]) -> int:
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))


def lines(*records: dict[str, Any]) -> bytes:
    """Records as JSON lines."""
    return "".join(json.dumps(each) + "\n" for each in records).encode()


def scored(text: str) -> list[Scored]:
    """The rows of an answer in JSON lines. ValueError where it is none."""
    try:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        return [Scored(str(row["decision_id"]), _number(row["score"]), str(row.get("model_package"))) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        message = "the answer is not a score for each row, in JSON lines"
        raise ValueError(message) from error


def scored_csv(text: str) -> list[Scored]:
    """The rows of an answer in CSV: id, score and package. ValueError where it is none."""
    try:
        rows = [Scored(row[0], float(row[1]), row[2]) for row in csv.reader(io.StringIO(text)) if row]
    except (ValueError, LookupError, csv.Error) as error:
        message = "the answer is not an id, a score and a package for each row, in CSV"
        raise ValueError(message) from error
    return rows


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)

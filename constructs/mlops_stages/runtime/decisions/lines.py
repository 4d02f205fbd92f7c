"""A captured line becomes a request that was decided, or one that failed; or it is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..capture.answers import Scored, scored
from ..capture.records import Body, body, member, record, text
from ..capture.values import Json, json_object
from .codes import RefusedLineError
from .request_rows import numbered, rows_of
from .settings import Input

MOST_LINE = 20 * 1024 * 1024
"""Bytes of a line: InvokeEndpoint takes and gives 6 MiB, which are 8 MiB each in base64; escaped text is rarely longer.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""
_EVENT = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_LONGEST_INFERENCE_ID = 64
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_PACKAGE = re.compile(r"arn:[a-z-]{1,20}:sagemaker:[a-z0-9-]{1,30}:[0-9]{12}:model-package/[A-Za-z0-9/-]{1,200}")


@dataclass(frozen=True, slots=True)
class Request:
    """A request.

    Attributes:
        event_id: SageMaker's name of it.
        inference_id: the caller's name of it, where there is one.
        decided_at: when it was answered, in UTC without a time zone.
        package: the ARN of the model's version that decided; None where the answer is an error, which decides nothing.
        rows: each row's decision id, score and inputs.
    """

    event_id: str
    inference_id: str | None
    decided_at: datetime
    package: str | None
    rows: Sequence[tuple[Any, ...]]


def read(line: bytes, inputs: Sequence[Input]) -> Request:
    """The request of a line. RefusedLineError: DEC-102 to DEC-113."""
    if len(line) > MOST_LINE:
        raise RefusedLineError("DEC-102")
    try:
        captured = record(line)
    except ValueError:
        raise RefusedLineError("DEC-103") from None
    try:
        about = member(captured, "eventMetadata")
        event, caller_id = _event(captured, about), _inference_id(about)
        decided_at = _time(text(about, "inferenceTime"))
        answer = body(captured, "endpointOutput")
        failed = _failed(answer)
        given = None if failed else body(captured, "endpointInput")
    except ValueError:
        raise RefusedLineError("DEC-104") from None
    if given is None:
        return Request(event, caller_id, decided_at, None, ())
    rows = rows_of(given, inputs)
    answers = _scored(answer)
    if len(answers) != rows.count:
        raise RefusedLineError("DEC-112")
    ids = [each.decision for each in answers]
    # Whether the container is told the inference id is SageMaker's affair: without it, rows are numbered alone.
    expected = [rows.ids] if rows.ids else [numbered(rows.count, caller_id), numbered(rows.count, None)]
    if ids not in expected:
        raise RefusedLineError("DEC-113")
    scores = [each.score for each in answers]
    made = list(zip(ids, scores, *rows.columns, strict=True))
    return Request(event, caller_id, decided_at, _package(answers), made)


def inference_id(given: str) -> str:
    """The caller's name of a request. ValueError for what can be none; every event id of SageMaker's can."""
    if 1 <= len(given) <= _LONGEST_INFERENCE_ID and given.isprintable():
        return given
    message = "it is no inference id"
    raise ValueError(message)


def _event(captured: Json, about: Json) -> str:
    event = text(about, "eventId")
    if not _EVENT.fullmatch(event) or text(captured, "eventVersion") != "0":
        message = "it is no event of this version"
        raise ValueError(message)
    return event


def _inference_id(about: Json) -> str | None:
    if "inferenceId" not in about:
        return None
    return inference_id(text(about, "inferenceId"))


def _time(given: str) -> datetime:
    """A moment with or without a fraction of a second: AWS's pages show both."""
    if not _TIME.fullmatch(given):
        message = "it is no time in UTC"
        raise ValueError(message)
    whole, _, fraction = given.removesuffix("Z").partition(".")
    return datetime.fromisoformat(whole).replace(microsecond=int(fraction.ljust(6, "0")))


def _failed(answer: Body) -> bool:
    """Whether an answer is an error, kept in base64: the container's in JSON, or SageMaker's own in plain text."""
    if answer.as_text:
        return False
    if answer.content_type == "text/plain":
        return True
    try:
        return isinstance(json_object(answer.text).get("error"), str)
    except ValueError:
        return False


def _scored(answer: Body) -> list[Scored]:
    try:
        return scored(answer.text, answer.content_type)
    except ValueError:
        raise RefusedLineError("DEC-106") from None


def _package(answers: Sequence[Scored]) -> str:
    package = answers[0].package
    if not _PACKAGE.fullmatch(package) or any(each.package != package for each in answers):
        raise RefusedLineError("DEC-107")
    return package

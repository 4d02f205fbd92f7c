"""A line of a label file becomes the labels of a decision or of a request's rows; or it is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ..capture.records import member, record, text
from ..capture.values import Json, finite, json_value, number
from ..decisions.codes import RefusedLineError
from ..decisions.lines import inference_id
from ..decisions.request_rows import DECISION_ID
from .source import Type

MOST_LINE = 4 * 1024 * 1024
"""Bytes of a line: the labels of a request of a million rows. They are in memory at once."""
_OURS = {"decision_id", "label"}
_CORRECTION = "correction"
_SAGEMAKER = {"groundTruthData", "eventMetadata", "eventVersion"}
_DATA, _METADATA = {"data", "encoding"}, {"eventId"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labels of a line.

    Attributes:
        decision_id: of the one decision that it labels; None in SageMaker's form.
        event_id: of the request whose rows it labels, in their order; None in our form.
        labels: one, or one for each row.
        correction: whether it replaces earlier ones.
    """

    decision_id: str | None
    event_id: str | None
    labels: Sequence[float]
    correction: bool = False


def read(line: bytes, kind: Type) -> Labelled:
    """The labels of a line. RefusedLineError: LBL-103 to LBL-107."""
    if len(line) > MOST_LINE:
        raise RefusedLineError("LBL-103")
    try:
        given = record(line)
    except ValueError:
        raise RefusedLineError("LBL-104") from None
    if given.keys() - {_CORRECTION} == _OURS:
        return _ours(given, kind)
    if given.keys() == _SAGEMAKER:
        return _sagemakers(given, kind)
    raise RefusedLineError("LBL-105")


def _ours(given: Json, kind: Type) -> Labelled:
    identity, correction = given["decision_id"], given.get(_CORRECTION, False)
    if not isinstance(correction, bool):
        raise RefusedLineError("LBL-105")
    if not isinstance(identity, str) or not DECISION_ID.fullmatch(identity):
        raise RefusedLineError("LBL-106")
    return Labelled(identity, None, [_label(given["label"], kind)], correction)


def _sagemakers(given: Json, kind: Type) -> Labelled:
    try:
        data, about = member(given, "groundTruthData"), member(given, "eventMetadata")
        values, encoding, identity = text(data, "data"), text(data, "encoding"), text(about, "eventId")
    except ValueError:
        raise RefusedLineError("LBL-105") from None
    known = data.keys() == _DATA and about.keys() == _METADATA and given["eventVersion"] == "0"
    if not known or encoding not in _READ:
        raise RefusedLineError("LBL-105")
    try:
        event = inference_id(identity)
    except ValueError:
        raise RefusedLineError("LBL-106") from None
    try:
        cells = _READ[encoding](values)
    except (ValueError, csv.Error):
        raise RefusedLineError("LBL-107") from None
    if not cells:
        raise RefusedLineError("LBL-107")
    return Labelled(None, event, [_label(cell, kind) for cell in cells])


def _csv(given: str) -> list[object]:
    return [number(cell) for (cell,) in csv.reader(io.StringIO(given, newline=""), strict=True)]


def _json(given: str) -> list[object]:
    value = json_value(given)
    return cast("list[object]", value) if isinstance(value, list) else [value]


_READ = {"CSV": _csv, "JSON": _json}


def _label(value: object, kind: Type) -> float:
    try:
        found = finite(value) + 0.0  # -0.0 becomes 0.0
    except ValueError:
        raise RefusedLineError("LBL-107") from None
    if kind == "binary" and found not in (0.0, 1.0):
        raise RefusedLineError("LBL-107")
    return found

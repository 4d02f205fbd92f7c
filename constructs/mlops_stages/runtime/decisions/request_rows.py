"""The rows of a captured request, checked against the declared inputs.

The forms are those of serving/request_rows.py in a model's repository, and so are the rules. What breaks one was not
scored by that code: the declaration is another version's, or the record is not what it seems to be.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..capture.records import CSV, JSON, TYPES, Body
from ..capture.values import finite, json_object, number
from .codes import RefusedLineError
from .settings import Input

ID = "decision_id"
LONGEST_RECORD = 65_536
LONGEST_CATEGORY = 256
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
DECISION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}(?::[1-9][0-9]{0,6})?")
"""Of a decision: the caller's, or one of `numbered`. A request has 6 MiB, and fewer rows."""

Column = Sequence[Any]


@dataclass(frozen=True)
class Rows:
    """The decision ids that the request gives, none where it gives none, and a column for each input."""

    ids: list[str]
    columns: list[Column]
    count: int


def rows_of(body: Body, inputs: Sequence[Input]) -> Rows:
    """The rows of a request. Errors: DEC-105, DEC-108 to DEC-111, DEC-113."""
    if body.content_type not in TYPES:
        raise RefusedLineError("DEC-108")
    try:
        text = body.text
    except ValueError:
        raise RefusedLineError("DEC-105") from None
    as_csv = body.content_type == CSV
    ids, cells = _csv(text, len(inputs)) if as_csv else _json(text, body.content_type, inputs)
    if not cells:
        raise RefusedLineError("DEC-111")
    return Rows(_checked(ids), _columns(cells, inputs, as_text=as_csv), len(cells))


def numbered(rows: int, inference_id: str | None) -> list[str]:
    """The ids that rows without one get: their number after the id of the request, if that can be part of one."""
    start = f"{inference_id}:" if inference_id and _ID.fullmatch(inference_id) else ""
    return [f"{start}{row}" for row in range(1, rows + 1)]


def _csv(text: str, width: int) -> tuple[list[Any], list[list[Any]]]:
    try:
        rows: list[list[Any]] = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise RefusedLineError("DEC-111") from None
    found = len(rows[0]) if rows else width
    if found not in (width, width + 1):
        raise RefusedLineError("DEC-109")
    if any(len(row) != found for row in rows):
        raise RefusedLineError("DEC-111")
    if found == width:
        return [], rows
    return [row[0] for row in rows], [row[1:] for row in rows]


def _json(text: str, content_type: str, inputs: Sequence[Input]) -> tuple[list[Any], list[list[Any]]]:
    lines = [text] if content_type == JSON else text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if any(len(line) > LONGEST_RECORD for line in lines):
        raise RefusedLineError("DEC-111")
    try:
        records = [json_object(line) for line in lines]
    except ValueError:
        raise RefusedLineError("DEC-111") from None
    names = [each.name for each in inputs]
    expected = {*names}
    if any(record.keys() - {ID} != expected for record in records):
        raise RefusedLineError("DEC-109")
    ids = [record[ID] for record in records if ID in record]
    if len(ids) not in (0, len(records)):
        raise RefusedLineError("DEC-113")
    return ids, [[record[name] for name in names] for record in records]


def _checked(ids: list[Any]) -> list[str]:
    if all(isinstance(each, str) and _ID.fullmatch(each) for each in ids) and len({*ids}) == len(ids):
        return ids
    raise RefusedLineError("DEC-113")


def _columns(cells: Iterable[list[Any]], inputs: Sequence[Input], *, as_text: bool) -> list[Column]:
    try:
        return [
            [_MADE[each.type, as_text](cell) for cell in column]
            for each, column in zip(inputs, zip(*cells, strict=True), strict=True)
        ]
    except ValueError:
        raise RefusedLineError("DEC-110") from None


def _number_of_text(cell: str) -> float | None:
    return number(cell) if cell else None


def _number(cell: object) -> float | None:
    return None if cell is None else finite(cell)


def _whole(value: float | None) -> float | None:
    if value is None or value.is_integer():
        return value
    message = "it is not a whole number"
    raise ValueError(message)


def _category(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, str) and len(cell) <= LONGEST_CATEGORY and cell.isprintable() and cell == cell.strip():
        return cell
    message = "it is not a category"
    raise ValueError(message)


_MADE: dict[tuple[str, bool], Callable[[Any], float | str | None]] = {
    ("number", True): _number_of_text,
    ("number", False): _number,
    ("integer", True): lambda cell: _whole(_number_of_text(cell)),
    ("integer", False): lambda cell: _whole(_number(cell)),
    ("category", True): _category,
    ("category", False): _category,
}
"""What makes a column's value of a cell, by the input's type and whether the cell is a text of CSV."""

"""Rows of a request: parsed, checked against the schema, or refused with the field and the row that are wrong.

What is refused is told by place and rule, never by value: values can be personal data. Everything here takes time and
memory in proportion to the request.
"""

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from input_schema import ID, Field, Schema

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
SHOWN = 20  # faults that an answer lists; it counts all
MOST_FIELDS = 100
MOST_ROWS = 100_000
LONGEST_NUMBER = 40
LONGEST_TEXT = 256
LONGEST_RECORD = 65_536  # bytes of one JSON record
# Digits of ASCII only: float() would take others, underscores, spaces, nan and inf, too.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
# Nothing that means something to CSV, JSON, a header or a spreadsheet.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the row, counted from 1, the field if it is one's, and the rule."""

    row: int
    field: str | None
    message: str


class Faults:
    """What is wrong with a request: all of it counted, the first of it kept."""

    def __init__(self) -> None:
        self.count = 0
        self.rows: set[int] = set()
        """The rows that have one."""
        self._kept: dict[str | None, list[Fault]] = {}

    def add(self, row: int, field: str | None, message: str) -> None:
        """Note one fault; those of a field come in the order of their rows."""
        self.count += 1
        self.rows.add(row)
        kept = self._kept.setdefault(field if len(self._kept) < MOST_FIELDS else None, [])
        if len(kept) < SHOWN:
            kept.append(Fault(row, field, message))

    @property
    def first(self) -> list[Fault]:
        """The faults of the first rows."""
        return sorted((fault for kept in self._kept.values() for fault in kept), key=lambda fault: fault.row)[:SHOWN]

    def refuse(self) -> None:
        """RefusedError if there are any."""
        if self.count:
            raise RefusedError(
                400, "no row of the request is scored, because some are not as the model takes them", self
            )


class RefusedError(Exception):
    """A request that is not answered: the HTTP status, why, and what is wrong with its rows."""

    def __init__(self, status: int, message: str, faults: Faults | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.faults = status, message, faults or Faults()


@dataclass(frozen=True)
class Rows:
    """Rows that the model can score: a decision id each, and the columns by name, numbers as arrays, texts as lists."""

    ids: list[str]
    columns: dict[str, Any]
    unseen: dict[str, int]
    """How many rows have a category that training has not seen, by field."""


def parse(body: bytes, media_type: str, schema: Schema, inference_id: str = "") -> Rows:
    """The rows of a request's body; RefusedError where any of them is not as the schema says.

    A row without a decision id gets its number, counted from 1, after the id of the whole request if that has one.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError(400, "the body is not UTF-8 text") from None
    if "\0" in text:
        raise RefusedError(400, "the body holds a NUL character")
    if media_type != JSON and max(text.count("\n"), text.count("\r")) > MOST_ROWS:
        raise RefusedError(413, f"the body holds more than {MOST_ROWS} rows: send fewer")
    faults = Faults()
    ids, cells = _csv(text, schema, faults) if media_type == CSV else _json(text, media_type, schema, faults)
    faults.refuse()
    if not cells:
        raise RefusedError(400, "the body holds no rows")
    columns, unseen = checked(cells, schema, faults, as_text=media_type == CSV)
    decisions = _given(ids, faults) if ids else _numbered(len(cells), inference_id)
    faults.refuse()
    return Rows(decisions, columns, unseen)


Cells = list[list[Any]]


def checked(cells: Cells, schema: Schema, faults: Faults, *, as_text: bool) -> tuple[dict[str, Any], dict[str, int]]:
    """The columns by name, and how many rows have an unseen category, by field; faults are added to those given.

    Each row has a cell for each field, None where a value is missing; with `as_text` numbers are written out.
    """
    columns, unseen = dict[str, Any](), dict[str, int]()
    for field, column in zip(schema.fields, zip(*cells, strict=True), strict=True):
        if field.type == "category":
            columns[field.name], unseen[field.name] = _texts(field, column, faults)
        else:
            columns[field.name] = _numbers(field, column, faults, as_text=as_text)
    return columns, {name: count for name, count in unseen.items() if count}


def _csv(text: str, schema: Schema, faults: Faults) -> tuple[list[Any], Cells]:
    """The decision ids, if there are any, and the cells: strings, and None for what is missing."""
    rows: Cells = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        faults.add(len(rows) + 1, None, "it is not CSV as RFC 4180 has it: look at its quotes")
        return [], rows
    width = len(schema.names)
    with_ids = bool(rows) and len(rows[0]) == width + 1
    for number, row in enumerate(rows, 1):
        if len(row) != width + with_ids:
            message = f"it has {len(row)} columns; the model takes {width}, or {width + 1} with {ID} first in all rows"
            faults.add(number, None, message)
    return [row.pop(0) for row in rows if row] if with_ids else [], [[cell or None for cell in row] for row in rows]


def _json(text: str, media_type: str, schema: Schema, faults: Faults) -> tuple[list[Any], Cells]:
    """The same of JSON lines, or of one JSON object: floats, strings, and None for null."""
    lines = [text] if media_type == JSON else text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    names, taken = schema.names, {ID, *schema.names}
    ids: list[Any] = []
    cells: Cells = []
    for number, line in enumerate(lines, 1):
        try:
            record = _record(line)
        except ValueError as error:
            faults.add(number, None, str(error))
            continue
        for name in record:
            if name not in taken:
                faults.add(number, ascii(name[:64])[1:-1], "the model takes no such field")
        for name in names:
            if name not in record:
                faults.add(number, name, "it is not there; write null where a value is missing")
        ids += [record[ID]] if ID in record else []
        cells.append([record.get(name) for name in names])
        if len(ids) not in (0, len(cells)):
            faults.add(number, ID, "either every row of a request has one or none has")
            break
    return ids, cells


def _record(line: str) -> dict[str, Any]:
    if len(line) > LONGEST_RECORD:
        raise ValueError(f"it is longer than {LONGEST_RECORD} characters")
    try:
        record = json.loads(line, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=float)
    except LookupError:
        raise ValueError("it has a field twice") from None
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if type(record) is not dict:
        raise ValueError("it is not a JSON object")
    return record


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise LookupError
    return record


def _no_constant(_: str) -> NoReturn:
    raise ValueError  # json takes NaN and Infinity, which are not JSON


def _numbers(field: Field, column: Sequence[Any], faults: Faults, *, as_text: bool) -> np.ndarray:
    """The column as numbers, NaN where a value is missing."""
    values = np.full(len(column), math.nan)
    for index, cell in enumerate(column):
        if cell is None:
            if field.missing == "refuse":
                faults.add(index + 1, field.name, "it must have a value")
        elif as_text and len(cell) <= LONGEST_NUMBER and _NUMBER.fullmatch(cell):
            values[index] = float(cell)
        elif not as_text and type(cell) is float:
            values[index] = cell
        else:
            faults.add(index + 1, field.name, "it is not a number")
    for wrong, message in _broken(field, values):
        for index in np.flatnonzero(wrong):
            faults.add(int(index) + 1, field.name, message)
    return values


def _broken(field: Field, values: np.ndarray) -> list[tuple[np.ndarray, str]]:
    """Where numbers break a rule of their field, rule by rule."""
    present = np.isfinite(values)
    broken = [(np.isinf(values), "it is not a finite number")]
    if field.minimum is not None:
        broken.append((present & (values < field.minimum), f"it is less than {field.minimum:g}"))
    if field.maximum is not None:
        broken.append((present & (values > field.maximum), f"it is more than {field.maximum:g}"))
    if field.type == "integer":
        broken.append((present & (np.where(present, values, 0) % 1 != 0), "it is not a whole number"))
    return broken


def _texts(field: Field, column: Sequence[Any], faults: Faults) -> tuple[list[str | None], int]:
    """The column as texts, None where a value is missing, and how many of them training has not seen."""
    seen, unseen = set(field.seen), 0
    for index, cell in enumerate(column):
        message = ""
        if cell is None or cell == "":
            message = "it must have a value" if field.missing == "refuse" else ""
        elif type(cell) is not str:
            message = "it is not a text"
        elif cell not in seen:
            unseen += 1
            if field.unseen == "refuse":
                message = "training has not seen this category"
            elif len(cell) > LONGEST_TEXT or not cell.isprintable() or cell != cell.strip():
                message = f"it has spaces around it, unprintable characters, or more than {LONGEST_TEXT} characters"
        if message:
            faults.add(index + 1, field.name, message)
    return [cell or None for cell in column], unseen


def _given(ids: list[Any], faults: Faults) -> list[str]:
    seen: set[str] = set()
    for number, each in enumerate(ids, 1):
        if type(each) is not str or not _ID.fullmatch(each):
            faults.add(number, ID, "it must be 1 to 64 letters, digits or ._:- and start with a letter or a digit")
        elif each in seen:
            faults.add(number, ID, "an earlier row of the request has it, too")
        else:
            seen.add(each)
    return ids


def _numbered(count: int, inference_id: str) -> list[str]:
    start = f"{inference_id}:" if _ID.fullmatch(inference_id) else ""
    return [f"{start}{number}" for number in range(1, count + 1)]

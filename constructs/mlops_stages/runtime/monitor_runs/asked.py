"""The requests that candidates are judged on: what callers asked, of which it is known what became of it."""

# ruff: noqa: S608  # names are quoted by `sql`, which refuses the rest; paths are this module's caller's

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from ..decisions.database import count
from ..monitors.baseline import Type
from ..monitors.sql import finite, identifier, table
from .days import RunDay
from .measuring import JUDGED, LABELS
from .record import Requests
from .settings import Retraining
from .sources import DECIDED, decided_columns

MOST_ROWS = 500_000
_AT_ONCE = 10_000
_COMPRESSION = 6


def write_requests(
    database: duckdb.DuckDBPyConnection,
    day: RunDay,
    retraining: Retraining,
    path: Path,
    *,
    most_rows: int = MOST_ROWS,
) -> Requests:
    """Write the inputs of the judged version's labelled decisions to a file, after `measure`; return what was written.

    Those count that a comparison counts: of the window, with a score and a label, and whose id is no other's. Of more
    than are written, the same share of every day is: those whose ids have the lowest MD5, since intervals are drawn by
    the day. Rows are in the order of ids and the file holds no time: the same decisions are the same bytes.
    """
    # By the ids that decisions were given: where several have one, `measure` has made up others.
    database.execute(
        "CREATE TABLE labelled AS SELECT given.decision_id FROM decision_rows AS given "
        f"JOIN {table(JUDGED)} AS judged USING (decision_id) JOIN {table(LABELS)} AS labels USING (decision_id) "
        f"WHERE {day.window.holds('judged.decided_at')} AND {finite('judged.score')} AND {finite('labels.label')}"
    )
    found = count(database, "labelled")
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", _COMPRESSION, raw, mtime=0) as zipped,
        io.TextIOWrapper(zipped, "utf-8", newline="") as text,
    ):
        writer = csv.writer(text)
        writer.writerow(["decision_id", *day.settings.inputs])
        if found:
            writer.writerows(_rows(database, day, most_rows))
    database.execute("DROP TABLE labelled")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    rows = min(found, most_rows)
    return Requests(bucket=retraining.bucket, key=day.requests, sha256=sha256, rows=rows, left_out=found - rows)


def _rows(database: duckdb.DuckDBPyConnection, day: RunDay, most_rows: int) -> Iterator[list[Any]]:
    inputs, there = day.settings.inputs, decided_columns(database)
    columns = ", ".join(f"{_cell(name, kind, there)} AS {identifier(name)}" for name, kind in inputs.items())
    asked = database.execute(
        f"SELECT decision_id, {columns} FROM {DECIDED} "
        f"WHERE decision_id IN (FROM labelled ORDER BY md5(decision_id), decision_id LIMIT {most_rows}) "
        "ORDER BY decision_id"
    )
    whole = [place for place, kind in enumerate(inputs.values(), 1) if kind == "integer"]
    # To the end: what is left open of a result, the connection's next use fails on.
    while rows := asked.fetchmany(_AT_ONCE):
        for row in rows:
            cells = list(row)
            for place in whole:
                cells[place] = None if cells[place] is None else _whole(cells[place])
            yield cells  # `csv.writer` writes None as nothing, and numbers as `repr` does


def _cell(name: str, kind: Type, there: frozenset[str]) -> str:
    """An input of the declared type; missing where no hour has it, and where an hour had it as another type."""
    sql_type = "VARCHAR" if kind == "category" else "DOUBLE"
    return f"TRY_CAST({identifier(name)} AS {sql_type})" if name in there else f"NULL::{sql_type}"


def _whole(value: float) -> str:
    """Decisions hold whole numbers as DOUBLE."""
    return str(int(value)) if value.is_integer() else repr(value)

"""How a candidate answered the requests of production: what its evaluation says of it, and its scores."""

# ruff: noqa: S608  # names are quoted by `sql`, which refuses the rest

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

import duckdb

from ..decisions.database import all_rows
from ..monitors.codes import MonitorError
from ..monitors.csv_files import check_header, create_table
from ..monitors.sql import finite, table
from .asked import MOST_ROWS
from .evaluations import Evaluation, Evaluations
from .record import Challenge

_MOST_BYTES = 64 * 1024 * 1024
"""Enough for 500,000 ids of 100 letters."""
_LONGEST_ID = 200  # bytes
_LONGEST_ADDRESS = 1100
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TYPES = {"decision_id": "VARCHAR", "score": "DOUBLE"}


def challenge_of(evaluation: Evaluation) -> Challenge | None:
    """What an evaluation says of it; None where it says nothing. Error: MON-037."""
    about = evaluation.about.get("challenge")
    if about is None:
        return None
    if not isinstance(about, dict):
        raise MonitorError("MON-037", evaluation.package, "its challenge is no object of JSON")
    given = cast("Mapping[str, Any]", about)
    wrong = [key for key, is_right in _FIELDS.items() if not is_right(given.get(key))]
    if wrong:
        raise MonitorError("MON-037", evaluation.package, f"its challenge has no {', no '.join(wrong)}")
    return Challenge(**{key: given[key] for key in _FIELDS})


def load_scores(
    database: duckdb.DuckDBPyConnection,
    evaluations: Evaluations,
    evaluation: Evaluation,
    challenge: Challenge,
    path: Path,
    name: str,
) -> None:
    """Create the table of a candidate's scores, by way of a file. Errors: MON-034, MON-038."""
    path.write_bytes(evaluations.beside(evaluation, "challenge", challenge.file, challenge.sha256, _MOST_BYTES))
    check_header(path, list(_TYPES), "MON-038")
    create_table(database, name, path, _TYPES, most_rows=MOST_ROWS, code="MON-038")
    ((rows, ids, fit),) = all_rows(
        database,
        f"SELECT count(*), count(DISTINCT decision_id), count(CASE WHEN {finite('score')} "
        f"AND strlen(decision_id) <= {_LONGEST_ID} THEN 1 END) FROM {table(name)}",
    )
    if rows != challenge.rows:
        raise MonitorError("MON-038", path.name, f"{evaluation.package} has {challenge.rows} scores, and it has {rows}")
    if ids != rows or fit != rows:
        raise MonitorError("MON-038", path.name, f"of its {rows} rows {rows - fit} do not fit, and {ids} ids differ")


def _text(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_ROWS


def _digest(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _day(value: object) -> bool:
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_FIELDS: Mapping[str, Callable[[object], bool]] = {
    "file": lambda value: _text(value, 100),
    "sha256": _digest,
    "rows": _count,
    "refused": _count,
    "requests": lambda value: _text(value, _LONGEST_ADDRESS) and str(value).startswith("s3://"),
    "requests_sha256": _digest,
    "train_before": _day,
}
"""What it must say, and whether a value is that."""

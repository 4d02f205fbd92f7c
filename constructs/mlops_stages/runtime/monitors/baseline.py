"""The baseline of a version, as a table: the scores and inputs that decisions are compared with.

The training pipeline writes it (steps/baseline.py of a model's repository): `score`, then the inputs in order, as
`csv.writer` writes them. An empty cell is a missing value, in a category as well, as in the tables of decisions.
"""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from .bins import Columns
from .codes import MonitorError
from .csv_files import check_header, create_table
from .sql import finite, identifier, table

BASELINE = "baseline"
"""The table."""
MOST_ROWS = 200_000
MOST_BYTES = 512 * 1024 * 1024
"""Enough for 200,000 rows of 100 numbers."""

Type = Literal["category", "integer", "number"]
_SCORE = "score"


def watched(inputs: Mapping[str, Type]) -> Columns:
    """Return the columns of a baseline: the score, and inputs by their types. Errors: MON-001, MON-005."""
    return Columns(
        numbers=(_SCORE, *(name for name, kind in inputs.items() if kind != "category")),
        categories=tuple(name for name, kind in inputs.items() if kind == "category"),
    )


def load(connection: Any, path: Path, inputs: Mapping[str, Type]) -> int:  # noqa: ANN401  # as in `sql`
    """Create the table `baseline` from a baseline.csv; return how many rows it has.

    Whoever calls has compared the file with its registered digest. `inputs` are the declared ones in the order of the
    model's schema. Where the file is refused there is no table.

    Errors: MON-001, MON-005, MON-014 to MON-017.
    """
    columns = watched(inputs)
    _check_size(path)
    check_header(path, [_SCORE, *inputs], "MON-014")
    types = {name: "DOUBLE" if name in columns.numbers else "VARCHAR" for name in (_SCORE, *inputs)}
    create_table(connection, BASELINE, path, types, most_rows=MOST_ROWS, code="MON-017")
    ((rows, scored),) = connection.execute(
        f"SELECT count(*), count(CASE WHEN {finite(identifier(_SCORE))} THEN 1 END) FROM {table(BASELINE)}"
    ).fetchall()
    refused = _refusal(path, int(rows), int(scored))
    if refused is not None:
        connection.execute(f"DROP TABLE {table(BASELINE)}").fetchall()
        raise refused
    return int(rows)


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise MonitorError("MON-015", path.name, f"it has {size} bytes, and at most {MOST_BYTES} are read")


def _refusal(path: Path, rows: int, scored: int) -> MonitorError | None:
    if rows > MOST_ROWS:
        return MonitorError("MON-015", path.name, f"it has more than {MOST_ROWS} rows")
    if rows == 0:
        return MonitorError("MON-017", path.name, "it has no rows")
    if scored < rows:
        return MonitorError("MON-016", path.name, f"{rows - scored} of its {rows} scores are not finite numbers")
    return None

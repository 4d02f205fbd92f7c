"""The baseline of a version, as a table: the scores and inputs that decisions are compared with.

The training pipeline writes it (steps/baseline.py of a model's repository): `score`, then the inputs in order, as
`csv.writer` writes them. An empty cell is a missing value, in a category as well, as in the tables of decisions.
"""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from .bins import Columns
from .codes import MonitorError
from .sql import finite, identifier, table, text

BASELINE = "baseline"
"""The table."""
MOST_ROWS = 200_000
MOST_BYTES = 512 * 1024 * 1024
"""Enough for 200,000 rows of 100 numbers."""

Type = Literal["category", "integer", "number"]
_SCORE = "score"
_SHOWN = 300  # bytes of a header
# Without `new_line`: DuckDB 2.0 reads no rows at all where it is given and `strict_mode` is, too.
_AS_WRITTEN = (
    "auto_detect = false, header = true, strict_mode = true, delim = ',', quote = '\"', escape = '\"', "
    "nullstr = '', comment = '', compression = 'none', encoding = 'utf-8', parallel = false, "
    "hive_partitioning = false"
)
_PATTERN = re.compile(r"[*?\[]")
_LINE = re.compile(r"CSV Error on Line: (\d+)")


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
    _check_header(path, [_SCORE, *inputs])
    types = {name: "DOUBLE" if name in columns.numbers else "VARCHAR" for name in (_SCORE, *inputs)}
    declared = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types.items())
    _create(connection, path, f"read_csv(?, {_AS_WRITTEN}, columns = {{{declared}}})")
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


def _check_header(path: Path, names: list[str]) -> None:
    # Names need no quotes, so there is one way to write the header.
    wanted = f"{','.join(names)}\r\n".encode()
    with path.open("rb") as file:
        found = file.read(max(len(wanted), _SHOWN))
    if not found.startswith(wanted):
        shown = found[:_SHOWN].partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
        raise MonitorError("MON-014", path.name, f"it begins with {shown!a}, declared is {','.join(names)[:_SHOWN]!a}")


def _create(connection: Any, path: Path, source: str) -> None:  # noqa: ANN401  # as in `sql`
    statement = f"CREATE TABLE {table(BASELINE)} AS SELECT * FROM {source} LIMIT {MOST_ROWS + 1}"
    alone = _PATTERN.sub(r"[\g<0>]", str(path))  # DuckDB takes a path as a pattern
    try:
        connection.execute(statement, [alone]).fetchall()
    except Exception as error:
        # Any error of DuckDB, which this folder does not import. Its message quotes a row: that stays out of logs.
        line = _LINE.search(str(error))
        where = f"{path.name}, line {line[1]}" if line else path.name
        raise MonitorError("MON-017", where, f"DuckDB does not read it ({type(error).__name__})") from None


def _refusal(path: Path, rows: int, scored: int) -> MonitorError | None:
    if rows > MOST_ROWS:
        return MonitorError("MON-015", path.name, f"it has more than {MOST_ROWS} rows")
    if rows == 0:
        return MonitorError("MON-017", path.name, "it has no rows")
    if scored < rows:
        return MonitorError("MON-016", path.name, f"{rows - scored} of its {rows} scores are not finite numbers")
    return None

"""Files of CSV that a training pipeline has written, read strictly: nothing is guessed, and nothing passed over."""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, LiteralString

from .codes import MonitorError
from .sql import table, text

_SHOWN = 300  # bytes of a header
# Without `new_line`: DuckDB 2.0 reads no rows at all where it is given and `strict_mode` is, too.
_AS_WRITTEN = (
    "auto_detect = false, header = true, strict_mode = true, delim = ',', quote = '\"', escape = '\"', "
    "nullstr = '', comment = '', compression = 'none', encoding = 'utf-8', parallel = false, "
    "hive_partitioning = false"
)
_PATTERN = re.compile(r"[*?\[]")
_LINE = re.compile(r"CSV Error on Line: (\d+)")


def check_header(path: Path, names: Sequence[str], code: LiteralString) -> None:
    """Refuse a file that does not begin with these names. Error: the code."""
    # Names need no quotes, so there is one way to write the header.
    wanted = f"{','.join(names)}\r\n".encode()
    with path.open("rb") as file:
        found = file.read(max(len(wanted), _SHOWN))
    if not found.startswith(wanted):
        shown = found[:_SHOWN].partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
        raise MonitorError(code, path.name, f"it begins with {shown!a}, declared is {','.join(names)[:_SHOWN]!a}")


def create_table(
    connection: Any,  # noqa: ANN401  # as in `sql`
    name: str,
    path: Path,
    types: Mapping[str, str],
    *,
    most_rows: int,
    code: LiteralString,
) -> None:
    """Create a table of a file's columns and their types; of more rows than are read, one more than that.

    Error: the code, where DuckDB does not read it.
    """
    declared = ", ".join(f"{text(column)}: {text(kind)}" for column, kind in types.items())
    source = f"read_csv(?, {_AS_WRITTEN}, columns = {{{declared}}})"
    statement = f"CREATE TABLE {table(name)} AS SELECT * FROM {source} LIMIT {most_rows + 1}"
    alone = _PATTERN.sub(r"[\g<0>]", str(path))  # DuckDB takes a path as a pattern
    try:
        connection.execute(statement, [alone]).fetchall()
    except Exception as error:
        # Any error of DuckDB, which this folder does not import. Its message quotes a row: that stays out of logs.
        line = _LINE.search(str(error))
        where = f"{path.name}, line {line[1]}" if line else path.name
        raise MonitorError(code, where, f"DuckDB does not read it ({type(error).__name__})") from None

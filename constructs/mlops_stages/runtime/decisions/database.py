"""DuckDB, as functions use it: one thread, little memory, nothing guessed, so that the same rows are the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

MEMORY = "512MB"
"""Of DuckDB; more goes to disk."""


def connected(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory, which spills to a folder."""
    return duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": MEMORY,
            "temp_directory": str(folder / "spilled"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def csv_table(path: Path, columns: dict[str, str]) -> str:
    """A file that `csv.writer` wrote, as a table with columns of those types."""
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    return (
        f"read_csv('{path}', auto_detect = false, header = false, delim = ',', quote = '\"', "
        f"escape = '\"', new_line = '\\r\\n', nullstr = '', columns = {{{types}}})"
    )


def all_rows(database: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    return database.execute(query).fetchall()


def count(database: duckdb.DuckDBPyConnection, what: str) -> int:
    """How many rows there are of a table or a subquery."""
    ((value,),) = all_rows(database, f"SELECT count(*) FROM {what}")  # noqa: S608  # what is the caller's own
    return value

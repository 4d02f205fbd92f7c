"""DuckDB, as functions use it: one thread, little memory, nothing guessed, so that the same rows are the same bytes."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
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


@contextmanager
def empty() -> Generator[duckdb.DuckDBPyConnection]:
    """An empty database of the process's own DuckDB, which goes at the end.

    To start DuckDB takes 15 ms of processor time, and Lambda keeps the process from one invocation to the next.
    """
    name = attached()
    try:
        with using(name) as database:
            yield database
    finally:
        detached(name)


def attached() -> str:
    """The name of a new database in the process's DuckDB: others there can read its tables by it."""
    name = f"attached_{next(_NUMBERS)}"
    with _process_cursor() as cursor:
        cursor.execute(f"ATTACH ':memory:' AS {name}")
    return name


def detached(name: str) -> None:
    """Let a database go, if it is there."""
    with _process_cursor() as cursor:
        cursor.execute(f"DETACH DATABASE IF EXISTS {name}")


def is_attached(name: str) -> bool:
    """Whether the process's DuckDB has such a database: after a fatal error it is another DuckDB, with none."""
    with _process_cursor() as cursor:
        return bool(all_rows(cursor, f"FROM duckdb_databases() WHERE database_name = '{name}'"))


@contextmanager
def using(name: str) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection to such a database."""
    with _process_cursor() as cursor:
        cursor.execute(f"USE {name}")
        try:
            yield cursor
        except (duckdb.FatalException, duckdb.InternalException):
            _started.cache_clear()  # this DuckDB takes no statement any more
            raise


_NUMBERS = itertools.count()


def _process_cursor() -> duckdb.DuckDBPyConnection:
    return _started()[0].cursor()


@cache
def _started() -> tuple[duckdb.DuckDBPyConnection, TemporaryDirectory[str]]:
    """The process's DuckDB, and the folder that it spills to, which goes with the process."""
    folder = TemporaryDirectory(prefix="duckdb-")
    return connected(Path(folder.name)), folder


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

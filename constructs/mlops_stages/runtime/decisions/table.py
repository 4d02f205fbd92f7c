"""An hour's requests, on their way through files to a Parquet file.

An hour may have millions of rows: they go to a file as they are read, and DuckDB, which spills to disk, sorts them.

Source: https://duckdb.org/docs/stable/data/parquet/overview
"""

# ruff: noqa: S608  # the path is this module's caller's

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from .capture_files import Line
from .database import all_rows, count, csv_table, empty
from .hours import Hour
from .lines import Request
from .manifest import Found
from .quarantine import Quarantine
from .settings import Input

ROW_GROUP = 16_384
"""Rows: a decision is found by reading one group of the file."""
_REQUEST_COLUMNS = {
    "number": "INTEGER",
    "file": "INTEGER",
    "line": "INTEGER",
    "sha256": "VARCHAR",
    "event_id": "VARCHAR",
    "inference_id": "VARCHAR",
    "decided_at": "TIMESTAMP",
    "package": "VARCHAR",
}
_REQUESTS = "CREATE TABLE requests AS FROM {}"
_COUNTED = """
    CREATE TABLE counted AS
    SELECT requests.*, kept.number AS kept, kept.sha256 = requests.sha256 AS same
    FROM requests JOIN (
        SELECT event_id, min(number) AS number, arg_min(sha256, number) AS sha256 FROM requests GROUP BY event_id
    ) AS kept USING (event_id)
"""
_COPY = """
    COPY (
        SELECT decision_id, event_id, inference_id, row, decided_at, package, score, {inputs}
        FROM {rows} JOIN counted USING (number)
        WHERE number = kept
        ORDER BY decision_id, event_id, row
    ) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group})
"""
_REQUESTS_FOUND = """
    SELECT count(*) FILTER (decided), min(decided_at) FILTER (decided), max(decided_at) FILTER (decided),
        count(*) FILTER (decided AND (decided_at < {start} OR decided_at >= {end})),
        count(*) FILTER (number = kept AND package IS NULL), count(*) FILTER (number <> kept AND same)
    FROM (SELECT *, number = kept AND package IS NOT NULL AS decided FROM counted)
"""
_TYPES = {"category": "VARCHAR", "integer": "DOUBLE", "number": "DOUBLE"}


class Table:
    """What was read of an hour, in files of a folder; leaves nothing open."""

    def __init__(self, folder: Path, inputs: Sequence[Input]) -> None:
        self._folder = folder
        self._inputs = inputs
        self._lines = 0
        self._requests = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._request_file, self._row_file, self._quarantine_file = (
            self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            for path in (self._path("requests.csv"), self._path("rows.csv"), self.quarantine)
        )
        self._refused = Quarantine(self._quarantine_file)
        self._request_writer, self._row_writer = csv.writer(self._request_file), csv.writer(self._row_file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def decisions(self) -> Path:
        """The Parquet file, once it is written."""
        return self._path("decisions.parquet")

    @property
    def quarantine(self) -> Path:
        """The list of refused lines."""
        return self._path("hour.jsonl")

    def add(self, line: Line, request: Request) -> None:
        """Take the request of a line; files and lines come in their order."""
        self._lines += 1
        self._requests += 1
        number = self._requests
        about = (request.event_id, request.inference_id, request.decided_at, request.package)
        self._request_writer.writerow((number, line.file, line.number, line.sha256, *about))
        self._row_writer.writerows((number, place, *row) for place, row in enumerate(request.rows, 1))

    def refuse(self, line: Line, code: str) -> None:
        """Put a line in quarantine, or a file that is not read."""
        self._lines += line.number > 0
        self._refused.add(line, code)

    def write(self, hour: Hour, keys: Sequence[str]) -> Found:
        """Write the Parquet file, and return what it holds; `keys` are those of the files.

        An event that is there twice counts once, the first of it; with other content it is refused: DEC-114.
        """
        for written in (self._request_file, self._row_file):
            written.flush()
        with empty() as database:
            database.execute(_REQUESTS.format(csv_table(self._path("requests.csv"), _REQUEST_COLUMNS)))
            database.execute(_COUNTED)
            others = all_rows(database, "SELECT file, line, sha256 FROM counted WHERE NOT same ORDER BY number")
            for file, line, sha256 in others:
                self._refused.add(Line(file, keys[int(file)], line, None, sha256), "DEC-114")
            self._quarantine_file.flush()
            database.execute(self._copy())
            return self._found(database, hour)

    def _copy(self) -> str:
        cells = {f"c{place}": _TYPES[each.type] for place, each in enumerate(self._inputs)}
        columns = {"number": "INTEGER", "row": "INTEGER", "decision_id": "VARCHAR", "score": "DOUBLE", **cells}
        inputs = ", ".join(f"c{place} AS {_quoted(each.name)}" for place, each in enumerate(self._inputs))
        return _COPY.format(
            inputs=inputs, rows=csv_table(self._path("rows.csv"), columns), path=self.decisions, row_group=ROW_GROUP
        )

    def _found(self, database: duckdb.DuckDBPyConnection, hour: Hour) -> Found:
        start, end = (f"TIMESTAMP '{moment:%Y-%m-%d %H}:00:00'" for moment in (hour.start, hour.end))
        ((requests, first, last, outside, failed, duplicates),) = all_rows(
            database, _REQUESTS_FOUND.format(start=start, end=end)
        )
        decisions = f"read_parquet('{self.decisions}')"
        packages = dict(
            all_rows(database, f"SELECT package, count(*) FROM {decisions} GROUP BY package ORDER BY package")
        )
        return Found(
            lines=self._lines,
            requests=requests,
            rows=sum(packages.values()),
            failed_requests=failed,
            quarantined=self._refused.codes,
            duplicates=duplicates,
            repeated_ids=count(database, f"(SELECT 1 FROM {decisions} GROUP BY decision_id HAVING count(*) > 1)"),
            outside_the_hour=outside,
            first=first and f"{first.isoformat()}Z",
            last=last and f"{last.isoformat()}Z",
            packages=packages,
        )

    def _path(self, name: str) -> Path:
        return self._folder / name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""What a run is made of: the files of decisions and labels, as they are listed, and their content on disk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ..decisions.capture_files import CaptureFile, contents, listed
from ..decisions.database import all_rows, count, empty
from ..ledger.numbered import S3
from ..monitors.codes import MonitorError
from .baselines import Baselines
from .days import Folders, RunDay

_SUFFIX = ".parquet"
_DAY = re.compile(r"(?<=/utc_day=\d{4}-\d{2}-\d{2})/")


@dataclass(frozen=True)
class Sources:
    """The files of a run, by what they hold."""

    decisions: Sequence[CaptureFile]
    challenger: Sequence[CaptureFile]
    labels: Sequence[CaptureFile]

    @property
    def all(self) -> tuple[CaptureFile, ...]:
        """Each of them."""
        return (*self.decisions, *self.challenger, *self.labels)


@dataclass(frozen=True)
class Files:
    """The same files on disk."""

    decisions: Sequence[Path]
    challenger: Sequence[Path]
    labels: Sequence[Path]


def found(s3: S3, day: RunDay) -> Sources:
    """What is there now."""
    settings = day.settings
    challenger = (
        [] if settings.challenger is None else files_of(s3, settings.bucket, day.decisions(settings.challenger))
    )
    decisions = files_of(s3, settings.bucket, day.decisions(settings.variant))
    return Sources(decisions, challenger, files_of(s3, settings.bucket, day.labels))


def files_of(s3: S3, bucket: str, folders: Folders) -> list[CaptureFile]:
    """The files of some days or hours that are there now."""
    return [each for each in listed(s3, bucket, folders.folder, _SUFFIX, folders.first) if folders.holds(each.key)]


_Day = tuple[CaptureFile, ...]
"""The files of a day's folder."""
_MOST_MERGED = 8 * 1024 * 1024
"""Bytes of a day whose files are made one: to open a file takes as long as to read thousands of its rows."""


class Held:
    """Files on disk, kept from run to run while Lambda keeps the process: a day's run shares most with the one before.

    A day of which the same files are listed, with the same ETags, is that day. The files of a day are one on disk.
    `baselines` are kept beside them.
    """

    def __init__(self) -> None:
        self.baselines = Baselines()
        self._folder = TemporaryDirectory(prefix="monitors-")
        self._days: dict[_Day, list[Path]] = {}
        self._count = 0

    def fetched(self, s3: S3, bucket: str, sources: Sources) -> Files:
        """Have the files on disk, and no others. LostError where one is no longer what was listed. Error: MON-032."""
        days = [_by_day(files) for files in (sources.decisions, sources.challenger, sources.labels)]
        wanted = [day for of in days for day in of]
        for day in self._days.keys() - set(wanted):
            for path in self._days.pop(day):
                path.unlink()
        missing = [day for day in wanted if day not in self._days]
        found = contents(s3, bucket, [file for day in missing for file in day])
        for day in missing:
            paths = [self._written(bucket, file, next(found)) for file in day]
            self._days[day] = self._merged(day, paths)
        decisions, challenger, labels = ([path for day in of for path in self._days[day]] for of in days)
        return Files(decisions, challenger, labels)

    def _written(self, bucket: str, file: CaptureFile, content: bytes | None) -> Path:
        if content is None:
            raise MonitorError("MON-032", f"{bucket}/{file.key}", f"it has {file.size} bytes")
        path = self._new()
        path.write_bytes(content)
        return path

    def _merged(self, day: _Day, paths: list[Path]) -> list[Path]:
        """The same rows in the same order, in one file."""
        if len(paths) == 1 or sum(file.size for file in day) > _MOST_MERGED:
            return paths
        merged = self._new()
        with empty() as database:
            database.execute(f"COPY ({of_files(paths)}) TO '{merged}' (FORMAT parquet)")
        for path in paths:
            path.unlink()
        return [merged]

    def _new(self) -> Path:
        self._count += 1
        return Path(self._folder.name) / f"{self._count}{_SUFFIX}"


def _by_day(files: Sequence[CaptureFile]) -> list[_Day]:
    """Files by the folder of their day, in their order."""
    days = groupby(files, key=lambda file: _DAY.split(file.key, maxsplit=1)[0])
    return [tuple(of) for _, of in days]


DECIDED = "decided"
"""What the files of decisions hold, each with all its columns; hours that lack one have no value of it."""
MOST_HELD = 1_000_000
"""Rows that are held in a table: more are read from their files by each query."""
_EMPTY = (
    "SELECT NULL::VARCHAR AS decision_id, NULL::VARCHAR AS event_id, NULL::VARCHAR AS inference_id, "
    "NULL::INTEGER AS row, NULL::TIMESTAMP AS decided_at, NULL::VARCHAR AS package, NULL::DOUBLE AS score WHERE false"
)


def decided(database: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Have the decisions of some files as `DECIDED`: a window of them has hundreds, and every query opens each."""
    rows = of_files(files) if files else _EMPTY
    held = not files or count(database, f"({rows})") <= MOST_HELD
    database.execute(f"CREATE {'TABLE' if held else 'VIEW'} {DECIDED} AS {rows}")


def of_files(files: Sequence[Path], columns: str = "*") -> str:
    """The query of what some files hold."""
    paths = ", ".join(f"'{path}'" for path in files)
    return f"SELECT {columns} FROM read_parquet([{paths}], union_by_name = true)"  # noqa: S608  # the run's own paths


def decided_columns(database: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The columns of `DECIDED`."""
    return frozenset(str(name) for name, *_ in all_rows(database, f"DESCRIBE {DECIDED}"))

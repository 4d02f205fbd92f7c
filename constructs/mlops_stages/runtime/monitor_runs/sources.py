"""What a run is made of: the files of decisions and labels, as they are listed, and their content on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ..decisions.capture_files import CaptureFile, contents, listed
from ..decisions.database import all_rows
from ..ledger.numbered import S3
from ..monitors.codes import MonitorError
from .days import RunDay

_SUFFIX = ".parquet"


@dataclass(frozen=True)
class Sources:
    """The files of a day's run, by what they hold."""

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

    def of(folders: Iterable[str]) -> list[CaptureFile]:
        return [file for folder in folders for file in listed(s3, settings.bucket, folder, _SUFFIX)]

    challenger = [] if settings.challenger is None else of(day.decisions(settings.challenger))
    return Sources(of(day.decisions(settings.variant)), challenger, of(day.labels()))


def fetched(s3: S3, bucket: str, sources: Sources, folder: Path) -> Files:
    """Write the files into a folder. LostError where one is no longer what was listed. Error: MON-032."""
    paths: list[Path] = []
    for number, (file, content) in enumerate(zip(sources.all, contents(s3, bucket, sources.all), strict=True)):
        if content is None:
            raise MonitorError("MON-032", f"{bucket}/{file.key}", f"it has {file.size} bytes")
        path = folder / f"{number}{_SUFFIX}"
        path.write_bytes(content)
        paths.append(path)
    first, second = len(sources.decisions), len(sources.decisions) + len(sources.challenger)
    return Files(paths[:first], paths[first:second], paths[second:])


def columns_of(database: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> frozenset[str]:
    """The columns that any of the files has."""
    if not files:
        return frozenset()
    paths = ", ".join(f"'{path}'" for path in files)
    query = f"DESCRIBE SELECT * FROM read_parquet([{paths}], union_by_name = true)"  # noqa: S608  # the run's own paths
    described = all_rows(database, query)
    return frozenset(str(name) for name, *_ in described)

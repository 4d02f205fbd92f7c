"""What a run is made of: the files of decisions and labels, as they are listed, and their content on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ..decisions.capture_files import CaptureFile, contents, listed
from ..decisions.database import all_rows
from ..ledger.numbered import S3
from ..monitors.codes import MonitorError
from .days import Days, RunDay

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

    def of(days: Days) -> list[CaptureFile]:
        return [each for each in listed(s3, settings.bucket, days.folder, _SUFFIX, days.first) if days.holds(each.key)]

    challenger = [] if settings.challenger is None else of(day.decisions(settings.challenger))
    return Sources(of(day.decisions(settings.variant)), challenger, of(day.labels))


class Held:
    """Files on disk, kept from run to run while Lambda keeps the process: a day's run shares most with the one before.

    A file that is listed with the ETag of one that is held is that one.
    """

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="monitors-")
        self._paths: dict[CaptureFile, Path] = {}
        self._count = 0

    def fetched(self, s3: S3, bucket: str, sources: Sources) -> Files:
        """Have the files on disk, and no others. LostError where one is no longer what was listed. Error: MON-032."""
        for file in self._paths.keys() - set(sources.all):
            self._paths.pop(file).unlink()
        missing = [file for file in sources.all if file not in self._paths]
        for file, content in zip(missing, contents(s3, bucket, missing), strict=True):
            if content is None:
                raise MonitorError("MON-032", f"{bucket}/{file.key}", f"it has {file.size} bytes")
            self._count += 1
            path = Path(self._folder.name) / f"{self._count}{_SUFFIX}"
            path.write_bytes(content)
            self._paths[file] = path
        decisions, challenger, labels = (
            [self._paths[file] for file in files] for files in (sources.decisions, sources.challenger, sources.labels)
        )
        return Files(decisions, challenger, labels)


def columns_of(database: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> frozenset[str]:
    """The columns that any of the files has."""
    if not files:
        return frozenset()
    paths = ", ".join(f"'{path}'" for path in files)
    query = f"DESCRIBE SELECT * FROM read_parquet([{paths}], union_by_name = true)"  # noqa: S608  # the run's own paths
    described = all_rows(database, query)
    return frozenset(str(name) for name, *_ in described)

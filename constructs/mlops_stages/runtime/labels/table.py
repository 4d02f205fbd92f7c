"""A day's labels, on their way through a file to a Parquet file; DuckDB sorts them, as it does decisions."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ..decisions.capture_files import Line
from ..decisions.database import count, csv_table, empty
from ..decisions.quarantine import Quarantine
from .lines import Labelled
from .manifest import Found

COLUMNS = {
    "decision_id": "VARCHAR",
    "event_id": "VARCHAR",
    "row": "INTEGER",
    "label": "DOUBLE",
    "collected_at": "TIMESTAMP",
    "correction": "BOOLEAN",
}
"""Of the Parquet file: `decision_id` or `event_id` with `row` is empty, by the form of the line."""
_COPY = """
    COPY (
        SELECT DISTINCT decision_id, event_id, row, label, collected_at, correction FROM {rows}
        ORDER BY decision_id NULLS LAST, event_id NULLS LAST, row NULLS LAST, collected_at, correction, label
    ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


class Table:
    """What was read of a day, in files of a folder; leaves nothing open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines = 0
        self._rows = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._row_file, self._quarantine_file = (
            self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            for path in (self._folder / "rows.csv", self.quarantine)
        )
        self._refused = Quarantine(self._quarantine_file)
        self._writer = csv.writer(self._row_file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def labels(self) -> Path:
        """The Parquet file, once it is written."""
        return self._folder / "labels.parquet"

    @property
    def quarantine(self) -> Path:
        """The list of refused lines."""
        return self._folder / "day.jsonl"

    def add(self, collected_at: datetime, found: Labelled) -> None:
        """Take the labels of a line."""
        self._lines += 1
        self._rows += len(found.labels)
        if found.event_id is None:
            self._writer.writerow((found.decision_id, None, None, found.labels[0], collected_at, found.correction))
            return
        self._writer.writerows(
            (None, found.event_id, row, label, collected_at, found.correction)
            for row, label in enumerate(found.labels, 1)
        )

    def refuse(self, line: Line, code: str) -> None:
        """Put a line in quarantine, or a file that is not read."""
        self._lines += line.number > 0
        self._refused.add(line, code)

    def write(self) -> Found:
        """Write the Parquet file, and return what it holds."""
        self._row_file.flush()
        self._quarantine_file.flush()
        with empty() as database:
            database.execute(_COPY.format(rows=csv_table(self._folder / "rows.csv", COLUMNS), path=self.labels))
            labels = f"read_parquet('{self.labels}')"
            kept = count(database, labels)
            return Found(
                lines=self._lines,
                labels=kept,
                repeated=self._rows - kept,
                corrections=count(database, f"{labels} WHERE correction"),
                quarantined=self._refused.codes,
            )

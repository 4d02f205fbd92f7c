"""Flights of the reference year by which candidates were judged, and their scores: so that tests need train nothing.

`make bench ARGS="--year --record"` trains and writes it anew.
"""

# ruff: noqa: S608  # paths and names are this module's own

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from bench.timing import ROOT
from bench.year_policies import Learned, Played, Year
from bench.year_reference import TEMPLATE, hyperparameters
from mlops_stages.runtime.decisions.database import all_rows

FILE = ROOT / "tests" / "bench" / "year.parquet"
MORNINGS: Mapping[str, tuple[date, ...]] = {
    "gated": (date(2013, 7, 2), date(2013, 8, 1), date(2013, 10, 12)),
    "gated_last": (date(2013, 7, 2), date(2013, 8, 1)),
}
"""When candidates were trained that tests judge again, by policy: refused by little, and two that were promoted."""
_LOOKED_BACK = timedelta(days=30)
_STEPS = ("data/curate.py", "steps/flights.py", "steps/prepare.py", "steps/train.py", "serving/scoring.py")
_LIBRARIES = re.compile(r"^scikit-learn==\S+", re.MULTILINE)


@dataclass(frozen=True)
class Recorded:
    """Flights and scores that were written before."""

    path: Path = FILE

    @property
    def _table(self) -> str:
        return f"(SELECT number::VARCHAR AS decision_id, * FROM read_parquet('{self.path}'))"

    @property
    def made_of(self) -> str:
        """What `training` was when they were written."""
        with duckdb.connect() as database:
            query = f"SELECT value FROM parquet_kv_metadata('{self.path}') WHERE key = 'training'::BLOB"
            ((found,),) = all_rows(database, query)
            return bytes(found).decode()

    def load(self, database: duckdb.DuckDBPyConnection) -> None:
        """See `Source`."""
        database.execute(
            f"CREATE TABLE flights AS SELECT decision_id, decided_at, label::DOUBLE AS label FROM {self._table}"
        )

    def score(self, database: duckdb.DuckDBPyConnection, learned: Learned, name: str) -> None:
        """See `Source`. LookupError for a version of which nothing is recorded."""
        if _column(learned) not in {str(row[0]) for row in all_rows(database, f"DESCRIBE FROM {self._table}")}:
            message = (
                f"no version was trained on {learned.since} to {learned.before}: make bench ARGS='--year --record'"
            )
            raise LookupError(message)
        database.execute(
            f"CREATE TABLE {name} AS SELECT decision_id, {_column(learned)} / 1000 AS score FROM {self._table} "
            f"WHERE {_column(learned)} IS NOT NULL"
        )


def training_made_of() -> str:
    """What decides about scores: the steps of the repository, their settings, and the library that learns."""
    parts = [(TEMPLATE / name).read_text("utf-8") for name in _STEPS]
    parts += [hyperparameters(), *_LIBRARIES.findall((TEMPLATE / "requirements.lock").read_text("utf-8"))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def record(year: Year, played: Iterable[Played], path: Path = FILE) -> None:
    """Write the flights and the scores of them, in thousandths, that `MORNINGS` take: as far back as a day looks."""
    spans: dict[Learned, list[str]] = {}
    for each in played:
        for training in each.trainings:
            if training.day in MORNINGS.get(each.policy.name, ()):
                _, serving = max(served for served in each.served if served[0] <= training.day)
                first = training.day - _LOOKED_BACK
                asked = f"decided_at >= DATE '{first}' AND decided_at <= DATE '{training.day}' + 1"
                for learned in (training.learned, serving):
                    spans.setdefault(learned, []).append(f"({asked})")
    scores = {_column(learned): (year.scores(learned), " OR ".join(asked)) for learned, asked in sorted(spans.items())}
    cells = ", ".join(
        f"CASE WHEN {asked} THEN greatest(1, least(999, round({table}.score * 1000)))::USMALLINT END AS {name}"
        for name, (table, asked) in scores.items()
    )
    joins = " ".join(f"LEFT JOIN {table} USING (decision_id)" for table, _ in scores.values())
    rows = (
        "SELECT row_number() OVER (ORDER BY decided_at, decision_id) AS number, decided_at, label::UTINYINT AS label, "
        f"{cells} FROM flights {joins} WHERE {' OR '.join(asked for _, asked in scores.values())} ORDER BY number"
    )
    how = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{training: '{training_made_of()}'}}"
    year.database.execute(f"COPY ({rows}) TO '{path}' ({how})")


def _column(learned: Learned) -> str:
    return f"since_{learned.since:%m%d}_before_{learned.before:%m%d}"

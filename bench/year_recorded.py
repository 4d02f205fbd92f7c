"""A tenth of the reference year's flights, and what its versions say of them: so that tests need train nothing.

`make bench ARGS="--year --record"` trains and writes it anew.
"""

# ruff: noqa: S608  # paths and names are this module's own

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.timing import ROOT
from bench.year_policies import LAST, Learned, Played, Year
from bench.year_reference import TEMPLATE, hyperparameters
from mlops_stages.runtime.decisions.database import all_rows

FILE = ROOT / "tests" / "bench" / "year.parquet"
EVERY = 10
"""Of each hour's flights one of ten, by their order."""
_STEPS = ("data/curate.py", "steps/flights.py", "steps/prepare.py", "steps/train.py", "serving/scoring.py")
_LIBRARIES = re.compile(r"^scikit-learn==\S+", re.MULTILINE)


@dataclass(frozen=True)
class Recorded:
    """Flights and scores that were written before."""

    path: Path = FILE

    @property
    def _table(self) -> str:
        return f"read_parquet('{self.path}')"

    @property
    def made_of(self) -> str:
        """What `training` was when they were written."""
        with duckdb.connect() as database:
            query = f"SELECT value FROM parquet_kv_metadata('{self.path}') WHERE key = 'training'::BLOB"
            ((found,),) = all_rows(database, query)
            return bytes(found).decode()

    def load(self, database: duckdb.DuckDBPyConnection) -> None:
        """See `Source`."""
        database.execute(f"CREATE TABLE flights AS SELECT decision_id, decided_at, label FROM {self._table}")

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


def training() -> str:
    """What decides about scores: the steps of the repository, their settings, and the library that learns."""
    parts = [(TEMPLATE / name).read_text("utf-8") for name in _STEPS]
    parts += [hyperparameters(), *_LIBRARIES.findall((TEMPLATE / "requirements.lock").read_text("utf-8"))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def record(year: Year, played: Iterable[Played], path: Path = FILE) -> None:
    """Write the flights and the scores of them, in thousandths, that plays took: until a version was judged or left."""
    until: dict[Learned, str] = {}
    for each in played:
        ends = [*(first for first, _ in each.served[1:]), LAST]
        for learned, end in [
            *((training.learned, training.day) for training in each.trainings),
            *((learned, end) for (_, learned), end in zip(each.served, ends, strict=True)),
        ]:
            until[learned] = max(until.get(learned, ""), str(end))
    scores = ", ".join(
        f"(SELECT greatest(1, least(999, round(score * 1000)))::USMALLINT FROM {year.scores(learned)} AS scored "
        f"WHERE scored.decision_id = taken.decision_id AND decided_at < DATE '{end}' + 1) AS {_column(learned)}"
        for learned, end in sorted(until.items())
    )
    year.database.execute(
        "COPY (WITH taken AS (SELECT *, row_number() OVER (ORDER BY decided_at, decision_id) AS number FROM flights) "
        f"SELECT number::VARCHAR AS decision_id, decided_at, label::UTINYINT AS label, {scores} FROM taken "
        f"WHERE number % {EVERY} = 0 ORDER BY number) TO '{path}' "
        f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{training: '{training()}'}})"
    )


def _column(learned: Learned) -> str:
    return f"since_{learned.since:%m%d}_before_{learned.before:%m%d}"

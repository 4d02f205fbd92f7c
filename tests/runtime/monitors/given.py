"""Scored rows for tests: real data that scikit-learn brings along, and tables of DuckDB that hold them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import numpy as np

from mlops_stages.runtime.monitors.figures import Figure
from mlops_stages.runtime.monitors.rows import Evaluation, Kind
from mlops_stages.runtime.monitors.sql import Ask, asking
from mlops_stages.runtime.monitors.window import Window

Array = Any
"""Of numpy; scikit-learn and scipy have no types for what they take and give."""

datasets: Any = importlib.import_module("sklearn.datasets")
linear_model: Any = importlib.import_module("sklearn.linear_model")
judges: Any = importlib.import_module("sklearn.metrics")
calibration: Any = importlib.import_module("sklearn.calibration")

FIRST = date(2026, 10, 1)
DAYS = 28
WINDOW = Window(first=FIRST, days=DAYS)


@dataclass
class Scored:
    """Rows with the number of their day, and further columns."""

    scores: Array
    labels: Array
    days: Array
    more: dict[str, Array] = field(default_factory=dict[str, Array])

    def times(self) -> Array:
        """When each row was decided: within its day, the first and the last moment included."""
        moments = np.resize(np.array([0, 43_200_000_000, 86_399_999_999]), len(self.days))
        return np.datetime64(FIRST, "us") + self.days * 86_400_000_000 + moments


def scattered(rows: int) -> Array:
    """A day for each row: the first days have many rows, the last few, the eighth none."""
    days = (np.arange(rows) * 37 % 101) ** 2 * DAYS // 101**2
    return np.where(days == 7, 8, days)


@cache
def breast_cancer() -> Scored:
    """569 rows; a regression on two of its columns, so that many scores are wrong."""
    inputs, labels = datasets.load_breast_cancer(return_X_y=True)
    model = linear_model.LogisticRegression().fit(inputs[::2, [1, 4]], labels[::2])
    return Scored(model.predict_proba(inputs[:, [1, 4]])[:, 1], labels.astype(float), scattered(len(labels)))


@cache
def digits() -> Scored:
    """1,797 rows: whether a digit is an 8, from a few pixels; scores rounded, so that many are equal."""
    inputs, labels = datasets.load_digits(return_X_y=True)
    model = linear_model.LogisticRegression(max_iter=500).fit(inputs[::2, ::4], labels[::2] == 8)
    scores = model.predict_proba(inputs[:, ::4])[:, 1].round(2)
    return Scored(scores, (labels == 8).astype(float), scattered(len(labels)))


@cache
def diabetes() -> Scored:
    """442 rows of a regression."""
    inputs, labels = datasets.load_diabetes(return_X_y=True)
    model = linear_model.LinearRegression().fit(inputs[::2], labels[::2])
    return Scored(model.predict(inputs), labels, scattered(len(labels)))


def load(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, Array]) -> None:
    """Make a table of columns; NaN becomes NULL."""
    connection.register("given", columns)
    connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM given')
    connection.unregister("given")


def ids(rows: int) -> Array:
    """A decision_id for each row."""
    return np.array([f"d{number:06}" for number in range(rows)], dtype=object)


def tables(scored: Scored, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyConnection:
    """`decisions` and `labels` of some rows."""
    connection = connection or duckdb.connect(config={"threads": 1})
    rows = len(scored.scores)
    decided = {"decision_id": ids(rows), "decided_at": scored.times(), "score": scored.scores}
    load(connection, "decisions", {**decided, **scored.more})
    load(connection, "labels", {"decision_id": ids(rows), "label": scored.labels})
    return connection


def evaluation(kind: Kind = "classifier") -> Evaluation:
    """Of these tables, over the window."""
    return Evaluation(model="late-arrival", kind=kind, window=WINDOW, decisions="decisions", labels="labels")


def asked(scored: Scored) -> Ask:
    """What runs statements on these rows."""
    return asking(tables(scored))


def named(figures: tuple[Figure, ...]) -> dict[str, Figure]:
    """Figures by their names, which are different."""
    found = {figure.name: figure for figure in figures}
    assert len(found) == len(figures)
    return found


def day(number: int) -> date:
    """The day of the window with a number from 0."""
    return FIRST + timedelta(days=number)


def few(scores: list[float], labels: list[float], days: list[int] | None = None) -> Scored:
    """Rows written out; each on a day of its own unless told."""
    placed = list(range(len(scores))) if days is None else days
    return Scored(np.array(scores, float), np.array(labels, float), np.array(placed, int))

"""How far the decisions of a week have moved from the version's baseline: that warns and explains."""

# ruff: noqa: S608  # names are quoted by `sql`, which refuses the rest; paths are this module's caller's

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from ..decisions.database import count
from ..monitors.baseline import BASELINE, Type, watched
from ..monitors.bins import read_bins
from ..monitors.codes import MonitorError
from ..monitors.drift import drift
from ..monitors.figures import Figure
from ..monitors.sql import asking, identifier, text
from ..monitors.window import Period, Window
from .baselines import Baselines, Registered
from .days import RunDay
from .evaluations import Evaluations
from .intervals import DAYS
from .settings import DRIFTS, Settings
from .sources import DECIDED, decided_columns

RECENT = "recent"
"""The table of decisions in the figures' definitions."""
MOST_HELD = 2_000_000
"""Rows that are held in a table: more are read from their files by each query."""


def days_before(day: RunDay) -> Window:
    """The whole days before that of a run."""
    return Window(first=day.day - timedelta(days=DAYS), days=DAYS)


@dataclass(frozen=True)
class Drifting:
    """What drift of one endpoint's decisions is measured by."""

    settings: Settings
    baselines: Baselines
    evaluations: Evaluations

    def figures(
        self, database: duckdb.DuckDBPyConnection, window: Period, package: str | None, path: Path
    ) -> tuple[Figure, ...]:
        """How far decisions of a version have moved, by way of a file; where that is not known, a figure with `why`."""
        declared, inputs = self.settings.drift, self.settings.inputs
        if declared is None or package is None:
            return ()
        try:
            found = self.baselines.registered(self.evaluations, package, inputs, path)
            if found is not None:
                return _measure(database, inputs, window, package, self.baselines, found)
            why = "the version's evaluation names no baseline: train it by a newer template"
        except MonitorError as error:
            why = str(error)
        name = DRIFTS[declared.metric]
        return (Figure(name=name, of="score", value=None, rows=0, definition="not calculated", why=why),)


def _measure(
    database: duckdb.DuckDBPyConnection,
    inputs: Mapping[str, Type],
    window: Period,
    package: str,
    baselines: Baselines,
    registered: Registered,
) -> tuple[Figure, ...]:
    """The figures of the score and of each input. Errors: MON-001, MON-005, MON-013 to MON-017, MON-035."""
    there = decided_columns(database)
    absent = [name for name in inputs if name not in there]
    if absent:
        raise MonitorError("MON-035", package, f"no decision has {', '.join(absent)[:200]}")
    baseline = baselines.loaded(registered)
    database.execute(f"CREATE VIEW {BASELINE} AS FROM {baseline.database}.{BASELINE}")
    columns = ", ".join(map(identifier, ("score", *inputs)))
    rows = (
        f"SELECT decided_at, {columns} FROM {DECIDED} WHERE package = {text(package)} AND {window.holds('decided_at')}"
    )
    # Dozens of queries read it: a table, but where it would fill memory and disk.
    kind = "TABLE" if count(database, f"({rows})") <= MOST_HELD else "VIEW"
    database.execute(f"CREATE {kind} {RECENT} AS {rows}")
    ask = baseline.asking(database)
    bins = read_bins(ask, BASELINE, watched(inputs))
    return drift(asking(database), baseline=BASELINE, decisions=RECENT, window=window, bins=bins, of_baseline=ask)

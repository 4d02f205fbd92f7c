"""How far the last week's decisions have moved from the version's baseline: that warns and explains."""

# ruff: noqa: S608  # names are quoted by `sql`, which refuses the rest; paths are this module's caller's

from __future__ import annotations

from datetime import timedelta

import duckdb

from ..decisions.database import count
from ..monitors.baseline import BASELINE, watched
from ..monitors.bins import read_bins
from ..monitors.codes import MonitorError
from ..monitors.drift import drift
from ..monitors.figures import Figure
from ..monitors.sql import asking, identifier, text
from ..monitors.window import Window
from .baselines import Baselines, Registered
from .days import RunDay
from .sources import DECIDED, decided_columns

RECENT = "recent"
"""The table of decisions in the figures' definitions."""
DAYS = 7
"""A week: each day of it is another."""
MOST_HELD = 2_000_000
"""Rows that are held in a table: more are read from their files by each query."""


def measure_drift(
    database: duckdb.DuckDBPyConnection, day: RunDay, package: str, baselines: Baselines, registered: Registered
) -> tuple[Figure, ...]:
    """The figures of the score and of each input. Errors: MON-001, MON-005, MON-013 to MON-017, MON-035."""
    inputs, there = day.settings.inputs, decided_columns(database)
    absent = [name for name in inputs if name not in there]
    if absent:
        raise MonitorError("MON-035", package, f"no decision has {', '.join(absent)[:200]}")
    baseline = baselines.loaded(registered)
    database.execute(f"CREATE VIEW {BASELINE} AS FROM {baseline.database}.{BASELINE}")
    columns = ", ".join(map(identifier, ("score", *inputs)))
    window = Window(first=day.day - timedelta(days=DAYS), days=DAYS)
    rows = (
        f"SELECT decided_at, {columns} FROM {DECIDED} WHERE package = {text(package)} AND {window.holds('decided_at')}"
    )
    # Dozens of queries read it: a table, but where it would fill memory and disk.
    kind = "TABLE" if count(database, f"({rows})") <= MOST_HELD else "VIEW"
    database.execute(f"CREATE {kind} {RECENT} AS {rows}")
    ask = baseline.asking(database)
    bins = read_bins(ask, BASELINE, watched(inputs))
    return drift(asking(database), baseline=BASELINE, decisions=RECENT, window=window, bins=bins, of_baseline=ask)

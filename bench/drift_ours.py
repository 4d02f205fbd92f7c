"""`python -m bench.drift_ours BASELINE DECISIONS`: every statistic of every column, by the code of the monitors.

As the function of the monitors reads what is too large for a table: from the files, by each statement.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from bench.columns import COLUMNS, WINDOW
from bench.taken import told
from mlops_stages.runtime.monitors.bins import read_bins
from mlops_stages.runtime.monitors.drift import drift
from mlops_stages.runtime.monitors.figures import Figure
from mlops_stages.runtime.monitors.sql import asking

MEMORY = "512MB"
"""The most that DuckDB may take."""


def measured(baseline: Path, decisions: Path) -> tuple[Figure, ...]:
    """The figures."""
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute(f"SET temp_directory = '{decisions.parent}'")
        for name, path in (("baseline", baseline), ("decisions", decisions)):
            database.execute(f"CREATE VIEW {name} AS FROM '{path}'")
        ask = asking(database)
        bins = read_bins(ask, "baseline", COLUMNS)
        return drift(ask, baseline="baseline", decisions="decisions", window=WINDOW, bins=bins)


if __name__ == "__main__":
    told(lambda: measured(*map(Path, sys.argv[1:])))

"""Columns of a baseline and of decisions, and their figures."""

from __future__ import annotations

import numpy as np

from mlops_stages.runtime.monitors.bins import Columns, read_bins
from mlops_stages.runtime.monitors.drift import drift
from mlops_stages.runtime.monitors.figures import Figure
from mlops_stages.runtime.monitors.sql import Ask, asking
from tests.runtime.monitors.given import WINDOW, Array, Scored, ids, load, scattered, tables


def against(columns: Columns, before: dict[str, Array], now: dict[str, Array]) -> Ask:
    """A baseline and decisions with these columns."""
    rows = len(next(iter(now.values())))
    scores = now.get("score", np.full(rows, 0.5))
    more = {name: values for name, values in now.items() if name != "score"}
    connection = tables(Scored(scores, np.zeros(rows), scattered(rows), more))
    load(connection, "baseline", {"decision_id": ids(len(next(iter(before.values())))), **before})
    assert set(now) == {*columns.numbers, *columns.categories}
    return asking(connection)


def figures(ask: Ask, columns: Columns) -> dict[tuple[str, str], Figure]:
    bins = read_bins(ask, "baseline", columns)
    found = drift(ask, baseline="baseline", decisions="decisions", window=WINDOW, bins=bins)
    return {(figure.of, figure.name): figure for figure in found}


def of_number(before: list[float], now: list[float]) -> dict[str, Figure]:
    """The figures of one number column."""
    columns = Columns(numbers=("x",))
    ask = against(columns, {"x": np.array(before, float)}, {"x": np.array(now, float)})
    return {name: figure for (_, name), figure in figures(ask, columns).items()}


def of_category(before: list[str | None], now: list[str | None]) -> dict[str, Figure]:
    """The figures of one category column."""
    columns = Columns(numbers=(), categories=("k",))
    ask = against(columns, {"k": np.array(before, object)}, {"k": np.array(now, object)})
    return {name: figure for (_, name), figure in figures(ask, columns).items()}

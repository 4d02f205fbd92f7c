"""Cells have the order of the values, are the same in SQL and in Python, and narrow where the values are."""

from __future__ import annotations

import math
from itertools import pairwise

import duckdb
import numpy as np
import pytest

from mlops_stages.runtime.monitors.bins import NumberBins
from mlops_stages.runtime.monitors.cells import CELLS, Cells, cells
from mlops_stages.runtime.monitors.sql import number

_LARGEST = 1.7976931348623157e308


def bins(values: list[float]) -> NumberBins:
    edges = {float(edge) for edge in np.quantile(values, np.arange(1, 10) / 10) if math.isfinite(edge)}
    return NumberBins(column="v", edges=tuple(sorted(edges)), lowest=min(values), highest=max(values))


NORMAL = np.random.default_rng(3).normal(size=2000).tolist()
COLUMNS = {
    "smooth": NORMAL,
    "skewed": [math.exp(3 * each) for each in NORMAL],
    "an outlier": [*NORMAL, 1e300],
    "two heaps": [*NORMAL, *(1e9 + each for each in NORMAL)],
    "few values": [0.0, 1.0, 2.0] * 5,
    "constant": [7.0] * 3,
    "tiny": [5e-324, 1e-323, 3e-323],
    "as far apart as numbers are": [-_LARGEST, -1.0, 0.0, 1.0, _LARGEST],
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_cells_have_the_order_of_the_values_and_are_those_of_sql(name: str) -> None:
    of = bins(COLUMNS[name])
    bounds = [each for each in (of.lowest, *of.edges, of.highest) if each is not None]
    near = [math.nextafter(each, way) for each in bounds for way in (-math.inf, math.inf)]
    values = sorted({*COLUMNS[name], *bounds, *filter(math.isfinite, near), -_LARGEST, _LARGEST, 0.0, -1.0})
    found = in_sql(cells(of), values)
    assert found == [cells(of).of(value) for value in values]
    assert all(one <= other for one, other in pairwise(found))


def in_sql(of: Cells, values: list[float]) -> list[int]:
    listed = ", ".join(f"({place}, {number(value)})" for place, value in enumerate(values))
    statement = f"SELECT {of.of_row()} FROM (VALUES {listed}) AS t(place, v) ORDER BY place"
    return [cell for (cell,) in duckdb.execute(statement).fetchall()]


@pytest.mark.parametrize(("name", "pieces"), [("smooth", 1), ("an outlier", 2), ("two heaps", 3), ("constant", 0)])
def test_bins_of_about_the_same_width_share_a_piece(name: str, pieces: int) -> None:
    assert len(cells(bins(COLUMNS[name])).pieces) == pieces


@pytest.mark.parametrize("name", ["smooth", "skewed", "two heaps"])
def test_no_cell_has_many_values(name: str) -> None:
    of = cells(bins(COLUMNS[name]))
    _, counts = np.unique([of.of(value) for value in COLUMNS[name]], return_counts=True)
    assert counts.max() < len(COLUMNS[name]) / 8


def test_there_are_no_more_cells_than_declared_but_one_for_each_piece() -> None:
    for values in COLUMNS.values():
        of = cells(bins(values))
        assert of.of(_LARGEST) <= CELLS + len(of.pieces) + 1


def test_a_column_without_values_has_one_cell() -> None:
    of = cells(NumberBins(column="v"))
    assert (of.of_row(), of.of(5.0)) == ("0", 0)

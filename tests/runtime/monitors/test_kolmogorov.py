"""The exact statistic and the counts by bin against scipy and numpy, with most values inside one cell."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from mlops_stages.runtime.monitors import cells, kolmogorov
from mlops_stages.runtime.monitors.bins import NumberBins
from tests.runtime.monitors.columns import of_number
from tests.runtime.monitors.test_drift import expected

stats: Any = importlib.import_module("scipy.stats")


@pytest.mark.parametrize("width", [10, 40, 16_384])
@pytest.mark.parametrize("listed", [2, 1000])
def test_the_figures_are_exact_however_wide_the_cells_and_many_are_sorted(
    width: int, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "CELLS", width)
    monkeypatch.setattr(kolmogorov, "_MOST_LISTED", listed)
    source = np.random.default_rng(5)
    for size, shift in ((2, 0), (10, 0.1), (200, 0.2), (200, -0.2), (1000, 0)):
        before, now = source.normal(size=size).round(2), source.normal(shift, 1.2, size=size + 3).round(2)
        found = of_number(before.tolist(), now.tolist())
        assert found["ks"].value == pytest.approx(stats.ks_2samp(before, now, method="asymp").statistic, abs=1e-15)
        wanted = expected(before, now)
        assert {name: found[name].value for name in wanted} == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(("before", "now"), [([4.0, 5.0], [1.0, 2.0, 5.0]), ([1.0, 2.0, 5.0], [4.0, 5.0])])
def test_a_difference_that_no_cells_end_shows_is_found_on_either_side(
    before: list[float], now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_cell(bins: NumberBins) -> cells.Cells:
        return cells.Cells(bins.column, None, ())

    monkeypatch.setattr(kolmogorov, "cells", one_cell)
    assert of_number(before, now)["ks"].value == pytest.approx(2 / 3)

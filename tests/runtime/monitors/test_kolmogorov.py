"""The exact statistic against scipy, with cells so wide that most values are inside one."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from mlops_stages.runtime.monitors import kolmogorov
from mlops_stages.runtime.monitors.bins import NumberBins
from tests.runtime.monitors.columns import of_number

stats: Any = importlib.import_module("scipy.stats")


@pytest.mark.parametrize("cells", [10, 40, 16_384])
@pytest.mark.parametrize("listed", [2, 1000])
def test_the_statistic_is_exact_however_wide_the_cells_and_many_are_sorted(
    cells: int, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kolmogorov, "CELLS", cells)
    monkeypatch.setattr(kolmogorov, "_MOST_LISTED", listed)
    source = np.random.default_rng(5)
    for size, shift in ((2, 0), (10, 0.1), (200, 0.2), (200, -0.2), (1000, 0)):
        before, now = source.normal(size=size).round(2), source.normal(shift, 1.2, size=size + 3).round(2)
        assert of_number(before.tolist(), now.tolist())["ks"].value == pytest.approx(
            stats.ks_2samp(before, now, method="asymp").statistic, abs=1e-15
        )


@pytest.mark.parametrize(("before", "now"), [([4.0, 5.0], [1.0, 2.0, 5.0]), ([1.0, 2.0, 5.0], [4.0, 5.0])])
def test_a_difference_that_no_cells_end_shows_is_found_on_either_side(
    before: list[float], now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_cell(_: NumberBins) -> str:
        return "0"

    monkeypatch.setattr(kolmogorov, "cell", one_cell)
    assert of_number(before, now)["ks"].value == pytest.approx(2 / 3)

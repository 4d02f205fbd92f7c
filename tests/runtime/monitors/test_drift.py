"""Drift against scipy and numpy on the same bins, on real data and on odd columns."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np
import pytest

from mlops_stages.runtime.monitors.bins import CategoryBins, Columns, NumberBins, read_bins
from mlops_stages.runtime.monitors.codes import MonitorError
from mlops_stages.runtime.monitors.drift import divergence, psi
from mlops_stages.runtime.monitors.sql import asking
from tests.runtime.monitors.columns import against, figures, of_category, of_number
from tests.runtime.monitors.given import (
    Array,
    breast_cancer,
    datasets,
    diabetes,
    digits,
    few,
    tables,
)

EXACT = 1e-9
stats: Any = importlib.import_module("scipy.stats")
distance: Any = importlib.import_module("scipy.spatial.distance")


def expected(before: Array, now: Array) -> dict[str, float]:
    """By numpy and scipy: deciles as edges, missing values in a bin of their own, a half added to each count."""
    there = before[~np.isnan(before)]
    edges: Array = np.unique(np.quantile(there, np.arange(1, 10) / 10))

    def shares(values: Array) -> Array:
        finite = values[~np.isnan(values)]
        counts: Array = [*np.bincount(edges.searchsorted(finite, side="right"), minlength=len(edges) + 1)]
        smoothed = np.array([*counts, len(values) - len(finite)]) + 0.5
        return smoothed / smoothed.sum()

    e, a = shares(before), shares(now)
    return {
        "psi": float(((a - e) * np.log(a / e)).sum()),
        "js_divergence": float(distance.jensenshannon(e, a, base=2) ** 2),
        "ks": float(stats.ks_2samp(there, now[~np.isnan(now)], method="asymp" if len(now) > 5 else "exact").statistic),
        "missing_share": float(np.isnan(now).mean()),
    }


def real() -> list[tuple[str, Array, Array]]:
    """Columns of real data, of two parts that differ: smooth, skewed, with few values, nearly constant, incomplete."""
    cancer, malign = datasets.load_breast_cancer(return_X_y=True)
    sugar = datasets.load_diabetes(scaled=False).data
    pixels = datasets.load_digits().data
    gaps = np.where(cancer[:, 1] > 24, np.nan, cancer[:, 1])
    scores = [scored.scores for scored in (breast_cancer(), digits(), diabetes())]
    return [
        ("smooth", cancer[malign == 0, 0], cancer[malign == 1, 0]),
        ("skewed", cancer[::2, 13], cancer[1::2, 13] * 1.1),
        ("two values", sugar[:200, 1], sugar[200:, 1]),
        ("whole numbers", sugar[:200, 0], sugar[200:, 0]),
        ("nearly always 0", pixels[:900, 8], pixels[900:, 8]),
        ("incomplete", gaps[:300], gaps[300:]),
        *((f"scores {place}", each[::2], each[1::3]) for place, each in enumerate(scores)),
    ]


@pytest.mark.parametrize(("before", "now"), [pytest.param(b, n, id=name) for name, b, n in real()])
def test_a_numbers_figures_are_those_of_numpy_and_scipy(before: Array, now: Array) -> None:
    found = of_number(before.tolist(), now.tolist())
    assert {name: figure.value for name, figure in found.items()} == pytest.approx(expected(before, now), abs=EXACT)
    assert found["psi"].rows == len(now)
    assert found["ks"].rows == (~np.isnan(now)).sum()


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param([5.0] * 20, [5.0] * 7, id="constant"),
        pytest.param([5.0] * 20, [5.0, 6.0, 4.0], id="constant before"),
        pytest.param([1.0, 2.0, 3.0], [2.0] * 9, id="constant now"),
        pytest.param([0.0] * 50 + [1.0], [0.0] * 9 + [1.0], id="nearly constant"),
        pytest.param([7.0], [7.0], id="one row"),
        pytest.param([1.0, 2.0], [1.5], id="two rows"),
        pytest.param([*map(float, range(11))], [*map(float, range(11))], id="each value on an edge"),
        pytest.param([*map(float, range(100))], [*map(float, range(100, 200))], id="above all"),
        pytest.param([*map(float, range(100))], [*map(float, range(-200, -100))], id="below all"),
        pytest.param([1e-300, 2e-300, 3e-300, 5e-324], [2e-300, 4e-300], id="tiny"),
        pytest.param([-1.7e308, 1.7e308, 0.0, 1.0], [1.0, 1.6e308, -1.6e308], id="as far apart as numbers are"),
        pytest.param([-1.7e308, 1.7e308], [-1.7e308, 0.0, 1.7e308], id="two numbers that far apart"),
        pytest.param([*np.linspace(0, 1, 50), 1e12], [*np.linspace(0.1, 1, 50), 1e13], id="an outlier"),
        pytest.param([-0.0, 0.0, 1.0], [0.0, 0.0, -0.0], id="two zeros"),
        pytest.param([math.nan, 1.0, 2.0], [1.0, math.nan, math.nan], id="missing"),
    ],
)
def test_odd_columns_have_the_same_figures_too(before: list[float], now: list[float]) -> None:
    with np.errstate(over="ignore"):  # numpy's own interpolation
        wanted = expected(np.array(before), np.array(now))
    found = {name: figure.value for name, figure in of_number(before, now).items()}
    if "inf" in str(wanted) or max(map(abs, before)) > 1e300:
        wanted = {"ks": wanted["ks"]}  # whose deciles overflow in numpy
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=EXACT)


def test_a_constant_that_moves_up_is_seen_by_the_exact_statistic_alone() -> None:
    found = of_number([5.0] * 20, [7.0] * 20)
    assert found["psi"].value == 0
    assert found["ks"].value == 1


@pytest.mark.parametrize(
    ("before", "now", "missing", "why"),
    [
        pytest.param([math.nan] * 5, [1.0, 2.0], 0, "the window or the baseline has no value", id="before"),
        pytest.param([1.0, 2.0], [math.nan] * 5, 1, "the window or the baseline has no value", id="now"),
    ],
)
def test_a_column_that_is_all_missing_has_no_distribution(
    before: list[float], now: list[float], missing: float, why: str
) -> None:
    found = of_number(before, now)
    assert (found["ks"].value, found["ks"].why) == (None, why)
    assert found["missing_share"].value == missing
    assert (found["psi"].value or 0) > 0.5


def test_nan_and_infinite_numbers_are_missing() -> None:
    columns = Columns(numbers=("x",))
    connection = tables(few([0.5] * 4, [0] * 4))
    connection.execute("CREATE TABLE baseline AS SELECT 1e0 AS x")
    connection.execute("ALTER TABLE decisions ADD COLUMN x DOUBLE")
    for number, value in enumerate(("nan", "inf", "-inf", "1")):
        connection.execute(f"UPDATE decisions SET x = '{value}' WHERE decision_id = 'd00000{number}'")
    found = figures(asking(connection), columns)
    assert found["x", "missing_share"].value == 0.75
    assert (found["x", "ks"].value, found["x", "ks"].rows) == (0, 1)


def test_a_window_without_rows_has_no_figures() -> None:
    columns = Columns(numbers=("score",))
    connection = tables(few([0.5], [0], [28]))
    connection.execute("CREATE TABLE baseline AS SELECT 0.5e0 AS score")
    for figure in figures(asking(connection), columns).values():
        assert (figure.value, figure.rows) == (None, 0)
        assert figure.why


def test_a_baseline_without_rows_has_no_figures() -> None:
    columns = Columns(numbers=("score",), categories=("k",))
    connection = tables(few([0.5], [0]))
    connection.execute("ALTER TABLE decisions ADD COLUMN k VARCHAR")
    connection.execute("CREATE TABLE baseline (score DOUBLE, k VARCHAR)")
    found = figures(asking(connection), columns)
    assert found["score", "psi"].value is None
    assert found["k", "psi"].value is None


def test_a_categorys_bins_are_the_baselines_values_one_for_new_ones_and_one_for_missing_ones() -> None:
    before: list[str | None] = ["a"] * 6 + ["b"] * 3 + [None]
    now: list[str | None] = ["a"] * 2 + ["c", "d", "new", "'; DROP TABLE baseline; --"] + [None] * 2
    found = of_category(before, now)
    e = np.array([6, 3, 0, 1]) + 0.5
    a = np.array([2, 0, 4, 2]) + 0.5
    e, a = e / e.sum(), a / a.sum()
    assert found["psi"].value == pytest.approx(float(((a - e) * np.log(a / e)).sum()), abs=EXACT)
    assert found["js_divergence"].value == pytest.approx(float(distance.jensenshannon(e, a, base=2) ** 2), abs=EXACT)
    assert (found["new_share"].value, found["missing_share"].value) == (0.5, 0.25)
    assert "ks" not in found


def test_values_of_a_baseline_are_quoted_whatever_they_are() -> None:
    hostile: list[str | None] = [
        "'",
        "''",
        '"',
        "\\",
        "--",
        "/*",
        ";",
        "new",
        "new+",
        "",
        " ",
        "Ünï",
        "😀",
        "a\nb",
        "\t",
    ]
    found = of_category(hostile, [*hostile, "other"])
    assert found["new_share"].value == pytest.approx(1 / 16)
    assert found["missing_share"].value == 0
    assert CategoryBins(column="k", values=("new", "new+")).new == "new++"


def test_categories_that_are_all_missing_before_are_all_new() -> None:
    found = of_category([None, None], ["a", "b", None, None])
    assert (found["new_share"].value, found["missing_share"].value) == (0.5, 0.5)


def test_a_category_with_too_many_values_is_refused() -> None:
    with pytest.raises(MonitorError, match="MON-013 k: it has more than 1000 values in baseline"):
        of_category([f"tail {number}" for number in range(1001)], ["tail 1"])
    assert of_category([f"tail {number}" for number in range(1000)], ["tail 1"])["new_share"].value == 0


def test_more_columns_than_one_statement_takes_are_all_there() -> None:
    source = np.random.default_rng(2)
    numbers, categories = tuple(f"n{place}" for place in range(35)), tuple(f"k{place}" for place in range(35))
    values = {name: source.normal(size=40) for name in numbers}
    values |= {name: np.array(["a", "b", None, "c"] * 10, dtype=object) for name in categories}
    columns = Columns(numbers=numbers, categories=categories)
    found = figures(against(columns, values, {name: values[name][:20] for name in values}), columns)
    assert {of for of, _ in found} == {*numbers, *categories}
    for name in numbers:
        wanted = expected(values[name], values[name][:20])
        assert {each: found[name, each].value for each in wanted} == pytest.approx(wanted, abs=EXACT)


def test_columns_may_have_the_names_that_statements_use_inside() -> None:
    names = ("a", "b", "bin", "c0", "c1", "cell", "day", "g", "n", "p", "place", "r", "slice", "step", "v", "value")
    source = np.random.default_rng(4)
    values = {name: source.normal(size=30) for name in names}
    columns = Columns(numbers=names)
    found = figures(against(columns, values, values), columns)
    assert {of for of, _ in found} == set(names)
    assert all(figure.value == 0 for figure in found.values())


def test_a_category_may_have_such_a_name_too() -> None:
    columns = Columns(numbers=(), categories=("n", "g", "c1"))
    values = {name: np.array([name, "x"], dtype=object) for name in columns.categories}
    found = figures(against(columns, values, values), columns)
    assert all(figure.value == 0 for figure in found.values())


def test_edges_are_numpys_deciles() -> None:
    values = datasets.load_breast_cancer().data[:, 3]
    columns = Columns(numbers=("x",))
    (bins,) = read_bins(against(columns, {"x": values}, {"x": values}), "baseline", columns)
    assert isinstance(bins, NumberBins)
    assert bins.edges == pytest.approx(np.quantile(values, np.arange(1, 10) / 10).tolist(), rel=1e-15)
    assert (bins.lowest, bins.highest) == (values.min(), values.max())


def test_shares_that_are_the_same_have_no_distance() -> None:
    assert psi([1, 2, 3], [1, 2, 3]) == divergence([1, 2, 3], [1, 2, 3]) == 0
    assert divergence([10**9, 0], [0, 10**9]) == pytest.approx(1, abs=1e-7)


def test_the_definitions_say_bins_smoothing_and_baseline() -> None:
    found = of_number([1.0, 2.0], [1.0])
    assert found["psi"].definition == (
        "population stability index, natural logarithm: bins end at the baseline's deciles (interpolated linearly; a "
        "value on an edge is in the upper bin), one for missing values; 0.5 added to each bin's count; decisions of "
        "decisions from 2026-10-01 to 2026-10-28 against all rows of baseline; no interval"
    )

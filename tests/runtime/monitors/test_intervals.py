"""Intervals, against an independent resampling of rows by whole days, and AUC under weights against scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from mlops_stages.runtime.monitors.bootstrap import draws, interval
from mlops_stages.runtime.monitors.codes import MonitorError
from mlops_stages.runtime.monitors.figures import Figure, lies_outside
from mlops_stages.runtime.monitors.judgement import judge
from mlops_stages.runtime.monitors.metrics import metrics
from mlops_stages.runtime.monitors.quality import quality
from mlops_stages.runtime.monitors.quantiles import between, quantile
from mlops_stages.runtime.monitors.rows import Kind
from mlops_stages.runtime.monitors.sql import asking
from mlops_stages.runtime.monitors.window import Window
from tests.runtime.monitors.given import (
    FIRST,
    Array,
    Scored,
    asked,
    breast_cancer,
    diabetes,
    digits,
    evaluation,
    few,
    judges,
    named,
    tables,
)


def ranked_auc(scores: Array, labels: Array) -> float:
    """From mid-ranks, by numpy alone."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = labels.sum()
    return float(
        (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * (len(values[inverse]) - positives))
    )


def calibration_error(scores: Array, labels: Array) -> float:
    bins = np.minimum((scores * 10).astype(int), 9)
    gaps = np.bincount(bins, scores - labels, 10)
    return float(abs(gaps).sum() / len(scores))


def determination(scores: Array, labels: Array) -> float:
    return float(1 - ((scores - labels) ** 2).sum() / ((labels - labels.mean()) ** 2).sum())


CLASSIFIER: dict[str, Callable[[Array, Array], float]] = {
    "calibration_ratio": lambda scores, labels: scores.sum() / labels.sum(),
    "auc": ranked_auc,
    "log_loss": lambda s, y: float(-(y * np.log(s) + (1 - y) * np.log(1 - s)).mean()),
    "ece": calibration_error,
    "precision": lambda scores, labels: labels[scores >= 0.5].mean(),
}
REGRESSION: dict[str, Callable[[Array, Array], float]] = {
    "rmse": lambda scores, labels: math.sqrt(((scores - labels) ** 2).mean()),
    "r2": determination,
}


def resampled(scored: Scored, values: dict[str, Callable[[Array, Array], float]]) -> dict[str, tuple[float, float]]:
    """The intervals from rows copied day by day, as often as each day was drawn."""
    source = np.random.default_rng(7)
    rows: list[Array] = [np.flatnonzero(scored.days == day) for day in np.unique(scored.days)]
    drawn: dict[str, list[float]] = {name: [] for name in values}
    for _ in range(2000):
        chosen: Array = np.concatenate([rows[day] for day in source.integers(len(rows), size=len(rows))])
        for name, value in values.items():
            drawn[name].append(value(scored.scores[chosen], scored.labels[chosen]))
    return {name: (float(np.quantile(of, 0.025)), float(np.quantile(of, 0.975))) for name, of in drawn.items()}


@pytest.mark.parametrize(
    ("kind", "scored", "values"),
    [("classifier", breast_cancer(), CLASSIFIER), ("regression", diabetes(), REGRESSION)],
    ids=["classifier", "regression"],
)
def test_intervals_are_those_of_rows_resampled_by_whole_days(
    kind: Kind, scored: Scored, values: dict[str, Callable[[Array, Array], float]]
) -> None:
    found = named(quality(asked(scored), evaluation(kind), list(values)))
    for name, (low, high) in resampled(scored, values).items():
        # Two sets of 2000 draws: the quantiles of each stray by 2 % of the interval's width.
        assert (found[name].low, found[name].high) == pytest.approx((low, high), abs=0.1 * (high - low)), name


@pytest.mark.parametrize("scored", [breast_cancer(), digits()], ids=["breast cancer", "digits, with ties"])
def test_auc_under_weights_of_days_is_scikit_learns_weighted_auc(scored: Scored) -> None:
    judgement = judge(asked(scored), evaluation(), metrics("classifier", ["auc"]))
    days = len(judgement.sums.days)
    value = judgement.pairs[None].auc
    source = np.random.default_rng(3)
    numbers: Array = np.unique(scored.days)
    present = numbers.searchsorted(scored.days)
    for weights in [np.ones(days), np.arange(days), *source.integers(0, 4, (4, days)), source.random(days)]:
        expected = judges.roc_auc_score(scored.labels, scored.scores, sample_weight=weights[present])
        assert value(weights.tolist()) == pytest.approx(expected, abs=1e-9)
    assert value([0] * days) is None


def test_the_same_window_of_the_same_model_has_the_same_interval() -> None:
    one, again = (quality(asked(digits()), evaluation()) for _ in range(2))
    assert one == again
    draws.cache_clear()
    assert quality(asked(digits()), evaluation()) == one
    other = quality(asked(digits()), replace(evaluation(), model="other"))
    assert [figure.value for figure in other] == [figure.value for figure in one]
    assert [figure.low for figure in other] != [figure.low for figure in one]


@pytest.mark.parametrize(
    ("kind", "scored"), [("classifier", digits()), ("regression", diabetes())], ids=["classifier", "regression"]
)
def test_the_same_rows_on_other_days_have_the_same_figures_to_the_last_digit(kind: Kind, scored: Scored) -> None:
    connection = tables(scored)
    ask = asking(connection)
    found = quality(ask, evaluation(kind))
    connection.execute("UPDATE decisions SET decided_at = decided_at + INTERVAL 45 DAY")
    window = Window(first=FIRST + timedelta(days=45), days=28)
    shifted = quality(ask, replace(evaluation(kind), window=window))
    assert [(each.value, each.low, each.high) for each in shifted] == [
        (each.value, each.low, each.high) for each in found
    ]


def test_a_classifiers_figures_do_not_depend_on_the_order_of_rows() -> None:
    connection = tables(breast_cancer())
    ask = asking(connection)
    found = quality(ask, evaluation())
    for order in ("score DESC", "md5(decision_id)"):
        connection.execute(f"CREATE OR REPLACE TABLE decisions AS FROM decisions ORDER BY {order}")
        assert quality(ask, evaluation()) == found


def test_draws_are_those_of_their_seed_on_every_machine() -> None:
    assert draws(5, "late-arrival")[:3] == ((2, 1, 0, 1, 1), (0, 1, 2, 2, 0), (1, 0, 2, 1, 1))
    assert all(sum(weights) == 5 for weights in draws(5, "any"))
    assert len(set(draws(28, "any"))) > 1990


def test_a_quantile_is_numpys() -> None:
    values = sorted(np.random.default_rng(1).random(2000).tolist())
    for share in (0, 0.025, 0.5, 0.975, 1):
        assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)), abs=1e-15)
    assert between(0.1, 0.1, 0.3) == 0.1
    assert between(-1.7e308, 1.7e308, 0.5) == 0


def test_draws_without_a_value_leave_no_interval_where_they_are_many() -> None:
    found = interval(lambda weights: weights[0] or None, 5, "seed")
    assert (found.low, found.high) == (None, None)
    assert found.why is not None
    assert found.why.startswith("no interval: 6")  # a day of five is not drawn in a third of the draws


def test_one_positive_day_of_many_has_a_ratio_and_no_interval() -> None:
    scored = few([0.5] * 20, [1.0] + [0.0] * 19)
    (ratio,) = quality(asked(scored), evaluation(), ["calibration_ratio"])
    assert ratio.value == 10
    assert ratio.low is None
    assert "draws have no value" in (ratio.why or "")


def ratio(low: float | None, high: float | None) -> Figure:
    return Figure(name="calibration_ratio", of="m", value=1.5, low=low, high=high, rows=9, definition="")


@pytest.mark.parametrize(
    ("low", "high", "outside"),
    [
        pytest.param(1.33, 2.18, True, id="wholly above"),
        pytest.param(0.71, 0.85, True, id="wholly below"),
        pytest.param(0.84, 1.16, False, id="around 1"),
        pytest.param(1.10, 1.90, False, id="partly above"),
        pytest.param(1.15, 1.90, False, id="on the bound"),
        pytest.param(None, None, None, id="no interval: nothing is known"),
    ],
)
def test_an_interval_is_outside_the_margin_or_not(low: float | None, high: float | None, outside: bool | None) -> None:
    assert lies_outside(ratio(low, high), 0.15) is outside


@pytest.mark.parametrize("margin", [0, -0.1, math.nan, math.inf])
def test_a_margin_is_a_number_above_0(margin: float) -> None:
    with pytest.raises(MonitorError, match="MON-007"):
        lies_outside(ratio(1, 2), margin)


@pytest.mark.parametrize("days", [0, -1, 101])
def test_a_window_has_1_to_100_days(days: int) -> None:
    with pytest.raises(MonitorError, match="MON-003"):
        Window(first=FIRST, days=days)

"""Metrics of a model, against scikit-learn on the same rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlops_stages.runtime.monitors.codes import MonitorError
from mlops_stages.runtime.monitors.figures import Figure
from mlops_stages.runtime.monitors.quality import quality
from mlops_stages.runtime.monitors.rows import Kind
from mlops_stages.runtime.monitors.sql import asking
from tests.runtime.monitors.given import (
    Array,
    Scored,
    asked,
    breast_cancer,
    calibration,
    diabetes,
    digits,
    evaluation,
    few,
    judges,
    named,
    tables,
)

EXACT = 1e-9


def figures_of(scored: Scored, kind: Kind = "classifier") -> dict[str, Figure]:
    return named(quality(asked(scored), evaluation(kind)))


def expected_calibration_error(labels: Array, scores: Array) -> float:
    """By scikit-learn's curve, which leaves out empty bins; its weights have to be counted apart."""
    observed, predicted = calibration.calibration_curve(labels, scores, n_bins=10)
    counts = np.bincount(np.minimum((scores * 10).astype(int), 9), minlength=10)
    counts = counts[counts > 0]
    return float((counts * abs(observed - predicted)).sum() / counts.sum())


@pytest.mark.parametrize("scored", [breast_cancer(), digits()], ids=["breast cancer", "digits, with ties"])
def test_a_classifiers_metrics_are_those_of_scikit_learn(scored: Scored) -> None:
    found = figures_of(scored)
    labels, scores, predicted = scored.labels, scored.scores, scored.scores >= 0.5
    clipped = np.clip(scores, 1e-15, 1 - 1e-15)  # scikit-learn's own limit depends on the type of number
    expected = {
        "calibration_ratio": scores.sum() / labels.sum(),
        "auc": judges.roc_auc_score(labels, scores),
        "log_loss": judges.log_loss(labels, clipped),
        "brier": judges.brier_score_loss(labels, scores),
        "accuracy": judges.accuracy_score(labels, predicted),
        "f1": judges.f1_score(labels, predicted),
        "precision": judges.precision_score(labels, predicted),
        "recall": judges.recall_score(labels, predicted),
    }
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=EXACT)
    assert set(found) == {*expected, "ece"}
    assert all(figure.rows == len(labels) for figure in found.values())
    assert all(
        figure.low is not None and figure.high is not None and figure.low < figure.high for figure in found.values()
    )


def test_the_calibration_error_is_that_of_scikit_learns_curve() -> None:
    scored = breast_cancer()
    assert figures_of(scored)["ece"].value == pytest.approx(
        expected_calibration_error(scored.labels, scored.scores), abs=EXACT
    )


def test_a_regressions_metrics_are_those_of_scikit_learn() -> None:
    scored = diabetes()
    found = figures_of(scored, "regression")
    expected = {
        "calibration_ratio": scored.scores.sum() / scored.labels.sum(),
        "rmse": math.sqrt(judges.mean_squared_error(scored.labels, scored.scores)),
        "mae": judges.mean_absolute_error(scored.labels, scored.scores),
        "r2": judges.r2_score(scored.labels, scored.scores),
    }
    assert {name: figure.value for name, figure in found.items()} == pytest.approx(expected, abs=EXACT)


def test_labels_far_from_0_keep_their_variance() -> None:
    scored = diabetes()
    far = Scored(scored.scores + 1e9, scored.labels + 1e9, scored.days)
    assert figures_of(far, "regression")["r2"].value == pytest.approx(
        judges.r2_score(scored.labels, scored.scores), abs=1e-6
    )


def test_scores_of_0_and_1_count_and_a_score_on_an_edge_is_in_the_upper_bin() -> None:
    found = figures_of(few([0.0, 1.0, 0.0, 1.0, 0.1, 0.5], [0, 1, 1, 0, 0, 1]))
    wrong, edge, half = -math.log(1e-15), -math.log(0.9), math.log(2)
    # 1 - 1e-15 is a number with 1e-15 of rounding in it: what is right costs next to nothing.
    assert found["log_loss"].value == pytest.approx((2 * wrong + edge + half) / 6, abs=EXACT)
    # Bins 0 (two rows, 0 against 1/2), 1 (0.1 against 0), 5 (0.5 against 1), 9 (1 against 1/2)
    assert found["ece"].value == pytest.approx((1 + 0.1 + 0.5 + 1) / 6, abs=EXACT)
    assert found["recall"].value == pytest.approx(2 / 3, abs=EXACT)  # 0.5 predicts class 1


def test_equal_scores_have_an_auc_of_a_half() -> None:
    assert figures_of(few([0.3] * 10, [0, 1] * 5))["auc"].value == 0.5


def test_without_a_positive_label_it_says_why_there_is_no_ratio() -> None:
    found = figures_of(few([0.2] * 10, [0] * 10))
    missing = {name: figure.why for name, figure in found.items() if figure.value is None}
    assert missing == {
        "calibration_ratio": "the labels sum to 0 or less",
        "auc": "there are no pairs: the labels are all positive or all negative",
        "f1": "neither a label nor a prediction is positive",
        "precision": "no prediction is positive",
        "recall": "no label is positive",
    }
    assert found["brier"].value == pytest.approx(0.04, abs=EXACT)


def test_labels_that_sum_to_less_than_0_have_no_ratio() -> None:
    (ratio,) = quality(asked(few([1.0, 2.0], [-3.0, 1.0])), evaluation("regression"), ["calibration_ratio"])
    assert (ratio.value, ratio.why) == (None, "the labels sum to 0 or less")


def test_equal_labels_leave_nothing_to_explain() -> None:
    found = figures_of(few([1.0, 2.0, 3.0], [0.1, 0.1, 0.1]), "regression")
    assert (found["r2"].value, found["r2"].why) == (None, "all labels are equal")


def test_one_day_has_values_and_no_interval() -> None:
    found = figures_of(few([0.1, 0.9, 0.6], [0, 1, 0], [3, 3, 3]))
    assert found["auc"].value == 1
    assert (found["auc"].low, found["auc"].high) == (None, None)
    assert found["auc"].why == "no interval: 1 days have rows, at least 5 are needed"


@pytest.mark.parametrize("kind", ["classifier", "regression"])
def test_a_window_without_rows_says_so(kind: Kind) -> None:
    outside = few([0.1, 0.9, 0.5], [0, 1, 1], [28, 28, -1])  # the first moment after it, the last before
    assert outside.times()[[0, 2]].astype(str).tolist() == ["2026-10-29T00:00:00.000000", "2026-09-30T23:59:59.999999"]
    for figure in figures_of(outside, kind).values():
        assert (figure.value, figure.low, figure.high, figure.rows) == (None, None, None, 0)
        assert figure.why == "no decision of the window has a score and a label"


def test_the_windows_first_and_last_moments_are_in_it() -> None:
    scored = few([0.1, 0.9, 0.2], [0, 1, 0], [0, 14, 27])
    assert scored.times()[2] == np.datetime64("2026-10-28T23:59:59.999999")
    assert figures_of(scored)["auc"].rows == 3


def test_rows_without_a_number_do_not_count() -> None:
    connection = tables(few([0.1, 0.9, 0.2, 0.3, 0.4, 0.5], [0, 1, 0, 1, 1, 1]))
    connection.execute("UPDATE decisions SET score = NULL WHERE decision_id = 'd000000'")
    connection.execute("UPDATE decisions SET score = 'nan' WHERE decision_id = 'd000002'")
    connection.execute("UPDATE decisions SET score = 'inf' WHERE decision_id = 'd000003'")
    connection.execute("UPDATE labels SET label = NULL WHERE decision_id = 'd000004'")
    connection.execute("DELETE FROM labels WHERE decision_id = 'd000005'")
    (brier,) = quality(asking(connection), evaluation(), ["brier"])
    assert (brier.rows, brier.value) == (1, pytest.approx(0.01, abs=EXACT))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("INSERT INTO labels VALUES ('d000000', 1)", "MON-010"),
        ("INSERT INTO decisions FROM decisions LIMIT 1", "MON-010"),
        ("UPDATE labels SET label = 2", "MON-011"),
        ("UPDATE decisions SET score = -0.1", "MON-012"),
        ("UPDATE decisions SET score = 1.1", "MON-012"),
    ],
)
def test_rows_that_would_give_a_wrong_figure_are_refused(change: str, code: str) -> None:
    connection = tables(few([0.1, 0.9], [0, 1]))
    connection.execute(change)
    with pytest.raises(MonitorError) as refused:
        quality(asking(connection), evaluation())
    assert refused.value.code == code


@pytest.mark.parametrize(("kind", "name"), [("classifier", "rmse"), ("regression", "auc"), ("classifier", "x'--")])
def test_a_metric_of_another_kind_is_refused(kind: Kind, name: str) -> None:
    with pytest.raises(MonitorError, match="MON-004"):
        quality(lambda _: [], evaluation(kind), [name])


def test_a_definition_leaves_nothing_implicit() -> None:
    (found,) = quality(asked(breast_cancer()), evaluation(), ["calibration_ratio"])
    assert found.definition == (
        "sum of scores divided by sum of labels, over decisions of late-arrival from 2026-10-01 to 2026-10-28 that "
        "have a finite score and a label; 95 % interval from percentiles 2.5 and 97.5 (interpolated linearly) of 2000 "
        "draws, with replacement, of whole days from the 27 days that have rows, by their order, seed "
        "'late-arrival'"
    )

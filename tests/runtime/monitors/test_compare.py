"""A challenger against the champion on the same rows, and quality by slice."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pytest

from mlops_stages.runtime.monitors.codes import MonitorError
from mlops_stages.runtime.monitors.quality import by_slice, challenger_quality, compare, quality
from mlops_stages.runtime.monitors.sql import asking
from tests.runtime.monitors.given import (
    Scored,
    asked,
    breast_cancer,
    diabetes,
    evaluation,
    ids,
    judges,
    load,
    named,
    tables,
)

EXACT = 1e-9


def with_challenger(scored: Scored, scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> duckdb.DuckDBPyConnection:
    """The table `shadow`, which lacks the first ten rows of the champion's and has other times."""
    connection = tables(scored)
    rows = len(scores)
    times = np.full(rows - 10, np.datetime64("2020-01-01", "us"))
    load(connection, "shadow", {"decision_id": ids(rows)[10:], "decided_at": times, "score": scores[10:]})
    return connection


def test_the_difference_is_that_of_scikit_learns_metrics_on_the_rows_of_both() -> None:
    scored = breast_cancer()
    better = (scored.scores + scored.labels) / 2
    found = named(compare(asking(with_challenger(scored, better)), evaluation(), "shadow"))
    labels, old, new = scored.labels[10:], scored.scores[10:], better[10:]
    auc, loss = found["auc_difference"], found["log_loss_difference"]
    assert auc.value == pytest.approx(judges.roc_auc_score(labels, new) - judges.roc_auc_score(labels, old), abs=EXACT)
    assert loss.value == pytest.approx(judges.log_loss(labels, new) - judges.log_loss(labels, old), abs=EXACT)
    assert loss.low is not None
    assert loss.high is not None
    assert loss.value is not None
    assert loss.low < loss.value < loss.high < 0
    assert (auc.rows, auc.of) == (559, "shadow against late-arrival")
    assert "of shadow less of decisions, by the latter's days, the same drawn for both" in auc.definition


def test_a_challengers_own_metrics_are_of_the_rows_of_both() -> None:
    scored = breast_cancer()
    other = (scored.scores + scored.labels) / 2
    (ratio,) = challenger_quality(asking(with_challenger(scored, other)), evaluation(), "shadow", ["calibration_ratio"])
    assert ratio.value == pytest.approx(other[10:].sum() / scored.labels[10:].sum(), abs=EXACT)
    assert ratio.low is not None
    assert (ratio.rows, ratio.of) == (559, "shadow")
    assert ratio.definition.startswith("sum of scores divided by sum of labels: of shadow, over decisions of")


def test_the_same_scores_differ_by_nothing_in_every_draw() -> None:
    scored = breast_cancer()
    for figure in compare(asking(with_challenger(scored, scored.scores)), evaluation(), "shadow"):
        assert (figure.value, figure.low, figure.high) == (0, 0, 0)


def test_a_regression_is_compared_too() -> None:
    scored = diabetes()
    connection = with_challenger(scored, scored.scores + 50)
    (found,) = compare(asking(connection), evaluation("regression"), "shadow", ["rmse"])
    expected = [
        judges.root_mean_squared_error(scored.labels[10:], scores[10:])
        for scores in (scored.scores + 50, scored.scores)
    ]
    assert found.value == pytest.approx(expected[0] - expected[1], abs=EXACT)


def test_a_challengers_scores_are_checked_too() -> None:
    scored = breast_cancer()
    with pytest.raises(MonitorError, match="MON-012 shadow") as refused:
        compare(asking(with_challenger(scored, scored.scores + 1)), evaluation(), "shadow")
    assert refused.value.where == "shadow"


def test_no_row_in_common_is_said() -> None:
    connection = with_challenger(breast_cancer(), breast_cancer().scores)
    connection.execute("DELETE FROM shadow")
    (found,) = compare(asking(connection), evaluation(), "shadow", ["auc"])
    assert (found.value, found.rows) == (None, 0)


CARRIERS = np.array(["AA", "it's", None, "Ünï", "few"], dtype=object)


def sliced() -> Scored:
    """Breast cancer in slices; the last has three rows."""
    scored = breast_cancer()
    places = np.arange(len(scored.scores)) % 4
    places[:3] = 4
    return replace(scored, more={"carrier": CARRIERS[places]})


@pytest.mark.parametrize("name", ["auc", "brier"])
def test_a_slices_metric_is_that_of_its_rows_alone(name: str) -> None:
    scored = sliced()
    judge = {"auc": judges.roc_auc_score, "brier": judges.brier_score_loss}[name]
    found = {figure.of: figure for figure in by_slice(asked(scored), evaluation(), "carrier", name)}
    assert len(found) == len(CARRIERS)
    for value, of in (
        (CARRIERS[0], "carrier = 'AA'"),
        (CARRIERS[1], 'carrier = "it\'s"'),
        (None, "carrier is missing"),
    ):
        rows = np.array([each == value for each in scored.more["carrier"]])
        assert found[of].value == pytest.approx(judge(scored.labels[rows], scored.scores[rows]), abs=EXACT)
        assert found[of].rows == rows.sum()
        assert found[of].low is not None


def test_slices_come_with_most_rows_first_and_few_rows_have_no_value() -> None:
    found = by_slice(asked(sliced()), evaluation(), "carrier", "recall")
    assert [figure.rows for figure in found] == sorted((figure.rows for figure in found), reverse=True)
    assert (found[-1].of, found[-1].rows, found[-1].value) == ("carrier = 'few'", 3, None)
    assert found[-1].why == "fewer than 100 rows"
    assert "slices of carrier with at least 100 rows" in found[-1].definition
    (*_, few) = by_slice(asked(sliced()), evaluation(), "carrier", "brier", fewest=3)
    assert few.value is not None


@pytest.mark.parametrize("column", ["slice", "label", "day", "d", "judged", "centre", "package"])
def test_a_slices_column_may_have_a_name_that_statements_use_inside(column: str) -> None:
    scored = breast_cancer()
    more = {column: np.array(["a", "b"], dtype=object)[np.arange(len(scored.scores)) % 2]}
    for name in ("auc", "brier"):
        one, other = by_slice(asked(replace(scored, more=more)), evaluation(), column, name)
        assert {one.of, other.of} == {f"{column} = 'a'", f"{column} = 'b'"}


def test_a_slice_without_negatives_has_no_auc() -> None:
    scored = sliced()
    labels = np.where([each == "AA" for each in scored.more["carrier"]], 1, scored.labels)
    found = {f.of: f for f in by_slice(asked(replace(scored, labels=labels)), evaluation(), "carrier", "auc")}
    assert found["carrier = 'AA'"].value is None
    assert (found["carrier = 'AA'"].why or "").startswith("there are no pairs")


def test_slices_do_not_change_the_whole() -> None:
    scored = sliced()
    assert quality(asked(scored), evaluation().by("carrier")) == quality(asked(scored), evaluation())


def test_a_column_with_a_thousand_values_is_no_slice() -> None:
    rows = 1001
    many = Scored(np.full(rows, 0.5), np.zeros(rows), np.zeros(rows, int), {"tail": ids(rows)})
    with pytest.raises(MonitorError, match="MON-013"):
        by_slice(asked(many), evaluation(), "tail", "brier")

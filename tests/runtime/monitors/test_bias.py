"""Gaps between segments, by Clarify's formulas written out on the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlops_stages.runtime.monitors.bias import Segment, bias
from mlops_stages.runtime.monitors.codes import MonitorError
from tests.runtime.monitors.given import Array, Scored, asked, breast_cancer, evaluation, few, judges, named

GROUPS = np.array(["young", "old", "mid", None], dtype=object)


def grouped() -> Scored:
    scored = breast_cancer()
    places = (np.arange(len(scored.scores)) * 7 % 10) % 4
    return replace(scored, more={"age": GROUPS[places]})


def expected(scored: Scored, segment: Array, others: Array) -> dict[str, float]:
    """The pages' formulas; d is the segment, a the others."""
    predicted = scored.scores >= 0.5
    (q_d, q_a), (p_d, p_a) = ((values[segment].mean(), values[others].mean()) for values in (scored.labels, predicted))
    rates = [judges.confusion_matrix(scored.labels[side], predicted[side]) for side in (segment, others)]
    (tpr_d, fpr_d), (tpr_a, fpr_a) = (
        (matrix[1, 1] / matrix[1].sum(), matrix[0, 1] / matrix[0].sum()) for matrix in rates
    )
    return {"dpl": q_a - q_d, "dppl": p_a - p_d, "di": p_d / p_a, "tpr_gap": tpr_a - tpr_d, "fpr_gap": fpr_a - fpr_d}


def among(scored: Scored, *values: str) -> Array:
    return np.array([each in values for each in scored.more["age"]])


@pytest.mark.parametrize("against", [None, ("mid",)], ids=["all others", "one other"])
def test_gaps_are_those_of_clarifys_formulas(against: tuple[str, ...] | None) -> None:
    scored = grouped()
    found = named(bias(asked(scored), evaluation(), Segment(column="age", values=("young",), against=against)))
    segment, others = among(scored, "young"), among(scored, *(against or ("old", "mid")))
    values = {name: figure.value for name, figure in found.items()}
    assert values == pytest.approx(expected(scored, segment, others), abs=1e-9)
    for figure in found.values():
        assert figure.rows == segment.sum() + others.sum()  # without those whose age is missing
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high


def test_the_documentations_own_example_of_disparate_impact() -> None:
    """60 % of facet a are granted a loan and 50 % of facet d: DI is 0.5/0.6."""
    scored = few([0.9] * 6 + [0.1] * 4 + [0.9] * 5 + [0.1] * 5, [1] * 20)
    scored.more["age"] = np.array(["a"] * 10 + ["d"] * 10, dtype=object)
    found = named(bias(asked(scored), evaluation(), Segment(column="age", values=("d",))))
    assert found["di"].value == pytest.approx(0.5 / 0.6)
    assert found["dppl"].value == pytest.approx(0.1)
    assert (found["fpr_gap"].value, found["fpr_gap"].why) == (None, "a side has no negative label")


def test_several_values_are_one_side() -> None:
    scored = grouped()
    found = named(bias(asked(scored), evaluation(), Segment(column="age", values=("young", "mid"))))
    both = expected(scored, among(scored, "young", "mid"), among(scored, "old"))
    assert found["dpl"].value == pytest.approx(both["dpl"], abs=1e-9)
    assert found["dpl"].of == "age: 'young', 'mid' against all others"


def test_values_that_no_row_has_leave_a_side_empty() -> None:
    hostile = "x' OR 1=1; DROP TABLE decisions; --"
    for figure in bias(asked(grouped()), evaluation(), Segment(column="age", values=(hostile, "\0", "\ud800"))):
        assert figure.value is None
        assert (figure.why or "").startswith("a side has no")


@pytest.mark.parametrize(
    ("values", "against"),
    [((), None), (("a",), ()), (("a", "a"), None), (("a", "b"), ("b", "c")), (("a",), ("b", "b"))],
)
def test_a_segments_sides_are_named_once_each(values: tuple[str, ...], against: tuple[str, ...] | None) -> None:
    with pytest.raises(MonitorError, match="MON-006"):
        Segment(column="age", values=values, against=against)


def test_a_regression_has_no_such_gaps() -> None:
    with pytest.raises(MonitorError, match="MON-004"):
        bias(asked(grouped()), evaluation("regression"), Segment(column="age", values=("young",)))

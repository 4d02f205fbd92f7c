"""What a run says: as the alarms do, with the figures that decide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlops_stages.runtime.monitor_runs.publishing import BIAS, published
from mlops_stages.runtime.monitor_runs.record import Labelled
from mlops_stages.runtime.monitor_runs.settings import BiasLimit, Bound
from mlops_stages.runtime.monitor_runs.verdict import Verdict, comparison, verdict
from mlops_stages.runtime.monitors.bias import Segment
from mlops_stages.runtime.monitors.figures import Figure
from tests.runtime.monitor_runs.given import ENDPOINT, PACKAGES, RETRAINED, SETTINGS

LABELLED = Labelled(
    package=f"{PACKAGES}7",
    decisions=280,
    labelled=280,
    days=28,
    behind_hours=0.0,
    contradictory=0,
    corrected=0,
    unmatched=0,
    repeated_ids=0,
)
RATIO = Figure(name="calibration_ratio", of=ENDPOINT, value=1.0, low=0.9, high=1.1, rows=280, definition="a ratio")
AUC = Figure(name="auc", of=ENDPOINT, value=0.7, low=0.67, high=0.73, rows=280, definition="an area")


SEGMENT = Segment(column="carrier", values=("AA",))
BIASED = replace(SETTINGS, segments=(SEGMENT,), bias=(BiasLimit(segment=SEGMENT, metric="tpr_gap", maximum=0.1),))


def said(*figures: Figure, days: int = 28, quality: Bound | None = SETTINGS.quality) -> Verdict:
    return verdict(replace(SETTINGS, quality=quality), replace(LABELLED, days=days), figures)


def test_a_model_whose_figures_are_within_their_limits_is_right() -> None:
    found = said(RATIO, AUC)
    assert (found.is_right, found.figures, found.breaches, found.why) == (True, (RATIO, AUC), (), None)


def test_an_interval_that_reaches_over_a_limit_is_no_breach() -> None:
    assert said(replace(RATIO, low=1.15, high=9.0), replace(AUC, low=0.2, high=0.66)).is_right
    assert said(replace(RATIO, low=0.1, high=1 / 1.15), AUC).is_right


@pytest.mark.parametrize(
    ("low", "high", "kind", "limit"), [(1.151, 2.0, "overestimates", 1.15), (0.1, 0.869, "underestimates", 1 / 1.15)]
)
def test_a_ratio_whose_whole_interval_is_beyond_a_limit_is_one(
    low: float, high: float, kind: str, limit: float
) -> None:
    found = said(replace(RATIO, low=low, high=high), AUC)
    assert found.is_right is False
    assert [(each.kind, each.limit) for each in found.breaches] == [(kind, limit)]


@pytest.mark.parametrize(
    ("low", "high", "limit"),
    [(0.11, 0.3, 0.1), (-0.3, -0.11, -0.1), (0.09, 0.3, None), (-0.3, -0.1, None), (-1, 1, None)],
)
def test_a_gap_whose_whole_interval_is_beyond_its_limit_on_either_side_is_one(
    low: float, high: float, limit: float | None
) -> None:
    gap = Figure(
        name="tpr_gap", of=str(SEGMENT), value=(low + high) / 2, low=low, high=high, rows=280, definition="a gap"
    )
    dpl = replace(gap, name="dpl", low=0.9, high=0.9)
    found = verdict(BIASED, LABELLED, (RATIO, AUC, dpl, gap))
    assert [(each.kind, each.limit) for each in found.breaches] == ([] if limit is None else [("bias", limit)])
    assert found.is_right is (limit is None)
    metrics = published(BIASED, LABELLED, 0, (RATIO, AUC, dpl, gap))
    assert (metrics[BIAS][0] > 1) is (limit is not None)
    assert verdict(BIASED, replace(LABELLED, days=13), (RATIO, AUC, gap)).is_right is None
    assert BIAS not in published(BIASED, replace(LABELLED, days=13), 0, (RATIO, AUC, gap))


def test_of_several_gaps_the_one_furthest_beyond_its_limit_is_published() -> None:
    gap = Figure(name="tpr_gap", of=str(SEGMENT), value=0.2, low=0.15, high=0.3, rows=280, definition="a gap")
    settings = replace(BIASED, bias=(*BIASED.bias, BiasLimit(segment=SEGMENT, metric="dppl", maximum=0.01)))
    metrics = published(settings, LABELLED, 0, (RATIO, AUC, gap, replace(gap, name="dppl", low=-0.05, high=-0.02)))
    assert metrics[BIAS][0] == pytest.approx(2)


def test_a_gap_that_is_not_known_is_told_by_its_segment() -> None:
    gap = Figure(name="tpr_gap", of=str(SEGMENT), value=None, rows=0, definition="a gap", why="a side has no label")
    found = verdict(BIASED, LABELLED, (RATIO, AUC, gap))
    assert (found.is_right, found.why) == (None, "tpr_gap of carrier: 'AA' against all others: a side has no label")


def test_quality_is_judged_by_its_better_end() -> None:
    worse = said(RATIO, replace(AUC, low=0.5, high=0.65))
    assert [(each.kind, each.limit) for each in worse.breaches] == [("quality", 0.66)]
    rmse = replace(AUC, name="rmse", value=9.0, low=8.1, high=9.9)
    most = said(RATIO, rmse, quality=Bound(metric="log_loss", maximum=8.0))
    assert most.is_right is None
    most = said(RATIO, replace(rmse, name="log_loss"), quality=Bound(metric="log_loss", maximum=8.0))
    assert [(each.kind, each.limit) for each in most.breaches] == [("quality", 8.0)]


def test_one_breach_is_enough_whatever_else_is_not_known() -> None:
    found = said(replace(RATIO, low=1.5, high=2.0), replace(AUC, low=None, high=None, why="one class alone"))
    assert found.is_right is False


def test_without_promised_quality_the_ratio_alone_decides() -> None:
    assert said(RATIO, quality=None).is_right


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (13, "13 of the 14 days that are needed have labelled decisions"),
        (1, "1 of the 14 days that are needed has labelled decisions"),
        (0, "0 of the 14 days that are needed have labelled decisions"),
    ],
)
def test_too_few_days_are_not_known_however_bad_they_look(days: int, why: str) -> None:
    found = said(replace(RATIO, low=1.5, high=2.0), AUC, days=days)
    assert (found.is_right, found.why, found.figures) == (None, why, ())


def test_days_that_all_follow_each_other_late_in_the_window_are_not_known() -> None:
    wrong = (replace(RATIO, low=1.5, high=2.0), AUC)
    late = replace(LABELLED, days=21, days_before=7)
    found = verdict(SETTINGS, late, wrong)
    assert (found.is_right, found.figures) == (None, ())
    assert found.why == "labelled decisions go back 21 of the 22 days that are needed"
    assert verdict(SETTINGS, replace(late, days_before=6), wrong).is_right is False


def test_a_figure_that_is_missing_says_why() -> None:
    assert said(RATIO, replace(AUC, value=None, low=None, high=None, why="one class")).why == "auc: one class"
    assert said(AUC).why == "calibration_ratio: the run has no such figure"


def test_figures_of_a_part_or_of_a_challenger_decide_nothing() -> None:
    assert said(RATIO, AUC, replace(RATIO, of="carrier=AA", low=5.0, high=6.0)).is_right


LOSS = Figure(
    name="log_loss_difference", of="version 8 against version 7", value=-0.03, low=-0.05, high=-0.011, rows=280,
    definition="a difference",
)  # fmt: skip


@pytest.mark.parametrize(
    ("high", "days", "is_better"),
    [
        (-0.011, 28, True),
        (-0.01, 28, False),
        (0.0, 28, False),
        (-0.011, 14, True),
        (-0.011, 13, None),
        (None, 28, None),
    ],
)
def test_a_candidate_is_better_where_the_high_end_is_below_the_margin(
    high: float | None, days: int, is_better: bool | None
) -> None:
    why = "the days do not differ" if high is None else None
    found = comparison(RETRAINED, replace(LOSS, high=high, why=why), days)
    assert found.is_better is is_better
    assert (found.why is None) is (is_better is not None)


def test_one_day_has_no_plural() -> None:
    assert comparison(RETRAINED, LOSS, 1).why == (
        "1 of the 14 days that are needed has decisions that both have scored"
    )


def test_no_candidate_is_better_than_a_model_that_is_not_retrained() -> None:
    with pytest.raises(ValueError, match=ENDPOINT):
        comparison(SETTINGS, LOSS, 28)

"""The sentence of a model's page: each verdict, since when, and by which figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mlops_stages.model_page import Run, answer
from mlops_stages.model_page.facts import MOST_RUNS
from tests.model_page.given import DAY, LABELLED, TODAY, a_run, facts, figure, runs, watched
from tests.runtime.monitor_runs.given import PACKAGES, SETTINGS


def said(*newest_first: Run) -> str:
    return answer(facts(watched(*newest_first))).sentence


def test_a_model_that_is_not_right_is_told_with_its_figure_and_since_when() -> None:
    found = answer(facts(watched(*runs(1.0, 1.0, 1.5, 1.85))))
    assert (found.kind, str(found.since)) == ("not right", "2026-11-26")
    assert found.sentence == (
        "Not right since 2026-11-26: it expects 1.85 times what happens (95 %: 1.75 to 1.95; allowed 0.870 to 1.15); "
        "28 days to 2026-11-25, 7,564 labelled decisions of version 3."
    )


def test_each_figure_that_is_beyond_its_limit_is_named() -> None:
    settings = replace(SETTINGS, quality=replace(SETTINGS.quality, minimum=0.8) if SETTINGS.quality else None)
    found = said(a_run(TODAY, 0.5, settings=settings))
    assert "it expects 0.500 times what happens" in found
    assert "and its auc is 0.710 (95 %: 0.690 to 0.730; at least 0.800)" in found


def test_a_model_that_is_right_is_told_with_all_figures_that_decide() -> None:
    found = answer(facts(watched(*runs(1.0, 1.02))))
    assert found.kind == "right"
    assert found.sentence.startswith("Right since 2026-11-26: it expects 1.02 times what happens (95 %: 0.920 to 1.12")
    assert "its auc is 0.710" in found.sentence


def test_too_few_labels_are_told_as_what_is_missing() -> None:
    few = replace(LABELLED, days=9)
    found = answer(facts(watched(a_run(TODAY, 1.85, labelled=few))))
    assert found.kind == "not known"
    assert found.sentence == "Not known: 9 of the 14 days that are needed have labelled decisions."


def test_a_model_without_labels_or_without_a_run_is_told_as_such() -> None:
    assert answer(facts(None)).sentence == "Nothing judges it: platform.yaml declares no labels."
    found = answer(facts(watched()))
    assert (found.kind, found.sentence) == ("not known", "Not known: the monitors have not run yet.")


def test_a_run_that_is_too_old_says_nothing_of_now() -> None:
    old = runs(1.85, until=TODAY - DAY * 3)
    assert said(*old) == "Not known: the newest run is of 2026-11-24, 3 days ago; it was not right then."
    due = a_run(TODAY).at
    young = facts(watched(a_run(TODAY)), now=due + timedelta(hours=25, minutes=59))
    assert answer(young).kind == "right"
    assert answer(replace(young, now=due + timedelta(hours=26))).kind == "not known"


def test_since_is_the_first_day_of_the_unbroken_row() -> None:
    assert str(answer(facts(watched(*runs(1.5, 1.0, 1.5, 1.5)))).since) == "2026-11-26"
    assert str(answer(facts(watched(*runs(1.5, 1.5, 1.5)))).since) == "2026-11-25"
    assert str(answer(facts(watched(*runs(1.5)))).since) == "2026-11-27"


def test_a_row_that_is_longer_than_what_is_read_is_told_so() -> None:
    assert said(*runs(*[1.0] * MOST_RUNS)).startswith("Right since 2026-09-29 at least: ")
    assert said(*runs(1.5, *[1.0] * (MOST_RUNS - 1))).startswith("Right since 2026-09-30: ")


def test_what_its_predecessor_was_is_not_held_against_a_version() -> None:
    before = a_run(TODAY - DAY, 1.5, labelled=replace(LABELLED, package=f"{PACKAGES}2"))
    assert str(answer(facts(watched(a_run(TODAY, 1.5), before))).since) == "2026-11-27"


def test_a_figure_of_a_part_decides_nothing() -> None:
    part = figure("calibration_ratio", 9.0, of="carrier=AA")
    assert answer(facts(watched(a_run(TODAY, 1.0, part)))).kind == "right"


def test_a_day_without_a_run_breaks_no_row() -> None:
    two = (a_run(TODAY, 1.5), a_run(TODAY - DAY * 2, 1.5))
    assert str(answer(facts(watched(*two))).since) == "2026-11-25"

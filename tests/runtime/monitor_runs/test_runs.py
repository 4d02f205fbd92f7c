"""Runs of the monitors: what they find, when they know nothing, and that nothing stops them halfway."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mlops_stages.runtime.decisions.database import all_rows, empty
from mlops_stages.runtime.monitor_runs import publishing, sources
from mlops_stages.runtime.monitor_runs.sources import Held
from mlops_stages.runtime.monitors.bias import Segment
from mlops_stages.runtime.monitors.codes import MonitorError
from tests.runtime.ledger.given import error
from tests.runtime.monitor_runs.given import AT, DAY, DECISIONS, ENDPOINT, FIRST, PACKAGES, World

CALIBRATION = publishing.CALIBRATION
LOW, HIGH = f"{CALIBRATION}{publishing.LOW}", f"{CALIBRATION}{publishing.HIGH}"


@pytest.fixture
def world() -> World:
    return World()


def test_a_model_that_promises_what_happens_is_calibrated(world: World) -> None:
    world.live(28, 0.3)
    record = world.run()
    figure = world.figures()["calibration_ratio"]
    assert figure.value == pytest.approx(1)
    assert figure.rows == 280
    assert record.window == "2026-10-29 to 2026-11-25"
    assert record.labelled.package == f"{PACKAGES}7"
    assert (record.labelled.decisions, record.labelled.labelled, record.labelled.days) == (280, 280, 28)
    metrics = world.metrics()
    assert metrics[CALIBRATION] == pytest.approx(1)
    assert metrics["Quality"] == 1
    assert metrics[publishing.JUDGED] == 1
    assert metrics[publishing.LABELLED_SHARE] == 100
    assert {tuple(each["Dimensions"][0].values()) for each in world.cloudwatch.published} == {("Endpoint", ENDPOINT)}
    assert {each["Timestamp"] for each in world.cloudwatch.published} == {AT}


def test_a_model_that_promises_twice_what_happens_lies_outside_with_its_whole_interval(world: World) -> None:
    world.live(28, 0.6)
    world.run()
    assert world.metrics()[LOW] > 1.9
    assert world.metrics()[HIGH] < 2.1


def test_the_next_day_fetches_what_is_new_and_finds_the_same_as_a_run_that_held_nothing(world: World) -> None:
    held, fetched = Held(), list[int]()
    world.live(30, 0.3)
    for at in (AT, AT + DAY):
        world.s3.calls.clear()
        world.run(at, held)
        kept = world.kept(world.day(at).figures)
        fetched.append(world.s3.calls.count("get_object"))
        world.s3.held.pop((DECISIONS, world.day(at).record))
        world.run(at)
        assert world.kept(world.day(at).figures) == kept
    assert fetched[1] < fetched[0] - 50


def test_a_file_that_has_changed_is_fetched_again(world: World) -> None:
    held = Held()
    world.live(28, 0.3)
    world.run(AT, held)
    world.live(28, 0.6)
    world.run(AT, held)
    assert world.figures()["calibration_ratio"].value == pytest.approx(2)


def test_the_hours_of_a_day_are_one_file_on_disk_with_all_their_rows(world: World) -> None:
    world.live(2, 0.3)
    world.decide(FIRST + timedelta(hours=1), [("later", 0.5, "AA")])
    world.decide(FIRST + timedelta(hours=2), [("other", 0.6, "AA")], inputs=("carrier", "hour"))
    held, day = Held(), world.day()
    found = [held.fetched(world.s3, DECISIONS, sources.found(world.s3, day)) for _ in range(2)]
    assert found[0] == found[1]
    assert len(found[0].decisions) == 2
    with empty() as database:
        sources.decided(database, found[0].decisions)
        assert {"carrier", "hour"} <= sources.decided_columns(database)
        ids = [each for (each,) in all_rows(database, "SELECT decision_id FROM decided")]
    assert (len(ids), ids[10:12]) == (22, ["later", "other"])


def test_each_figure_says_how_it_is_calculated(world: World) -> None:
    world.live(28, 0.3)
    world.run()
    figure = world.figures()["calibration_ratio"]
    assert figure.definition.startswith("sum of scores divided by sum of labels, over decisions of")
    assert "2026-10-29 to 2026-11-25" in figure.definition
    assert "seed" in figure.definition


def test_half_a_window_decides_and_less_of_it_is_unknown(world: World) -> None:
    for number in range(13):
        world.live(1, 0.6, first=FIRST + DAY * (1 + 2 * number))
    world.run()
    assert world.figures()["calibration_ratio"].low is not None
    assert LOW not in world.metrics()
    assert world.metrics()[publishing.JUDGED] == 0
    world.live(1, 0.6, first=FIRST + DAY * 27)
    world.run()
    assert world.metrics()[LOW] > 1.9


def test_a_version_is_judged_once_it_has_answered_for_three_quarters_of_the_window(world: World) -> None:
    world.live(21, 0.6, first=FIRST + DAY * 7)
    record = world.run()
    assert (record.labelled.days, record.labelled.days_before) == (21, 7)
    assert world.metrics()[publishing.JUDGED] == 0
    world.live(1, 0.6, first=FIRST + DAY * 6)
    world.run()
    assert world.metrics()[LOW] > 1.9


def test_without_decisions_nothing_is_known_and_the_run_says_so(world: World) -> None:
    record = world.run()
    assert record.labelled.package is None
    assert record.labelled.behind_hours is None
    assert world.figures()["auc"].value is None
    assert world.metrics()[publishing.JUDGED] == 0
    assert publishing.BEHIND not in world.metrics()


def test_decisions_without_any_label_are_behind_since_the_first(world: World) -> None:
    for number in range(5):
        world.decide(FIRST + DAY * number, [(f"d{number}", 0.5, "AA")])
    behind = (AT - DAY - FIRST).total_seconds() / 3600
    assert world.run().labelled.behind_hours == behind
    assert world.metrics()[publishing.BEHIND] == behind


def test_labels_are_missed_though_all_decisions_are_of_one_hour_and_nobody_calls_any_more(world: World) -> None:
    world.decide(AT - timedelta(days=3), [("a", 0.5, "AA"), ("b", 0.5, "AA")])
    world.label(AT - timedelta(days=1), {"decision_id": "misspelt", "label": 1})
    assert world.run().labelled.behind_hours == 2 * 24


def test_labels_that_come_as_declared_are_not_behind(world: World) -> None:
    world.live(28, 0.3)
    world.decide(AT - timedelta(hours=20), [("new", 0.5, "AA")])
    assert world.run().labelled.behind_hours == 0


def test_the_version_that_answers_now_is_judged_and_not_its_predecessor(world: World) -> None:
    world.live(6, 0.9, version=6)
    world.live(22, 0.3, version=7, first=FIRST + DAY * 6)
    record = world.run()
    assert record.labelled.package == f"{PACKAGES}7"
    assert record.labelled.decisions == 220
    assert world.metrics()[CALIBRATION] == pytest.approx(1)


def test_a_version_that_has_just_begun_is_not_known_yet(world: World) -> None:
    world.live(28, 0.9, version=6)
    world.decide(AT - timedelta(hours=2), [("new", 0.5, "AA")], version=7)
    record = world.run()
    assert record.labelled.package == f"{PACKAGES}7"
    assert world.metrics()[publishing.JUDGED] == 0
    assert CALIBRATION not in world.metrics()


def test_in_a_canarys_hour_the_version_with_most_answers_is_judged(world: World) -> None:
    world.live(28, 0.3, version=7)
    hour = AT.replace(minute=0) - timedelta(hours=2)
    world.decide(hour, [("a", 0.5, "AA"), ("b", 0.5, "AA")], version=7)
    world.decide(hour, [("c", 0.5, "AA")], version=8, variant="champion")
    # One file an hour: the second call has replaced the first, as one reader writes both versions' rows.
    assert world.run().labelled.package == f"{PACKAGES}8"


def test_a_challenger_is_compared_on_the_rows_that_both_have_scored() -> None:
    world = World()
    world.settings = replace(world.settings, challenger="challenger")
    world.live(28, 0.6)
    for number in range(28):
        hour = FIRST + DAY * number
        world.decide(
            hour,
            [(f"7-{hour:%m%d}-{place}", 0.9 if place < 3 else 0.1, "AA") for place in range(10)],
            version=8,
            variant="challenger",
        )
    world.run()
    found = world.figures()["log_loss_difference challenger against arrivals-late-arrival-production"]
    assert found.high is not None
    assert found.high < 0
    assert found.rows == 280


def test_declared_segments_are_compared_with_all_others() -> None:
    world = World()
    world.settings = replace(world.settings, segments=(Segment(column="carrier", values=("AA",)),))
    world.live(28, 0.3)
    world.decide(FIRST, [("old", 0.5, "AA")], inputs=())
    world.run()
    found = world.figures()["dpl carrier: 'AA' against all others"]
    assert found.value == pytest.approx(0.4 - 0.2, abs=0.01)
    assert world.figures()["auc carrier = 'UA'"].rows == 135  # the first day is another hour of decisions now


def test_a_segment_that_cannot_be_compared_says_why_and_keeps_nothing_else_from_being_judged() -> None:
    world = World()
    world.settings = replace(world.settings, segments=(Segment(column="carrier", values=("AA",)),))
    world.decide(FIRST, [(f"n{number}", 0.5, f"c{number}") for number in range(1001)])
    world.label(FIRST + DAY, *({"decision_id": f"n{number}", "label": 1} for number in range(1001)))
    world.run()
    found = world.figures()["auc carrier"]
    assert found.value is None
    assert found.why is not None
    assert found.why.startswith("MON-013 carrier: it has 1001 values")
    assert world.figures()["calibration_ratio"].rows == 1001


def test_a_segment_of_an_input_that_no_decision_has_is_missing_everywhere() -> None:
    world = World()
    world.settings = replace(world.settings, segments=(Segment(column="colour", values=("red",)),))
    world.live(22, 0.3, first=FIRST + DAY * 6)
    world.run()
    assert world.figures()["dpl colour: 'red' against all others"].why is not None
    assert world.figures()["auc colour is missing"].rows == 220
    assert world.metrics()[CALIBRATION] == pytest.approx(1)


def test_run_again_nothing_is_written_and_nothing_published(world: World) -> None:
    world.live(28, 0.3)
    first = world.run()
    world.cloudwatch.published.clear()
    calls = len(world.s3.held)
    assert world.run() == first
    assert not world.cloudwatch.published
    assert len(world.s3.held) == calls
    assert all(len(versions) == 1 for (bucket, _), versions in world.s3.held.items() if bucket == "acme-decisions")


def test_labels_that_came_since_are_judged_when_the_day_is_run_again(world: World) -> None:
    world.live(27, 0.3)
    hour = FIRST + DAY * 27
    world.decide(hour, [("late", 0.3, "AA")])
    before = world.run()
    assert (before.labelled.decisions, before.labelled.labelled) == (271, 270)
    world.label(AT - timedelta(hours=1), {"decision_id": "late", "label": 0}, name="late")
    after = world.run()
    assert after.labelled.labelled == 271


def test_other_settings_are_another_run(world: World) -> None:
    world.live(28, 0.3)
    world.run()
    world.settings = replace(world.settings, window_days=14)
    assert world.run().window == "2026-11-12 to 2026-11-25"


def test_what_labels_contradict_or_are_of_nothing_is_told(world: World) -> None:
    world.live(28, 0.3)
    world.label(AT - timedelta(hours=3), {"decision_id": "7-1029-0", "label": 0}, {"decision_id": "nobody", "label": 1})
    record = world.run()
    assert record.labelled.contradictory == 1
    assert record.labelled.unmatched == 1
    assert record.labelled.labelled == 279
    assert world.metrics()[publishing.CONTRADICTORY] == 1


def test_a_correction_is_judged_in_its_labels_place(world: World) -> None:
    world.live(28, 0.3)
    world.label(AT - timedelta(hours=3), {"decision_id": "7-1029-0", "label": 0, "correction": True})
    record = world.run()
    assert (record.labelled.corrected, record.labelled.contradictory) == (1, 0)
    assert world.figures()["calibration_ratio"].value == pytest.approx(280 * 0.3 / 83)


def test_a_line_that_is_no_label_is_told_of_for_two_days(world: World) -> None:
    world.live(28, 0.3)
    world.label(AT - timedelta(hours=3), b"{", name="bad")
    world.run()
    assert world.metrics()[publishing.QUARANTINED] == 1
    world.run(AT + DAY)
    assert world.metrics()[publishing.QUARANTINED] == 1
    world.run(AT + DAY * 2)
    assert world.metrics()[publishing.QUARANTINED] == 0


def test_labels_that_cannot_be_read_keep_nothing_from_being_judged(world: World) -> None:
    world.live(28, 0.3)
    world.run()
    key = world.label(AT - timedelta(hours=3), {"decision_id": "nobody", "label": 1}, name="gone")
    world.run()
    del world.s3.held[world.settings.label_bucket, key]
    world.live(1, 0.3, first=FIRST + DAY * 28)
    world.cloudwatch.published.clear()
    with pytest.raises(ValueError, match="LBL-"):
        world.run(AT + DAY)
    assert world.metrics()[CALIBRATION] == pytest.approx(1)


@pytest.mark.parametrize("dies_at", range(1, 8))
def test_whoever_dies_on_the_way_leaves_nothing_that_the_next_run_does_not_mend(dies_at: int) -> None:
    def lived() -> World:
        world = World()
        world.live(15, 0.3, first=FIRST + DAY * 13)
        return world

    whole, broken = lived(), lived()
    whole.run()
    writes = 0

    def die() -> None:
        nonlocal writes
        writes += 1
        if writes == dies_at:
            raise error("ServiceUnavailable")

    broken.s3.before = lambda call, _given: die() if call == "put_object" else None
    broken.cloudwatch.before = die
    try:
        broken.run()
    except Exception:  # whatever kills it
        broken.s3.before = lambda _call, _given: None
        broken.cloudwatch.before = lambda: None
        broken.run()
    day = whole.day()
    assert [broken.kept(key) for key in (day.figures, day.record)] == [
        whole.kept(key) for key in (day.figures, day.record)
    ]
    assert broken.metrics() == whole.metrics()


def test_a_day_of_long_ago_is_kept_and_not_published(world: World) -> None:
    world.live(28, 0.3)
    world.now = AT + timedelta(days=20)
    record = world.run()
    assert not record.published
    assert not world.cloudwatch.published
    assert world.figures()["calibration_ratio"].value == pytest.approx(1)


def test_what_another_run_writes_meanwhile_is_not_overwritten(world: World) -> None:
    world.live(15, 0.3, first=FIRST + DAY * 13)

    def interfere(call: str, given: dict[str, object]) -> None:
        if call == "put_object" and given["Key"] == world.day().figures:
            world.s3.before = lambda _call, _given: None
            world.s3.put_object(Bucket=world.settings.bucket, Key=world.day().figures, Body=b"{}\n")

    world.s3.before = interfere
    record = world.run()
    assert json.loads(world.kept(world.day().record))["figures_sha256"] == record.figures_sha256
    assert world.figures()["calibration_ratio"].value == pytest.approx(1)


def test_who_always_loses_gives_up_with_a_code(world: World) -> None:
    others: list[bytes] = []

    def interfere(call: str, given: dict[str, object]) -> None:
        if call == "put_object" and given["Key"] == world.day().figures and given["Body"] not in others:
            others.append(str(len(others)).encode())
            world.s3.put_object(Bucket=world.settings.bucket, Key=world.day().figures, Body=others[-1])

    world.s3.before = interfere
    with pytest.raises(MonitorError, match=r"MON-033 arrivals-late-arrival-production 2026-11-27"):
        world.run()

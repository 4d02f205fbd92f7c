"""Drift within the day: of the hours that were read, without labels, and kept as it was told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from mlops_stages.runtime.monitor_runs import function, publishing
from mlops_stages.runtime.monitor_runs.hourly_record import read
from mlops_stages.runtime.monitor_runs.hours import RunHour, hour_at, run_hour
from mlops_stages.runtime.monitor_runs.record import figures_of
from mlops_stages.runtime.monitor_runs.settings import VARIABLE, Drift
from mlops_stages.runtime.monitor_runs.sources import Held
from mlops_stages.runtime.monitors.codes import MonitorError
from mlops_stages.runtime.monitors.figures import Figure
from tests.runtime.monitor_runs.given import (
    ARTIFACTS,
    AT,
    DAY,
    ENDPOINT,
    FIVE,
    HOURLY,
    PACKAGES,
    World,
    around,
    by_the_hour,
)

HOUR = timedelta(hours=1)
FOLDERS = f"monitors/endpoint={ENDPOINT}/drift/utc_day=2026-11-27/utc_hour=05"


@pytest.fixture
def world() -> World:
    return by_the_hour()


def figures(world: World, at: datetime = FIVE) -> dict[str, Figure]:
    return {f"{each.name} {each.of}": each for each in figures_of(world.kept(world.hour(at).figures))}


def test_a_run_measures_the_week_that_ends_with_the_last_whole_hour(world: World) -> None:
    record = world.measure()
    assert record.window == "2026-11-20 05:00 to 2026-11-27 05:00 UTC"
    assert (record.package, record.decisions) == (f"{PACKAGES}7", 1400)
    assert figures(world)["psi score"].rows == 1400
    assert f"from {record.window} against all rows" in figures(world)["psi score"].definition


def test_what_is_kept_lies_in_the_hours_own_folder(world: World) -> None:
    record = world.measure()
    hour = world.hour()
    assert (hour.figures, hour.record) == (f"{FOLDERS}/figures.jsonl", f"manifests/{FOLDERS}/run.json")
    assert read(world.kept(hour.record)) == record
    first, *_, last = (each.key for each in record.sources)
    assert first.endswith("/variant=champion/utc_day=2026-11-20/utc_hour=09/decisions.parquet")
    assert last.endswith("/variant=champion/utc_day=2026-11-26/utc_hour=09/decisions.parquet")


@pytest.mark.parametrize(("hour", "counts"), [(-169, False), (-168, True), (-1, True), (0, False)])
def test_decisions_count_from_the_first_hour_to_the_last_whole_one(world: World, hour: int, counts: bool) -> None:
    world.decide(FIVE.replace(minute=0) + HOUR * hour, [("one", 0.3, "AA")])
    assert world.measure().decisions == 1400 + counts


def test_a_decision_that_was_captured_in_another_hour_counts_by_its_own_time(world: World) -> None:
    """SageMaker names folders by when it wrote: the row of 4:59 may lie among those of 5:00, which are not read yet."""
    world.decide(FIVE.replace(minute=59) - HOUR * 169, [("before", 0.3, "AA")])
    world.decide(FIVE.replace(minute=0) - HOUR * 168, [("first", 0.3, "AA")])
    assert world.measure().decisions == 1401


def test_the_first_hour_of_a_day_measures_what_the_days_run_does(world: World) -> None:
    midnight = FIVE - HOUR * 5
    world.measure(midnight)
    world.settings = replace(world.settings, drift=Drift(metric="psi", maximum=0.2))
    world.run()
    days = {name: each.value for name, each in world.figures().items() if name.endswith((" score", " carrier"))}
    world.settings = HOURLY
    assert {name: each.value for name, each in figures(world, midnight).items()} == days


def test_scores_that_have_moved_are_told_at_that_hour(world: World) -> None:
    world.decide(FIVE.replace(minute=0) - HOUR, around("new", 0.8, 800))
    world.measure()
    assert world.metrics()[publishing.SCORE_DRIFT] > 0.2
    assert {each["Timestamp"] for each in world.cloudwatch.published} == {FIVE}
    assert set(world.metrics()) == {publishing.SCORE_DRIFT, publishing.INPUT_DRIFT}


def test_no_label_is_read(world: World) -> None:
    world.label(FIVE - DAY, {"decision_id": "1-1", "label": 1})
    before = len(world.s3.calls)
    record = world.measure()
    assert not [each for each in record.sources if "label" in each.key]
    assert "head_object" not in world.s3.calls[before:]  # no candidate's requests, no day of labels


def test_run_again_an_hour_is_as_it_was_and_nothing_is_told_twice(world: World) -> None:
    record, told = world.measure(), len(world.cloudwatch.published)
    assert world.measure() == record
    assert len(world.cloudwatch.published) == told


def test_the_same_decisions_are_the_same_bytes_in_another_process(world: World) -> None:
    world.measure()
    hour = world.hour()
    kept = [world.kept(key) for key in (hour.figures, hour.record)]
    other = World(HOURLY, now=FIVE + DAY, s3=world.s3, registry=world.registry)
    for key in (hour.figures, hour.record):
        world.s3.held.pop((HOURLY.bucket, key))
    other.measure()
    assert [other.kept(key) for key in (hour.figures, hour.record)] == kept


def test_a_file_that_comes_late_changes_later_hours_alone(world: World) -> None:
    record = world.measure()
    world.decide(FIVE.replace(minute=0) - HOUR * 2, around("late", 0.8, 300))
    assert world.measure() == record
    assert world.measure(FIVE + HOUR).decisions == 1700


def test_a_run_that_died_is_finished_by_the_next(world: World) -> None:
    def dies() -> None:
        raise ConnectionError

    world.cloudwatch.before = dies
    with pytest.raises(ConnectionError):
        world.measure()
    world.cloudwatch.before = lambda: None
    assert world.measure().decisions == 1400
    assert publishing.SCORE_DRIFT in world.metrics()


def test_of_two_runs_at_once_one_is_kept(world: World) -> None:
    other = World(HOURLY, now=FIVE, s3=world.s3, registry=world.registry)

    def meanwhile() -> None:
        world.cloudwatch.before = lambda: None
        other.measure()

    world.cloudwatch.before = meanwhile
    assert world.measure() == read(world.kept(world.hour().record))


def test_who_always_loses_is_told(world: World) -> None:
    written = count()

    def meanwhile() -> None:
        world.s3.put_object(Bucket=HOURLY.bucket, Key=world.hour().record, Body=str(next(written)).encode())

    world.cloudwatch.before = meanwhile
    with pytest.raises(MonitorError, match=r"MON-033 .*2026-11-27T05:00:00Z"):
        world.measure()


def test_figures_of_an_hour_that_somebody_else_has_changed_are_made_again(world: World) -> None:
    record = world.measure()
    world.s3.put_object(Bucket=HOURLY.bucket, Key=world.hour().figures, Body=b"")
    assert world.measure() == record
    assert figures(world)["psi score"].rows == 1400


def test_what_was_run_before_its_time_is_replaced_when_it_is_due(world: World) -> None:
    world.now = FIVE - HOUR
    assert not world.measure().was_due
    world.decide(FIVE.replace(minute=0) - HOUR, around("new"))
    world.now = FIVE
    assert world.measure().decisions == 1600


def test_a_run_that_looked_before_its_time_and_ended_after_it_is_replaced_too(world: World) -> None:
    world.now = FIVE - timedelta(seconds=1)

    def is_due_meanwhile() -> None:
        world.now = FIVE

    world.cloudwatch.before = is_due_meanwhile
    assert not world.measure().was_due
    assert world.measure().was_due


def test_fewer_than_a_thousand_decisions_are_measured_and_warn_of_nothing(world: World) -> None:
    for back in range(2, 8):
        world.decide(AT.replace(hour=9, minute=0) - DAY * back, around(f"{back}", 0.9, 100))
    world.measure()
    assert figures(world)["psi score"].rows == 800
    assert world.cloudwatch.published == []


def test_a_version_without_a_baseline_says_so(world: World) -> None:
    world.register(file=None)
    record = world.measure()
    assert "names no baseline" in str(figures(world)["psi score"].why)
    assert record.decisions == 1400
    assert world.cloudwatch.published == []


def test_a_baseline_that_is_not_what_was_registered_is_not_compared_with(world: World) -> None:
    world.s3.put_object(Bucket=ARTIFACTS, Key="evaluations/late-arrival/run7/baseline.csv", Body=b"score,carrier\r\n")
    world.measure()
    assert str(figures(world)["psi score"].why).startswith("MON-034")


def test_without_decisions_nothing_is_known_and_the_run_says_so() -> None:
    world = World(HOURLY, now=FIVE)
    record = world.measure()
    assert (record.package, record.decisions, record.sources) == (None, 0, ())
    assert world.kept(world.hour().figures) == b""
    assert world.measure() == record


def test_the_version_that_answered_last_is_measured(world: World) -> None:
    world.register(version=8)
    world.decide(FIVE.replace(minute=0) - HOUR, [("new", 0.3, "AA")], version=8)
    world.decide(FIVE.replace(minute=0), [("later", 0.3, "AA")], version=9)
    assert (world.measure().package, world.measure().decisions) == (f"{PACKAGES}8", 1)


def test_what_is_kept_on_disk_serves_the_next_hour(world: World) -> None:
    held, fetched = Held(), list[int]()
    for hour in range(2):
        world.s3.calls.clear()
        world.measure(FIVE + HOUR * hour, held)
        fetched.append(world.s3.calls.count("get_object"))
    assert fetched[1] == fetched[0] - 8  # seven hours and the baseline


def test_an_hour_that_cloudwatch_takes_no_more_is_kept_and_not_told(world: World) -> None:
    world.now = FIVE + timedelta(days=15)
    assert not world.measure().published
    assert world.cloudwatch.published == []
    assert figures(world)["psi score"].value is not None


def test_the_days_run_keeps_its_figures_and_leaves_the_metric_to_the_hours(world: World) -> None:
    world.run()
    assert world.figures()["psi score"].rows == 1400
    assert publishing.SCORE_DRIFT not in world.metrics()
    assert publishing.INPUT_DRIFT not in world.metrics()
    assert publishing.JUDGED in world.metrics()


# Which hour


@pytest.mark.parametrize("at", ["2026-11-27T05:42:00Z", "2026-11-27T05:00:00", "2026-11-27T07:59:59+02:00"])
def test_what_is_measured_follows_from_the_hour_alone(at: str) -> None:
    assert run_hour(HOURLY, at, FIVE) == RunHour(HOURLY, hour_at(FIVE))
    assert run_hour(HOURLY, at, FIVE).at == FIVE


@pytest.mark.parametrize(
    ("drift", "why"),
    [
        (None, "not measured by the hour"),
        (Drift(metric="psi", maximum=0.2), "not measured by the hour"),
        (Drift(metric="psi", maximum=0.2, every_hours=6), "every 6 hours from 00:00"),
    ],
)
def test_an_hour_at_which_nothing_is_measured_is_refused(drift: Drift | None, why: str) -> None:
    with pytest.raises(MonitorError, match=f"MON-040 .*{why}"):
        run_hour(replace(HOURLY, drift=drift), "2026-11-27T05:42:00Z", FIVE)


def test_every_sixth_hour_is_one_of_four() -> None:
    settings = replace(HOURLY, drift=Drift(metric="psi", maximum=0.2, every_hours=6))
    assert str(run_hour(settings, "2026-11-27T18:42:00Z", FIVE)) == f"{ENDPOINT} 2026-11-27T18:00:00Z"


def test_an_hour_is_refused_of_whose_decisions_some_may_be_gone() -> None:
    first = run_hour(HOURLY, "2026-06-03T00:42:00Z", FIVE)
    assert f"{first.window.first:%Y-%m-%d}" == "2026-05-27"  # 184 days before the day of the call
    with pytest.raises(MonitorError, match="MON-039"):
        run_hour(HOURLY, "2026-06-02T23:42:00Z", FIVE)


@pytest.mark.parametrize("at", ["", "now", "2026-13-01", "0001-01-01", "9999-12-31T23:59:59-01:00", "9" * 5000])
def test_an_event_without_a_moment_is_refused(at: str) -> None:
    with pytest.raises(MonitorError, match="MON-031"):
        run_hour(HOURLY, at, FIVE)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b'{"sources": [1]}', b"\xff", b"[" * 100_000])
def test_a_record_that_is_none_is_no_record(content: bytes) -> None:
    assert read(content) is None


# The function


@pytest.fixture
def called(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same world, as the function's clients reach it."""
    made: dict[str, object] = {"s3": world.s3, "cloudwatch": world.cloudwatch, "sagemaker": world.registry}
    monkeypatch.setattr(function, "clients", lambda: made.__getitem__)
    monkeypatch.setattr(function, "utc_now", lambda: FIVE)
    monkeypatch.setattr(function, "_kept", function._Kept)  # pyright: ignore[reportPrivateUsage] # of its own
    monkeypatch.setenv(VARIABLE, world.settings.to_json())
    return world


def test_the_function_measures_drift_where_it_is_asked_for_that(called: World) -> None:
    said = function.handler({"measure": "drift", "at": "2026-11-27T05:42:00Z"}, None)
    window = "2026-11-20 05:00 to 2026-11-27 05:00 UTC"
    assert said == {"hour": "2026-11-27T05:00:00Z", "window": window, "decisions": 1400}
    assert json.loads(called.kept(called.hour().record))["decisions"] == 1400


def test_the_function_judges_the_day_where_it_is_asked_for_nothing_else(called: World) -> None:
    assert function.handler({"at": "2026-11-27T05:42:00Z"}, None)["day"] == "2026-11-27"
    assert called.metrics()[publishing.JUDGED] == 0


@pytest.mark.parametrize("measure", ["", "labels", "DRIFT", 1, ["drift"], {}, "x" * 5000])
def test_the_function_refuses_to_measure_anything_else(called: World, measure: object) -> None:
    with pytest.raises(MonitorError, match="MON-040") as error:
        function.handler({"measure": measure, "at": "2026-11-27T05:42:00Z"}, None)
    assert len(str(error.value)) < 400
    assert called.cloudwatch.published == []

"""What the function of monitors is told, and what it refuses to be told."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mlops_stages.runtime.monitor_runs.days import run_day
from mlops_stages.runtime.monitor_runs.settings import VARIABLE, BiasLimit, Bound, Drift, Retraining, read
from mlops_stages.runtime.monitors.bias import Segment
from mlops_stages.runtime.monitors.codes import MonitorError
from tests.runtime.monitor_runs.given import SETTINGS

WHOLE = {
    "segments": (
        Segment(column="carrier", values=("AA", "UA")),
        Segment(column="dest", values=("é",)),
    ),
    "bias": (BiasLimit(segment=Segment(column="dest", values=("é",)), metric="dppl", maximum=0.1),),
    "drift": Drift(metric="js", maximum=0.1),
    "inputs": {"carrier": "category", "hour": "integer", "temp": "number"},
    "evaluations": "s3://acme-arrivals-artifacts/evaluations/late-arrival/",
    "challenger": "challenger",
    "quality": Bound(metric="log_loss", maximum=0.4),
    "retraining": Retraining(bucket="acme-arrivals-challenges-666666666666", margin=0.002),
}


@pytest.mark.parametrize("changed", [{}, WHOLE, WHOLE | {"drift": Drift(metric="ks", maximum=0.1, every_hours=6)}])
def test_what_the_stack_writes_is_what_the_function_reads(changed: dict[str, Any]) -> None:
    settings = replace(SETTINGS, **changed)
    assert read({VARIABLE: settings.to_json()}) == settings


BY_BASELINE = {"inputs": "hour:i", "evaluations": "s3://a/"}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"label_type": "text"}, "MON-030"),
    ({"delay_hours": 0}, "MON-030"),
    ({"window_days": 101}, "MON-030"),
    ({"margin": 0}, "MON-030"),
    ({"margin": float("nan")}, "MON-030"),
    ({"quality": {"metric": "auc", "minimum": None, "maximum": None}}, "MON-030"),
    ({"quality": {"metric": "auc", "minimum": 0.1, "maximum": 0.2}}, "MON-030"),
    ({"quality": {"metric": "rmse", "minimum": None, "maximum": 0.2}}, "MON-004"),
    ({"segments": [["carrier"]]}, "MON-006"),
    ({"segments": [[]]}, "MON-030"),
    ({"bias": "0:d:0.1"}, "MON-030"),
    ({"bias": "1:d:0.1", "segments": [["carrier", "AA"]]}, "MON-030"),
    ({"bias": "0:d:0.1", "segments": [["carrier", "AA"]], "label_type": "number", "quality": None}, "MON-030"),
    ({"bias": "0:x:0.1", "segments": [["carrier", "AA"]]}, "MON-030"),
    ({"bias": "0:d:0", "segments": [["carrier", "AA"]]}, "MON-030"),
    ({"bias": "0:d:nan", "segments": [["carrier", "AA"]]}, "MON-030"),
    ({"bias": "0:d", "segments": [["carrier", "AA"]]}, "MON-030"),
    ({"bias": [[0, "dppl", 0.1]], "segments": [["carrier", "AA"]]}, "MON-030"),
    ({"drift": {"metric": "psi", "maximum": 0.2}}, "MON-030"),
    *(
        ({"drift": {"metric": metric, "maximum": 0.2}, **BY_BASELINE}, "MON-030")
        for metric in (
            "psi:0",
            "psi:-1",
            "psi:5",
            "psi:16",
            "psi:25",
            "psi:1.5",
            "psi:",
            "psi:x",
            "psi:001",
            "x:1",
            None,
        )
    ),
    ({"inputs": "hour:x"}, "MON-030"),
    ({"retraining": {"bucket": "b", "margin": 0}}, "MON-030"),
    ({"retraining": {"bucket": "", "margin": 0}, "inputs": "hour:i", "evaluations": "s3://a/"}, "MON-030"),
    ({"retraining": {"bucket": "b", "margin": -0.1}, "inputs": "hour:i", "evaluations": "s3://a/"}, "MON-030"),
    ({"retraining": {"bucket": "b", "margin": float("inf")}, "inputs": "hour:i", "evaluations": "s3://a/"}, "MON-030"),
    ({"retraining": {"margin": 0}, "inputs": "hour:i", "evaluations": "s3://a/"}, "MON-030"),
    ({"more": 1}, "MON-030"),
]


@pytest.mark.parametrize(("changed", "code"), REFUSED)
def test_what_is_not_whole_is_refused_with_a_code(changed: dict[str, Any], code: str) -> None:
    told = json.dumps({**json.loads(SETTINGS.to_json()), **changed})
    with pytest.raises(MonitorError, match=code):
        read({VARIABLE: told})


@pytest.mark.parametrize("environ", [{}, {VARIABLE: "{"}, {VARIABLE: "[]"}, {VARIABLE: "{}"}])
def test_a_missing_variable_is_refused_with_a_code(environ: dict[str, str]) -> None:
    with pytest.raises(MonitorError, match="MON-030 MONITORS"):
        read(environ)


def test_the_largest_settings_fit_into_lambdas_environment() -> None:
    """As platform.yaml bounds them: 100 inputs of 2000 letters, and segments whose values have 500 bytes."""
    names = [f"{'i' * 17}{number:03}" for number in range(100)]
    segments = tuple(Segment(column=names[number], values=(f"{number}{'é' * 24}",)) for number in range(10))
    settings = replace(
        SETTINGS,
        endpoint="e" * 63,
        bucket="b" * 63,
        label_bucket="l" * 63,
        label_prefix=f"labels/{'m' * 24}",
        challenger="challenger",
        segments=segments,
        bias=tuple(BiasLimit(segment=each, metric="tpr_gap", maximum=0.12345678901234566) for each in segments),
        drift=Drift(metric="psi", maximum=0.25, every_hours=12),
        inputs=dict.fromkeys(names, "category"),
        evaluations=f"s3://{'a' * 63}/evaluations/{'m' * 24}/",
        retraining=Retraining(bucket="c" * 63, margin=123456.123456789),
    )
    assert len(settings.to_json().encode()) + len(VARIABLE) < 4096


def test_what_an_older_run_was_told_is_read() -> None:
    told = json.loads(SETTINGS.to_json())
    del told["retraining"], told["bias"]
    assert read({VARIABLE: json.dumps(told)}) == SETTINGS


def test_of_drift_that_is_measured_each_day_the_variable_holds_what_it_always_has() -> None:
    told = json.loads(replace(SETTINGS, **WHOLE).to_json())
    assert told["drift"] == {"metric": "js", "maximum": 0.1}


def test_half_a_window_of_days_decides() -> None:
    assert [replace(SETTINGS, window_days=days).fewest_days for days in (7, 28)] == [4, 14]
    assert [replace(SETTINGS, window_days=days).fewest_days_back for days in (1, 7, 28)] == [1, 6, 22]


@pytest.mark.parametrize("at", ["2026-11-27T05:30:00Z", "2026-11-27T05:30:00", "2026-11-27T07:30:00+02:00"])
def test_a_day_judges_the_decisions_whose_labels_have_come(at: str) -> None:
    day = run_day(SETTINGS, at)
    assert (str(day.day), str(day.window)) == ("2026-11-27", "2026-10-29 to 2026-11-25")


def test_a_delay_of_some_hours_ends_the_window_a_day_earlier() -> None:
    settings = replace(SETTINGS, delay_hours=1)
    assert str(run_day(settings, "2026-11-27T05:30:00Z").window) == "2026-10-30 to 2026-11-26"


@pytest.mark.parametrize("at", ["2026-11-27T00:30:00Z", "2026-11-27", "2026-11-28T01:59:59+02:00"])
def test_what_is_judged_follows_from_the_day_alone(at: str) -> None:
    settings = replace(SETTINGS, delay_hours=1)
    assert run_day(settings, at) == run_day(settings, "2026-11-27T05:30:00Z")


def test_a_day_is_refused_of_whose_decisions_some_may_be_gone() -> None:
    now = datetime(2026, 11, 27, 23, 59, tzinfo=UTC)  # 184 days after 2026-05-27
    first = run_day(SETTINGS, "2026-06-25T05:30:00Z", now)
    assert str(first.window.first) == "2026-05-27"
    with pytest.raises(MonitorError, match=r"MON-039 .*2026-06-24"):
        run_day(SETTINGS, "2026-06-24T05:30:00Z", now)


def test_the_longest_delay_and_window_are_judged_every_day() -> None:
    longest = replace(SETTINGS, delay_hours=60 * 24, window_days=60)
    assert run_day(longest, "2026-11-27T05:30:00Z", datetime(2026, 11, 27, 5, 31, tzinfo=UTC))


@pytest.mark.parametrize("at", ["", "today", "2026-13-01", "0001-01-01", "9999-12-31T23:59:59-01:00", "9" * 5000])
def test_an_event_without_a_moment_is_refused_with_a_code(at: str) -> None:
    with pytest.raises(MonitorError, match="MON-031"):
        run_day(SETTINGS, at)

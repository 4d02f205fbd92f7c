"""M of N and missing data: the tables of AWS's documentation, row by row."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from mlops_stages.local.server.cloudwatch.judgement import Missing, Point, Reason, judge

POINTS = {"0": False, "X": True, "-": None}
KEEPS = None

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
# The state when missing data is missing, ignored, breaching, not breaching.
THREE_OF_THREE = {
    "0 - X - X": ("OK", "OK", "OK", "OK"),
    "0 - - - -": ("OK", "OK", "OK", "OK"),
    "- - - - -": ("INSUFFICIENT_DATA", KEEPS, "ALARM", "OK"),
    "0 X X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "- - X - -": ("ALARM", KEEPS, "ALARM", "OK"),
}
TWO_OF_THREE = {
    "0 - X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 0 X 0 X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 - X - -": ("OK", "OK", "ALARM", "OK"),
    "- - - - 0": ("OK", "OK", "ALARM", "OK"),
    "- - - X -": ("ALARM", KEEPS, "ALARM", "OK"),
}
COLUMNS = ("missing", "ignore", "breaching", "notBreaching")
ROWS = [
    (seen, needed, missing, state)
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for seen, states in table.items()
    for missing, state in zip(COLUMNS, states, strict=True)
]


def state(seen: str, *, periods: int = 3, needed: int = 3, missing: Missing = "missing") -> str | None:
    return judge([POINTS[each] for each in seen.split()], periods=periods, needed=needed, missing=missing).state


@pytest.mark.parametrize(("seen", "needed", "missing", "expected"), ROWS)
def test_missing_data_counts_as_the_tables_say(seen: str, needed: int, missing: Missing, expected: str | None) -> None:
    assert state(seen, needed=needed, missing=missing) == expected


@pytest.mark.parametrize("seen", ["- - - - X", "- - - X -"])
def test_one_breaching_point_after_a_gap_is_no_alarm_yet(seen: str) -> None:
    """The documentation's own examples of what would be premature."""
    assert state(seen) == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(("seen", "expected"), [("0 0 X", "OK"), ("0 X X", "ALARM"), ("X 0 X", "ALARM")])
def test_two_of_three_need_not_follow_each_other(seen: str, expected: str) -> None:
    assert state(f"0 0 {seen}", needed=2) == expected


def test_older_points_than_are_needed_do_not_count() -> None:
    assert state("X X 0 0 0") == "OK"
    assert state("0 0 X X X") == "ALARM"


@pytest.mark.parametrize("missing", get_args(Missing))
def test_one_real_point_is_enough_for_an_alarm_on_one(missing: Missing) -> None:
    assert state("- - X", periods=1, needed=1, missing=missing) == "ALARM"
    assert state("X - 0", periods=1, needed=1, missing=missing) == "OK"


def reason(missing: Missing = "missing", needed: int = 1) -> Reason:
    return Reason(
        comparison="GreaterThanThreshold",
        threshold=50.0,
        period=300,
        needed=needed,
        missing=missing,
        statistic="Average",
        unit=None,
        now=1570035880.985,
    )


HIGH = Point(at=1570035540, value=99.50160229693434, samples=5.0)


def test_a_reason_is_worded_as_in_the_documented_event() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    assert reason().text("OK", "ALARM", [HIGH], 0) == (
        "Threshold Crossed: 1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)] was greater than "
        "the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )


def test_the_data_of_a_reason_is_as_in_the_documented_event() -> None:
    found = json.loads(reason().data([HIGH]))
    assert {name: found[name] for name in found if name != "evaluatedDatapoints"} == {
        "version": "1.0",
        "queryDate": "2019-10-02T17:04:40.985+0000",
        "startDate": "2019-10-02T16:59:00.000+0000",
        "statistic": "Average",
        "period": 300,
        "recentDatapoints": [99.50160229693434],
        "threshold": 50.0,
    }


def test_a_reason_says_what_missing_data_counted_for() -> None:
    assert reason("breaching").text("OK", "ALARM", [], 2) == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
        "[Breaching]."
    )
    assert reason().text("OK", "INSUFFICIENT_DATA", [], 1) == "Insufficient Data: 1 datapoint was unknown."


def test_the_way_back_needs_more_points_than_may_breach() -> None:
    low = [Point(at=60 * number, value=1.0) for number in range(3)]
    text = reason(needed=2).text("ALARM", "OK", low, 0)
    assert "were not greater than the threshold" in text
    assert text.endswith("(minimum 2 datapoints for ALARM -> OK transition).")

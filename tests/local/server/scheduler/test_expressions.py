"""Schedule expressions: when they are due, in their time zone."""

from __future__ import annotations

import datetime

import pytest

from mlops_stages.local.server.scheduler import expressions

BERLIN = "Europe/Berlin"


def moment(text: str) -> float:
    """A moment in UTC."""
    return datetime.datetime.fromisoformat(f"{text}+00:00").timestamp()


def due(expression: str, zone: str, after: str, number: int = 1, anchor: str = "2026-01-01T00:00") -> list[str]:
    """The next moments of an expression, in UTC."""
    found, at = list[str](), moment(after)
    for _ in range(number):
        next_one = expressions.after(expression, zone, at, moment(anchor))
        if next_one is None:
            break
        at = next_one
        found.append(datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M"))
    return found


def test_a_time_is_due_once_in_its_zone() -> None:
    assert due("at(2026-07-01T09:00:00)", BERLIN, "2026-06-01T00:00", 2) == ["2026-07-01T07:00"]
    assert due("at(2026-07-01T09:00:00)", "UTC", "2026-07-01T09:00") == []


def test_a_rate_counts_from_its_beginning() -> None:
    assert due("rate(2 hours)", "UTC", "2025-12-31T00:00", 3) == [
        "2026-01-01T00:00",
        "2026-01-01T02:00",
        "2026-01-01T04:00",
    ]
    assert due("rate(7 days)", "UTC", "2026-01-09T00:00") == ["2026-01-15T00:00"]


def test_cron_goes_by_the_walls_of_its_zone() -> None:
    assert due("cron(0 9 ? * MON *)", BERLIN, "2026-03-20T00:00", 2) == ["2026-03-23T08:00", "2026-03-30T07:00"]
    assert due("cron(30 6 L * ? *)", "UTC", "2026-02-01T00:00", 2) == ["2026-02-28T06:30", "2026-03-31T06:30"]


def test_hours_that_are_listed_are_due_each() -> None:
    assert due("cron(42 0,6,12,18 * * ? *)", "UTC", "2026-02-28T06:42", 3) == [
        "2026-02-28T12:42",
        "2026-02-28T18:42",
        "2026-03-01T00:42",
    ]
    assert due("cron(42 * * * ? *)", "UTC", "2026-02-28T22:50", 2) == ["2026-02-28T23:42", "2026-03-01T00:42"]


def test_what_a_clock_leaves_out_is_left_out_and_what_it_repeats_is_due_once() -> None:
    assert due("cron(30 2 * * ? *)", BERLIN, "2026-03-28T00:00", 3) == [
        "2026-03-28T01:30",
        "2026-03-30T00:30",
        "2026-03-31T00:30",
    ]
    assert due("cron(30 2 * * ? *)", BERLIN, "2026-10-24T12:00", 2) == ["2026-10-25T00:30", "2026-10-26T01:30"]


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        ("rate(0 minutes)", "UTC"),
        ("rate(5 seconds)", "UTC"),
        ("at(2026-13-01T00:00:00)", "UTC"),
        ("at(tomorrow)", "UTC"),
        ("cron(0 9 1 * MON *)", "UTC"),
        ("cron(0 9 * * *)", "UTC"),
        ("cron(61 9 * * ? *)", "UTC"),
        ("rate(1 hour)", "Europe/Nowhere"),
        ("rate(1 hour)", "../../etc/passwd"),
    ],
)
def test_what_is_no_schedule_is_refused(expression: str, zone: str) -> None:
    assert expressions.check(expression, zone) != ""


@pytest.mark.parametrize("expression", ["rate(1 minute)", "at(2026-01-01T00:00:00)", "cron(0/15 8-17 ? * MON-FRI *)"])
def test_what_is_a_schedule_is_taken(expression: str) -> None:
    assert expressions.check(expression, BERLIN) == ""

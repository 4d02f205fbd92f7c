"""A source of labels is whole, or is refused before anything is read; and it says which days are looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from mlops_stages.runtime.labels.codes import CODES, LabelsError
from mlops_stages.runtime.labels.source import Place
from tests.runtime.decisions.given import ENDPOINT
from tests.runtime.labels.given import DAY, PREFIX, SOURCE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endpoint", ""), ("endpoint", "a/b"), ("endpoint", "-a"), ("endpoint", "a" * 64), ("endpoint", 7),
        ("bucket", ""), ("bucket", "a/b"), ("bucket", "Acme"), ("bucket", None),
        ("source_bucket", ""), ("source_bucket", "a"), ("source_bucket", "a\nb"),
        ("source_prefix", ""), ("source_prefix", "/labels"), ("source_prefix", "labels/"),
        ("source_prefix", "labels//late-arrival"), ("source_prefix", "labels/\n"), ("source_prefix", "a b"),
        ("type", "text"), ("type", ""), ("type", None),
        ("look_back_days", 0), ("look_back_days", -1), ("look_back_days", 401), ("look_back_days", True),
        ("look_back_days", "40"), ("look_back_days", 1.5),
    ],
)  # fmt: skip
def test_a_source_that_is_not_whole_is_refused(name: str, value: object) -> None:
    given: dict[str, Any] = {name: value}
    with pytest.raises(LabelsError, match="LBL-001"):
        replace(SOURCE, **given)


def test_the_look_back_ends_today_in_utc() -> None:
    source = replace(SOURCE, look_back_days=3)
    assert source.days_back(datetime(2026, 3, 1, 0, tzinfo=UTC)) == [
        date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)
    ]  # fmt: skip
    east = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert source.days_back(east)[-1] == date(2026, 2, 28)
    assert len(SOURCE.days_back(east)) == 40


def test_a_day_has_its_places() -> None:
    place = Place(SOURCE, DAY)
    assert place.collected == f"{PREFIX}/2026/11/27/"
    assert place.labels == f"labels/endpoint={ENDPOINT}/utc_day=2026-11-27/labels.parquet"
    assert place.quarantine == f"quarantine/labels/endpoint={ENDPOINT}/utc_day=2026-11-27/day.jsonl"
    assert place.manifest == f"manifests/labels/endpoint={ENDPOINT}/utc_day=2026-11-27/day.json"


@pytest.mark.parametrize(("name", "hour"), [("00/a.jsonl", 0), ("23/a b é.jsonl", 23), ("09/..jsonl", 9)])
def test_a_file_says_in_which_hour_it_was_collected(name: str, hour: int) -> None:
    assert Place(SOURCE, DAY).hour_of(f"{PREFIX}/2026/11/27/{name}") == datetime(2026, 11, 27, hour)


@pytest.mark.parametrize(
    "name",
    ["24/a.jsonl", "9/a.jsonl", "009/a.jsonl", "a.jsonl", "09/a/b.jsonl", "09/.jsonl", "09/a.json", "09/a.jsonl.gz",
     "09/a.JSONL", "09/a.jsonl\n", "\u0660\u0669/a.jsonl", "//a.jsonl"],
)  # fmt: skip
def test_a_file_elsewhere_has_no_hour(name: str) -> None:
    assert Place(SOURCE, DAY).hour_of(f"{PREFIX}/2026/11/27/{name}") is None


def test_every_code_says_what_to_do() -> None:
    assert all(cause.meaning.endswith(".") and cause.fix.endswith(".") for cause in CODES.values())
    assert (
        str(LabelsError("LBL-003", "here", "1 files are gone"))
        == f"LBL-003 here: 1 files are gone; {CODES['LBL-003'].fix}"
    )

"""How long a step's result stays good, in every form that AWS documents."""

import time

import pytest

from mlops_stages.pipeline_definition import durations

DAY = 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30d", 30 * DAY),
        ("5y", 5 * 365 * DAY),
        ("T16m", 16 * 60),
        ("30dT5h", 30 * DAY + 5 * 3600),
        ("p30d", 30 * DAY),
        ("P30D", 30 * DAY),
        ("PT1H", 3600),
        ("P1DT12H30M5S", DAY + 12 * 3600 + 30 * 60 + 5),
        ("P2W", 14 * DAY),
        ("P1Y2M", (365 + 60) * DAY),
        ("PT0S", 0),
        ("P999999999D", 999_999_999 * DAY),
    ],
)
def test_a_duration_is_read_as_aws_takes_it(text: str, seconds: int) -> None:
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "T", "1", "1d2", "P1H", "PT1D", "5h", "forever", "P-1D", "P1DT", "P1D1D", "P1D2Y", "PP1D"),
        *("P1,5D", "P1.5D", " P1D", "P1D\n", "P٣D", "1\u00a0d", "P9999999999D", "1d" * 40),
    ],
)
def test_what_is_no_duration_is_none(text: str) -> None:
    assert durations.seconds(text) is None


def test_a_hostile_text_takes_no_time() -> None:
    began = time.process_time()
    for text in ("9" * 1_000_000, "P" + "1" * 1_000_000 + "D", "1Y" * 500_000, "T" * 1_000_000):
        assert durations.seconds(text) is None
    assert time.process_time() - began < 0.5

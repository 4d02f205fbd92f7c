"""The stream: hours of flights in their order, each with an id of its own, and its labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.drill import stream
from mlops_stages.drill.scenarios.rollback import at_three
from mlops_stages.drill.stream import Hour, Stream, fetched, hours_of
from mlops_stages.errors import UserError
from mlops_stages.local import containers
from mlops_stages.runtime.capture.records import CSV, Body
from mlops_stages.runtime.decisions.request_rows import DECISION_ID, numbered, rows_of
from mlops_stages.runtime.decisions.settings import Input

DAY, CLOCK = date(2013, 9, 11), date(2026, 12, 1)
LINES = (
    "2013-09-11,5,0,UA,EWR,IAH,5,2,1400,,149.0\n",
    "2013-09-11,5,1,AA,JFK,MIA,5,2,1089,23.0,178.0\n",
    "2013-09-11,6,0,B6,JFK,FLL,6,2,1069,8.0,\n",
    "2013-09-12,5,1,UA,EWR,IAH,5,3,1400,9.0,149.0\n",
)
INPUTS = [
    Input(name=name, type="category" if name in ("carrier", "origin", "dest") else "number")
    for name in ("carrier", "origin", "dest", "hour", "day_of_week", "distance", "plane_age", "seats")
]


def test_hours_come_by_day_with_their_rows_and_labels_in_order() -> None:
    found = hours_of(iter(LINES))
    assert {day: [hour.hour for hour in hours] for day, hours in found.items()} == {
        DAY: [5, 6],
        date(2013, 9, 12): [5],
    }
    first = found[DAY][0]
    assert first.labels == (0, 1)
    assert first.body == b"UA,EWR,IAH,5,2,1400,,149.0\nAA,JFK,MIA,5,2,1089,23.0,178.0\n"


@pytest.mark.parametrize(
    "line", ["", "2013-09-11,5,0", "2013-99-11,5,0,UA", "2013-09-11,five,0,UA", "2013-09-11,5,late,UA"]
)
def test_a_line_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        hours_of(iter((line,)))


def test_ids_are_those_that_the_platform_gives_the_rows_of_a_request() -> None:
    hour = hours_of(iter(LINES))[DAY][0]
    ids = list(hour.decision_ids(CLOCK))
    assert ids == numbered(2, hour.inference_id(CLOCK))
    assert all(DECISION_ID.fullmatch(each) for each in ids)
    assert rows_of(Body(hour.body, CSV, as_text=True), INPUTS).count == 2


def test_the_same_hour_on_another_day_of_the_clock_has_other_ids() -> None:
    hour = hours_of(iter(LINES))[DAY][0]
    assert not {*hour.decision_ids(CLOCK)} & {*hour.decision_ids(date(2026, 12, 2))}


def test_days_without_flights_are_left_out() -> None:
    found = Stream(hours_of(iter(LINES)))
    assert found.days(date(2013, 9, 10), date(2013, 9, 20)) == [DAY, date(2013, 9, 12)]


def test_a_flight_at_three_is_the_same_flight() -> None:
    row = hours_of(iter(LINES))[DAY][0].rows[0]
    assert at_three(row) == "UA,EWR,IAH,3,2,1400,,149.0"


class S3:
    """S3 with what has landed."""

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert Bucket == "landed"
        return {"Body": Path(__file__).open("rb") if Key.endswith(".csv") else None}


def clients(service: str) -> S3:
    assert service == "s3"
    return S3()


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int, str], None]:
    """Have the container end so, with those rows."""

    def end(ending: str, status: int, rows: str) -> None:
        def run(container: containers.Container, command: list[str], **given: Any) -> tuple[str, int]:  # noqa: ANN401
            assert command[-2:] == ["2013-09-01", "2013-09-30"]
            assert (container.readable["/opt/ml/code"] / "curate.py").read_bytes() == b"code"
            assert {each.name for each in container.readable["/opt/ml/landing"].iterdir()} == {
                "flights.csv", "planes.csv", "weather.csv",
            }  # fmt: skip
            (container.writable["/opt/ml/made"] / "rows.csv").write_text(rows, "utf-8")
            given["on_line"]("what the code printed")
            return ending, status

        monkeypatch.setattr(stream.containers, "run", run)

    return end


def made() -> Stream:
    scripts = (("curate.py", b"code"),)
    return fetched(clients, "landed", scripts, Path("python"), date(2013, 9, 1), date(2013, 9, 30))


def test_it_is_made_of_what_has_landed_and_says_of_what(running: Callable[[str, int, str], None]) -> None:
    running("exited", 0, "".join(LINES))
    found = made()
    assert list(found.hours) == [DAY, date(2013, 9, 12)]
    assert [each.where.rpartition("/")[2] for each in found.sources] == ["flights.csv", "planes.csv", "weather.csv"]
    assert all(each.says.startswith("sha256 ") for each in found.sources)


@pytest.mark.parametrize(
    ("ending", "status", "rows"), [("exited", 1, ""), ("too much", 0, ""), ("exited", 0, "no,rows\n")]
)
def test_code_that_makes_no_rows_is_told_of(
    running: Callable[[str, int, str], None], ending: str, status: int, rows: str
) -> None:
    running(ending, status, rows)
    with pytest.raises(UserError) as told:
        made()
    assert (told.value.code, told.value.exit_code) == ("DRL-003", 1)
    assert json.dumps(str(told.value))


def test_an_hour_is_sent_as_it_is() -> None:
    hour = Hour(day=DAY, hour=5, rows=("UA,1", "AA,2"), labels=(0, 1))
    assert hour.body == b"UA,1\nAA,2\n"

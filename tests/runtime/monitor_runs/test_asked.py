"""The requests that candidates are judged on: which they are, how they are written, and what is left out."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from mlops_stages.runtime.decisions.database import connected
from mlops_stages.runtime.monitor_runs import sources
from mlops_stages.runtime.monitor_runs.asked import write_requests
from mlops_stages.runtime.monitor_runs.measuring import measure
from mlops_stages.runtime.monitor_runs.settings import Retraining
from tests.runtime.monitor_runs.given import AT, CHALLENGES, DAY, ENDPOINT, FIRST, RETRAINED, World

KEY = f"challenges/endpoint={ENDPOINT}/utc_day=2026-11-27/requests.csv.gz"


@pytest.fixture
def world() -> World:
    return World(RETRAINED)


def kept(world: World) -> bytes:
    """The newest version of the file of the day."""
    return cast("bytes", world.s3.held[CHALLENGES, KEY][0].content)


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(gzip.decompress(content).decode(), newline="")))


def labelled(world: World, hour: datetime, *decisions: tuple[str, str]) -> None:
    """Decisions of an hour, of a carrier each, and their labels."""
    world.decide(hour, [(each, 0.5, carrier) for each, carrier in decisions], inputs=("carrier", "hour", "temp"))
    world.label(hour + DAY, *({"decision_id": each, "label": 1} for each, _ in decisions))


def test_the_inputs_of_labelled_decisions_are_written_in_the_order_of_ids(world: World) -> None:
    labelled(world, FIRST, ("b", "AA"), ("a", 'U"A, x'))
    record = world.run()
    content = kept(world)
    assert gzip.decompress(content) == b'decision_id,carrier,hour,temp\r\na,"U""A, x",,\r\nb,AA,,\r\n'
    assert record.requests is not None
    assert (record.requests.bucket, record.requests.key) == (CHALLENGES, KEY)
    assert record.requests.sha256 == hashlib.sha256(content).hexdigest()
    assert (record.requests.rows, record.requests.left_out) == (2, 0)


def test_what_no_comparison_would_count_is_left_out(world: World) -> None:
    labelled(world, FIRST, ("in", "AA"))
    world.decide(FIRST + DAY, [("no label", 0.5, "AA"), ("no score", float("nan"), "AA")])
    world.label(FIRST + DAY * 2, {"decision_id": "no score", "label": 1}, name="b")
    labelled(world, FIRST - DAY, ("before the window", "AA"))
    labelled(world, AT - timedelta(hours=20), ("after the window", "AA"))
    world.run()
    assert [each[0] for each in rows(kept(world))[1:]] == ["in"]


def test_another_versions_decisions_are_left_out(world: World) -> None:
    world.live(2, 0.3, version=6)
    labelled(world, FIRST + DAY * 3, ("new", "AA"))
    world.run()
    assert [each[0] for each in rows(kept(world))[1:]] == ["new"]


def test_decisions_that_share_an_id_are_left_out(world: World) -> None:
    labelled(world, FIRST, ("one", "AA"), ("one", "UA"), ("other", "AA"))
    world.run()
    assert [each[0] for each in rows(kept(world))[1:]] == ["other"]


def test_an_input_that_no_hour_has_or_that_was_of_another_type_is_missing(world: World) -> None:
    world.settings = replace(RETRAINED, inputs={"carrier": "number", "gate": "category"})
    labelled(world, FIRST, ("a", "AA"), ("b", "7.5"))
    world.run()
    assert rows(kept(world)) == [["decision_id", "carrier", "gate"], ["a", "", ""], ["b", "7.5", ""]]


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("integer", "9.0", "9"),
        ("integer", "-0.0", "0"),
        ("integer", "1e3", "1000"),
        ("number", "9.0", "9.0"),
        ("number", "0.1", "0.1"),
        ("number", "1e300", "1e+300"),
        ("category", "9.0", "9.0"),
        ("category", "é", "é"),
    ],
)
def test_a_value_is_written_as_a_request_would_have_it(world: World, kind: str, value: str, written: str) -> None:
    world.settings = replace(RETRAINED, inputs={"carrier": kind})  # pyright: ignore[reportArgumentType] - a type of an input
    labelled(world, FIRST, ("a", value))
    world.run()
    assert rows(kept(world))[1] == ["a", written]


def test_without_decisions_there_is_a_header(world: World) -> None:
    record = world.run()
    assert record.requests is not None
    assert record.requests.rows == 0
    assert rows(kept(world)) == [["decision_id", "carrier", "hour", "temp"]]


def test_the_same_day_has_the_same_bytes_and_is_written_once(world: World) -> None:
    world.live(3, 0.3)
    first = world.run()
    again = World(RETRAINED)
    again.live(3, 0.3)
    assert again.run() == first
    assert kept(again) == kept(world)
    world.settings = replace(RETRAINED, retraining=Retraining(bucket=CHALLENGES, margin=0.5))
    world.run()
    assert len(world.s3.held[CHALLENGES, KEY]) == 1


def test_what_is_gone_or_was_changed_is_written_again(world: World) -> None:
    world.live(2, 0.3)
    world.run()
    content = kept(world)
    del world.s3.held[CHALLENGES, KEY]
    world.run()
    assert kept(world) == content
    world.s3.put_object(Bucket=CHALLENGES, Key=KEY, Body=b"other")
    world.run()
    assert kept(world) == content


def test_of_more_than_are_written_every_day_keeps_its_share(world: World, tmp_path: Path) -> None:
    retraining = RETRAINED.retraining
    assert retraining is not None
    for number, count in enumerate((200, 100, 100)):
        labelled(world, FIRST + DAY * number, *((f"{number}-{place}", "AA") for place in range(count)))
    day = world.day()
    world.run()
    held = sources.Held()
    files = held.fetched(world.s3, RETRAINED.bucket, sources.found(world.s3, day))
    with connected(tmp_path) as database:
        measure(database, day, files)
        made = write_requests(database, day, retraining, tmp_path / "requests.csv.gz", most_rows=100)
    assert (made.rows, made.left_out) == (100, 300)
    written = [each[0] for each in rows((tmp_path / "requests.csv.gz").read_bytes())[1:]]
    assert written == sorted(written)
    assert len(written) == 100
    by_day = Counter(each[0] for each in written)
    assert 35 <= by_day["0"] <= 65
    assert min(by_day["1"], by_day["2"]) >= 12

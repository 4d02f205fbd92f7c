"""Hours as large, and files as many, as there may be; and the same captures are always the same bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from mlops_stages.runtime.decisions import capture_files, database, table
from mlops_stages.runtime.decisions.capture_files import CaptureFile, contents
from tests.runtime.decisions.given import CAPTURES, DECISIONS, S3, SETTINGS, World, queried, requested

MANY = 100_000


def kept(world: World) -> dict[str, bytes]:
    """All that is kept of decisions."""
    return {key: world.kept(key) for bucket, key in world.s3.held if bucket == DECISIONS}


def an_hour(*names: str, rows: int = 100, requests: int = 300) -> World:
    """A world with an hour whose files are written in the order of the names."""
    world = World()
    share = requests // len(names)
    for name in names:
        number = int(name)
        lines = [requested(each, rows) for each in range(number * share, (number + 1) * share)]
        world.capture(*lines, b"junk", requested(0, rows), name=name)
    return world


def test_an_hour_of_a_hundred_thousand_rows() -> None:
    world = an_hour("0", "1", rows=1_000, requests=MANY // 1_000)
    world.settle()
    found = world.found()
    assert (found["rows"], found["requests"], found["duplicates"]) == (MANY, 100, 2)
    parquet = world.kept(world.place().decisions)
    sizes = queried(parquet, "SELECT count(*), count(DISTINCT decision_id), sum(temp * 4) FROM decisions")
    assert sizes == [(MANY, MANY, 1_000 * sum(range(100)))]
    ids = [each for (each,) in world.rows("decision_id")]
    assert ids == sorted(ids)


def test_a_row_group_is_as_large_as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "ROW_GROUP", 4_096)
    world = an_hour("0", rows=100, requests=100)
    world.settle()
    parquet = world.kept(world.place().decisions)
    groups = "SELECT DISTINCT row_group_num_rows FROM parquet_metadata(getvariable('path')) ORDER BY 1"
    assert queried(parquet, groups) == [(1_808,), (4_096,)]


def test_the_same_captures_are_the_same_bytes_whatever_came_first(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = an_hour("0", "1", "2"), an_hour("2", "0", "1")
    first.settle()
    second.settle()
    assert kept(first) == kept(second)
    late = an_hour("0", "1", "2")
    held = late.s3.held.pop((CAPTURES, f"{late.place().captured}1.jsonl"))
    late.settle()
    late.s3.held[CAPTURES, f"{late.place().captured}1.jsonl"] = held
    late.settle()
    assert kept(late) == kept(first)
    monkeypatch.setattr(database, "MEMORY", "16MB")  # DuckDB spills
    small = an_hour("0", "1", "2")
    small.settle()
    assert kept(small) == kept(first)


def test_ten_thousand_tiny_files() -> None:
    world = World(replace(SETTINGS, look_back_hours=1))
    for number in range(10_000):
        world.capture(requested(number), name=f"{number:05}")
    world.settle()
    assert (world.found()["rows"], len(world.manifest()["files"])) == (10_000, 10_000)


# Files are fetched ahead, but not all at once


class Counting(S3):
    """Counts the files that are fetched and not yet given back."""

    fetched = 0
    _lock = threading.Lock()

    def get_object(self, **given: str) -> dict[str, object]:
        with self._lock:
            self.fetched += 1
        return super().get_object(**given)


def taken(s3: Counting, files: Sequence[CaptureFile]) -> Iterator[int]:
    """How many more files than were given back are fetched, file by file."""
    for number, _ in enumerate(contents(s3, CAPTURES, files)):
        yield s3.fetched - number


def stored(count: int) -> tuple[Counting, list[CaptureFile]]:
    """Files, and what they are listed as."""
    s3 = Counting()
    for number in range(count):
        s3.put_object(Bucket=CAPTURES, Key=f"{number:05}.jsonl", Body=b"x" * 10)
    return s3, capture_files.listed(s3, CAPTURES, "")


def test_many_small_files_are_fetched_a_few_at_a_time() -> None:
    s3, files = stored(1_000)
    assert max(taken(s3, files)) <= 65


def test_few_large_files_are_fetched_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_files, "_AHEAD_BYTES", 15)
    s3, files = stored(20)
    assert max(taken(s3, files)) <= 2


def test_contents_come_in_the_order_of_the_files() -> None:
    s3 = S3()
    for number in range(200):
        s3.put_object(Bucket=CAPTURES, Key=f"{number:05}.jsonl", Body=str(number).encode())
    files = capture_files.listed(s3, CAPTURES, "")
    assert [int(each or b"") for each in contents(s3, CAPTURES, files)] == [*range(200)]

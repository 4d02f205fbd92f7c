"""The labels of a day are what its files hold, whatever is late, repeated, lost or dies."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mlops_stages.runtime.decisions import capture_files, database
from mlops_stages.runtime.labels.codes import LabelsError
from mlops_stages.runtime.labels.reading import Settled, due_days
from tests.runtime.decisions.given import DECISIONS, Json, queried
from tests.runtime.labels.given import DAY, NOW, SOURCE, SOURCE_BUCKET, World, ours, sagemakers
from tests.runtime.ledger.given import Held, error

BEFORE = DAY - timedelta(days=1)


class DiedError(BaseException):
    """The process ends: nothing catches that."""


# What is written


def test_a_day_becomes_rows_in_a_fixed_order() -> None:
    world = World()
    world.collect(ours("d-2", 0), sagemakers("1\n0", "e-1"), name="b", hour=10)
    world.collect(ours("d-1", 1), ours("d-2", 1, correction=True), hour=11)
    world.settle()
    at = {hour: datetime(2026, 11, 27, hour) for hour in (10, 11)}
    assert world.rows("*") == [
        ("d-1", None, None, 1.0, at[11], False),
        ("d-2", None, None, 0.0, at[10], False),
        ("d-2", None, None, 1.0, at[11], True),
        (None, "e-1", 1, 1.0, at[10], False),
        (None, "e-1", 2, 0.0, at[10], False),
    ]


def test_columns_have_the_declared_types() -> None:
    world = World()
    world.collect(ours())
    world.settle()
    query = "SELECT column_name, column_type FROM (DESCRIBE decisions)"
    assert dict(queried(world.kept(world.place().labels), query)) == {
        "decision_id": "VARCHAR", "event_id": "VARCHAR", "row": "INTEGER", "label": "DOUBLE",
        "collected_at": "TIMESTAMP", "correction": "BOOLEAN",
    }  # fmt: skip


def test_a_manifest_says_what_was_read_and_found() -> None:
    world = World()
    key = world.collect(ours("d-1"), ours("d-1"), sagemakers("1\n0"), ours("d-2", correction=True), b"junk", b"")
    made = world.read()
    assert made is not None
    told = world.manifest()
    assert told["found"] == {
        "lines": 5, "labels": 4, "repeated": 1, "corrections": 1, "quarantined": {"LBL-104": 1}
    }  # fmt: skip
    (file,) = told["files"]
    assert (file["key"], told["day"], told["type"]) == (key, "2026-11-27", "binary")
    assert told["labels_sha256"] == hashlib.sha256(world.kept(world.place().labels)).hexdigest()
    assert told["quarantine_sha256"] == hashlib.sha256(world.kept(world.place().quarantine)).hexdigest()
    assert world.kept(world.place().manifest) == made.to_json()


def test_a_refused_line_is_named_and_nothing_of_it_is_shown() -> None:
    world = World()
    wrong = ours("d-1", "secret")
    key = world.collect(ours(), wrong)
    world.settle()
    said = {"file": key, "line": 2, "code": "LBL-107", "sha256": hashlib.sha256(wrong).hexdigest()}
    assert world.quarantine() == [said]
    assert not any(b"secret" in each for each in world.states().values())


def test_lines_may_end_as_on_windows_and_the_last_one_without_a_break() -> None:
    world = World()
    world.put(ours("d-1") + b"\r\n" + ours("d-2"), "09/a.jsonl")
    world.settle()
    assert [each[0] for each in world.rows()] == ["d-1", "d-2"]


def test_a_file_that_is_too_large_is_not_read_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_files, "MOST_BYTES", 100)
    world = World()
    large = world.collect(*(ours(f"d-{number}") for number in range(10)), name="a")
    world.collect(ours(), name="b")
    world.settle()
    assert world.quarantine() == [{"file": large, "line": 0, "code": "LBL-101", "sha256": None}]
    assert (world.found()["lines"], world.found()["labels"]) == (1, 1)


@pytest.mark.parametrize("name", ["a.jsonl", "24/a.jsonl", "09/10/a.jsonl", "09/a.csv", "09/a.jsonl.gz", "09/a\nb"])
def test_a_file_in_another_place_is_named_and_not_read(name: str) -> None:
    world = World()
    key = world.put(ours("d-2") + b"\n", name)
    world.collect(ours("d-1"), b"junk")
    world.settle()
    assert [each[0] for each in world.rows()] == ["d-1"]
    assert [(each["file"], each["line"], each["code"]) for each in world.quarantine()] == [
        (key, 0, "LBL-102"), (f"{world.place().collected}09/a.jsonl", 2, "LBL-104")
    ]  # fmt: skip
    assert world.found()["lines"] == 2


@pytest.mark.parametrize(
    "name", ["", "09/", "09/_SUCCESS", "09/.a.jsonl", "09/_temporary.jsonl", "09/_temporary/0/a.jsonl"]
)
def test_marks_of_folders_and_of_unfinished_jobs_are_passed_over(name: str) -> None:
    world = World()
    world.put(b"", name)
    assert world.due() == []
    world.collect(ours())
    world.settle()
    assert (len(world.manifest()["files"]), world.quarantine()) == (1, [])


def test_an_id_that_means_something_to_csv_comes_through() -> None:
    world = World()
    values = ['"', "a,b", "'", "\\", "\\N", "NULL", " ", " a ", "{}", "#", "é", "飞", "-", "0", "true", '""', '"a"b"']
    world.collect(*(sagemakers("1", value) for value in values))
    world.settle()
    assert sorted(each[1] for each in world.rows()) == sorted(values)


def test_a_number_keeps_each_bit() -> None:
    world = World(replace(SOURCE, type="number"))
    values = [0.1, 1 / 3, -1e-300, 5e-324, 1.7976931348623157e308, 123456789.12345679]
    world.collect(*(ours(f"d-{number}", value) for number, value in enumerate(values)))
    world.settle()
    assert [each[3] for each in world.rows()] == values


def test_a_day_whose_every_line_is_refused_has_no_row() -> None:
    world = World()
    world.collect(b"junk", b"{}")
    world.settle()
    assert (world.rows(), world.found()["labels"], len(world.quarantine())) == ([], 0, 2)


# Which days are due


def test_days_are_due_whose_files_were_not_read() -> None:
    world = World()
    assert world.due() == []
    world.collect(ours())
    world.collect(ours(), day=BEFORE)
    assert world.due() == [BEFORE, DAY]
    assert world.read() is not None
    assert world.due() == [BEFORE]
    assert world.read(BEFORE) is not None
    assert world.due() == []


def test_a_day_that_was_read_is_not_read_again() -> None:
    world = World()
    world.collect(ours())
    world.settle()
    before = dict(world.s3.held)
    assert world.read() is None
    assert world.s3.held == before


def test_a_day_without_a_file_leaves_nothing() -> None:
    world = World()
    assert world.read() is None
    assert world.states() == {}


@pytest.mark.parametrize(("back", "due"), [(39, True), (40, False)])
def test_a_file_may_come_as_late_as_the_look_back(back: int, due: bool) -> None:
    world = World()
    day = DAY - timedelta(days=back)
    world.collect(ours(), day=day)
    assert (world.due() == [day]) is due


def test_tomorrow_is_not_due_yet() -> None:
    world = World()
    world.collect(ours(), day=DAY + timedelta(days=1), hour=0)
    assert world.due() == []
    world.now = NOW + timedelta(hours=9)
    assert world.due() == [DAY + timedelta(days=1)]


def test_a_look_lists_each_folder_once_and_looks_at_a_day_that_is_read_only_once() -> None:
    world, settled = World(), Settled()
    world.collect(ours())
    world.settle()
    for looked_at in (1, 0):
        world.s3.calls.clear()
        assert due_days(world.s3, world.source, world.now, settled) == {}
        assert world.s3.calls.count("get_object") == looked_at
        assert world.s3.calls.count("list_objects_v2") == 6 + looked_at
    key = world.place().labels
    world.s3.put_object(Bucket=world.source.bucket, Key=key, Body=b"none of ours")
    assert due_days(world.s3, world.source, world.now, settled) == {DAY: ()}


@pytest.mark.parametrize(
    "name",
    [
        "a.jsonl", "2026-11-27/09/a.jsonl", "utc_day=2026-11-27/a.jsonl", "of-late/a.jsonl", "09/a.jsonl",
        "2026/a.jsonl", "2026/11/a.jsonl", "2026/13/01/09/a.jsonl", "2026/11/31/09/a.jsonl", "2026/1/27/09/a.jsonl",
        "2026/11/7/09/a.jsonl", "2026/11/27",
    ],
)  # fmt: skip
def test_a_file_in_no_days_folder_is_named_on_the_day_on_which_it_was_written(name: str) -> None:
    world = World()
    world.collect(ours("d-1"), day=BEFORE)
    key = world.misplace(name)
    assert world.due() == [BEFORE, DAY]
    world.settle()
    assert world.quarantine() == [{"file": key, "line": 0, "code": "LBL-102", "sha256": None}]
    assert (world.rows(), world.rows("decision_id", day=BEFORE)) == ([], [("d-1",)])


def test_a_misplaced_file_is_no_longer_named_once_it_is_moved() -> None:
    world = World()
    world.collect(ours("d-1"))
    key = world.misplace("2026-11-27/a.jsonl")
    world.settle()
    assert len(world.quarantine()) == 1
    world.lose(key)
    world.collect(ours("d-9"), hour=10)
    world.settle()
    assert (world.quarantine(), [each[0] for each in world.rows()]) == ([], ["d-1", "d-9"])


def test_a_misplaced_file_that_was_written_before_the_look_back_is_named_no_more() -> None:
    world = World()
    world.misplace("a.jsonl", at=NOW - timedelta(days=40))
    assert world.due() == []


def test_misplaced_files_are_found_on_each_page_of_a_listing() -> None:
    world = World()
    world.s3.page = 2
    keys = [world.misplace(f"{folder}/{number}.jsonl") for folder in ("2026-11-27", "2026/1", "x") for number in "123"]
    world.misplace("2025/12/31/09/a.jsonl")
    world.settle()
    assert [each["file"] for each in world.quarantine()] == sorted(keys)


@pytest.mark.parametrize("name", ["_SUCCESS", ".a", "_temporary/0/2026/11/27/09/a.jsonl", "2026-11-27/"])
def test_marks_of_folders_and_of_unfinished_jobs_are_not_misplaced(name: str) -> None:
    world = World()
    world.misplace(name)
    assert world.due() == []


def test_other_models_and_endpoints_are_apart() -> None:
    world = World()
    world.s3.put_object(
        Bucket=SOURCE_BUCKET, Key="labels/late-arrival-2/2026/11/27/09/a.jsonl", Body=ours("d-2") + b"\n"
    )
    world.collect(ours("d-1"))
    world.settle()
    other = World(replace(SOURCE, endpoint="other", source_prefix="labels/late-arrival-2"), s3=world.s3)
    assert other.due() == [DAY]
    other.settle()
    assert ([each[0] for each in world.rows()], [each[0] for each in other.rows()]) == (["d-1"], ["d-2"])


# Late, repeated, gone, replaced


def test_a_late_file_is_merged() -> None:
    world = World()
    world.collect(ours("d-2"), name="b")
    world.settle()
    world.now += timedelta(days=20)
    world.collect(ours("d-1"), name="a", hour=1)
    world.settle()
    assert [each[0] for each in world.rows()] == ["d-1", "d-2"]
    assert len(world.manifest()["files"]) == 2


def test_what_is_repeated_within_the_day_is_there_once_an_hour() -> None:
    world = World()
    world.collect(ours(), ours(label=1.0), sagemakers("1\n1"), name="a")
    world.collect(ours(), sagemakers("1\n1\n"), name="b")
    world.collect(ours(), hour=10)
    world.settle()
    assert world.rows("decision_id, row, hour(collected_at)") == [
        ("d-1", None, 9), ("d-1", None, 10), (None, 1, 9), (None, 2, 9)
    ]  # fmt: skip
    assert world.found()["repeated"] == 4


def test_files_that_are_gone_take_no_label_along() -> None:
    world = World()
    gone = world.collect(ours("d-1"), name="a")
    world.collect(ours("d-2"), name="b")
    world.settle()
    states = world.states()
    content = world.s3.get_object(Bucket=SOURCE_BUCKET, Key=gone)["Body"].read()
    world.lose(gone)
    world.collect(ours("d-3"), name="c")
    assert world.due() == [DAY]
    with pytest.raises(LabelsError, match=r"LBL-003 .*1 files are gone, the first of them .*a\.jsonl"):
        world.read()
    assert world.states() == states
    world.put(content, "09/a.jsonl")
    world.settle()
    assert [each[0] for each in world.rows()] == ["d-1", "d-2", "d-3"]


def test_all_files_gone_take_no_label_along() -> None:
    world = World()
    key = world.collect(ours())
    world.settle()
    world.lose(key)
    assert world.due() == [DAY]
    with pytest.raises(LabelsError, match="LBL-003"):
        world.read()
    assert len(world.rows()) == 1


def test_a_file_that_was_replaced_is_read_again() -> None:
    world = World()
    world.collect(ours("d-1"))
    world.settle()
    world.collect(ours("d-2"))
    world.settle()
    assert [each[0] for each in world.rows()] == ["d-2"]


def test_days_are_read_again_once_the_type_of_labels_changes() -> None:
    world = World()
    world.collect(ours("d-1", 1), ours("d-2", 39.5))
    world.settle()
    assert len(world.rows()) == 1
    world.source = replace(SOURCE, type="number")
    assert world.due() == [DAY]
    world.settle()
    assert (len(world.rows()), world.quarantine()) == (2, [])


# Others write at the same time


def test_a_slower_reader_does_not_put_older_labels_in_place_of_newer_ones() -> None:
    world = World()
    world.collect(ours("d-1"), name="a")

    def faster(call: str, _given: Json) -> None:
        if call == "put_object":
            world.s3.before = lambda _call, _given: None
            world.collect(ours("d-2"), name="b")
            assert world.read() is not None

    world.s3.before = faster
    assert world.read() is None
    assert [each[0] for each in world.rows()] == ["d-1", "d-2"]
    assert len(world.paused) == 1
    assert world.due() == []


def calls_of_a_reading() -> list[str]:
    """The calls of S3 that reading a day takes."""
    world = World()
    world.collect(ours(), b"junk")
    world.s3.calls.clear()
    world.read()
    return world.s3.calls


@pytest.mark.parametrize("dies_after", [0, 1, 2, None])
@pytest.mark.parametrize("at", range(len(calls_of_a_reading())))
def test_two_readers_leave_the_newer_day_wherever_the_second_comes_in(at: int, dies_after: int | None) -> None:
    world = World()
    world.collect(ours("d-1"), b"junk", name="a")
    calls, busy, puts = itertools.count(), list[str](), itertools.count()

    def second(_call: str, _given: Json) -> None:
        if busy == ["second"] and _call == "put_object" and next(puts) == dies_after:
            raise DiedError
        if not busy and next(calls) == at:
            busy.append("collect")
            world.collect(ours("d-2"), name="b")
            busy[:] = ["second"]
            with contextlib.suppress(DiedError):
                world.read()
            busy[:] = ["done"]

    world.s3.before = second
    world.read()
    assert busy == ["done"]
    world.settle()
    assert [each[0] for each in world.rows()] == ["d-1", "d-2"]
    assert len(world.quarantine()) == 1
    assert world.manifest()["labels_sha256"] == hashlib.sha256(world.kept(world.place().labels)).hexdigest()


def test_a_day_that_changes_each_time_is_given_up_and_tried_again() -> None:
    world = World()
    world.collect(ours())
    others = (Held("v", NOW, str(number).encode()) for number in itertools.count())

    def other(call: str, given: Json) -> None:
        if call == "put_object":
            world.s3.held[DECISIONS, given["Key"]] = [next(others)]

    world.s3.before = other
    with pytest.raises(LabelsError, match=r"LBL-002 .*it was read 4 times"):
        world.read()
    world.s3.before = lambda _call, _given: None
    world.settle()
    assert len(world.rows()) == 1


def test_a_file_that_changes_while_it_is_read_is_listed_again() -> None:
    world = World()
    world.collect(ours("d-1"))

    def before(call: str, given: Json) -> None:
        if call == "get_object" and given["Bucket"] == SOURCE_BUCKET:
            world.s3.before = lambda _call, _given: None
            world.collect(ours("d-2"))

    world.s3.before = before
    world.settle()
    assert [each[0] for each in world.rows()] == ["d-2"]


# What AWS refuses, and deaths


def a_day() -> World:
    """A world with a day that has a refused line."""
    world = World()
    world.collect(ours("d-1"), b"junk", name="a")
    world.collect(sagemakers("1\n0"), name="b", hour=10)
    return world


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, bytes]:
    """What a day that nothing disturbs becomes."""
    world = a_day()
    world.settle()
    return world.states()


CALLS = len(calls_of_a_reading()) + 1  # a_day has a second file


def failing(world: World, at: int, failure: BaseException, *, after: bool) -> None:
    """Let the call of S3 of that number fail, before it is made, or the write of that number after."""
    numbers = itertools.count()

    def fail(_call: str, _given: Json) -> None:
        if next(numbers) == at:
            raise failure

    if after:
        world.s3.after = fail
    else:
        world.s3.before = fail


def repaired(world: World) -> None:
    """Let nothing fail any more."""
    world.s3.before = world.s3.after = lambda _call, _given: None


@pytest.mark.parametrize("at", range(CALLS))
def test_a_throttled_call_is_the_callers_to_see_and_nothing_is_half_written(
    at: int, undisturbed: dict[str, bytes]
) -> None:
    world = a_day()
    failing(world, at, error("SlowDown"), after=False)
    with pytest.raises(world.s3.exceptions.ClientError, match="SlowDown"):
        world.read()
    repaired(world)
    assert world.place().manifest not in world.states()
    world.settle()
    assert world.states() == undisturbed


@pytest.mark.parametrize(("after", "points"), [(False, CALLS), (True, 3)])
def test_whoever_dies_at_any_point_is_made_good_by_the_next_look(
    after: bool, points: int, undisturbed: dict[str, bytes]
) -> None:
    for at in range(points):
        world = a_day()
        failing(world, at, DiedError(), after=after)
        with pytest.raises(DiedError):
            world.read()
        repaired(world)
        world.settle()
        assert world.states() == undisturbed


@pytest.mark.parametrize("at", range(3))
def test_whoever_dies_over_a_late_file_that_is_then_taken_back_leaves_nothing_of_it(
    at: int, undisturbed: dict[str, bytes]
) -> None:
    world = a_day()
    world.settle()
    key = world.collect(ours("d-9"), b"more junk", name="late")
    failing(world, at, DiedError(), after=True)
    with pytest.raises(DiedError):
        world.read()
    repaired(world)
    world.lose(key)
    if at < 2:  # the manifest does not name it
        world.settle()
        assert world.states() == undisturbed
    else:
        with pytest.raises(LabelsError, match="LBL-003"):
            world.read()


def test_a_reading_makes_no_more_calls_than_these_tests_let_fail() -> None:
    world = a_day()
    world.s3.calls.clear()
    world.read()
    assert len(world.s3.calls) == CALLS
    assert [each for each in world.s3.calls if each.startswith("put")] == ["put_object"] * 3


def test_a_write_whose_answer_is_lost_and_that_is_sent_again_does_no_harm(undisturbed: dict[str, bytes]) -> None:
    world = a_day()

    def sent_twice(_call: str, _given: Json) -> None:
        repaired(world)
        raise error("PreconditionFailed")

    world.s3.after = sent_twice
    world.settle()
    assert world.states() == undisturbed


@pytest.mark.parametrize("kind", ["labels", "quarantine", "manifest"])
def test_what_somebody_replaced_or_removed_is_written_again(kind: str, undisturbed: dict[str, bytes]) -> None:
    world = a_day()
    world.settle()
    world.s3.put_object(Bucket=DECISIONS, Key=getattr(world.place(), kind), Body=b"other")
    world.settle()
    assert world.states() == undisturbed
    del world.s3.held[DECISIONS, getattr(world.place(), kind)]
    world.settle()
    assert world.states() == undisturbed


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"{}", b"\xff", b"[" * 100_000, b'{"version": 1}'])
def test_a_manifest_that_is_none_is_written_again(content: bytes, undisturbed: dict[str, bytes]) -> None:
    world = a_day()
    world.settle()
    world.s3.put_object(Bucket=DECISIONS, Key=world.place().manifest, Body=content)
    world.settle()
    assert world.states() == undisturbed


def test_a_manifest_of_another_version_is_none(undisturbed: dict[str, bytes]) -> None:
    world = a_day()
    world.settle()
    told = {**world.manifest(), "version": 2}
    world.s3.put_object(Bucket=DECISIONS, Key=world.place().manifest, Body=json.dumps(told).encode())
    world.settle()
    assert world.states() == undisturbed


# The same bytes, and sizes


def collected(world: World, *names: str) -> World:
    """The same files, written in the order of the names."""
    for name in names:
        start = int(name) * 10_000
        lines = [ours(f"d-{number}", number % 2) for number in range(start, start + 10_000)]
        world.collect(*lines, sagemakers("1\n" * 500, f"e-{name}"), b"junk", ours("d-1"), name=name)
    return world


def test_the_same_files_are_the_same_bytes_whatever_came_first(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, late = collected(World(), "0", "1", "2"), collected(World(), "2", "0", "1"), World()
    first.settle()
    second.settle()
    for name in ("1", "0", "2"):
        collected(late, name).settle()
    assert first.states() == second.states() == late.states()
    assert first.found()["labels"] == 31_500
    monkeypatch.setattr(database, "MEMORY", "16MB")  # DuckDB spills
    small = collected(World(), "0", "1", "2")
    small.settle()
    assert small.states() == first.states()


def test_thousands_of_tiny_files() -> None:
    world = World(replace(SOURCE, look_back_days=1))
    for number in range(5_000):
        world.collect(ours(f"d-{number}"), name=f"{number:05}", hour=number % 24)
    world.settle()
    assert (world.found()["labels"], len(world.manifest()["files"])) == (5_000, 5_000)

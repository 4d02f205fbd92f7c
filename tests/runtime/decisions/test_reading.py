"""The decisions of an hour are what its capture files hold, whatever is late, repeated, lost or dies."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mlops_stages.runtime.decisions import capture_files
from mlops_stages.runtime.decisions.codes import DecisionsError
from mlops_stages.runtime.decisions.hours import ONE, Hour
from mlops_stages.runtime.decisions.settings import Input
from tests.runtime.decisions.given import (
    CAPTURES,
    CHALLENGER,
    CHAMPION,
    DECISIONS,
    ENDPOINT,
    HOUR,
    INPUTS,
    PACKAGE,
    SETTINGS,
    SOON,
    Json,
    World,
    answered,
    line,
    part,
    queried,
    requested,
)
from tests.runtime.ledger.given import Held, error

ERROR = part(b'{"error": "no row is scored", "count": 0, "faults": [], "model_package": null}', "application/json")


class DiedError(BaseException):
    """The process ends: nothing catches that."""


# What is written


def test_an_hour_becomes_rows_sorted_by_decision_id() -> None:
    world = World()
    world.capture(requested(2, rows=2), name="a")
    world.capture(requested(1), line(event="e-3", inferenceId="flight-7"), name="b")
    world.settle()
    assert [each[:4] for each in world.rows()] == [
        ("1-1", "e-1", None, 1), ("2-1", "e-2", None, 1), ("2-2", "e-2", None, 2), ("a-1", "e-3", "flight-7", 1)
    ]  # fmt: skip
    assert world.rows("carrier, hour, temp, score, package")[0] == ("UA", 1.0, 0.25, 0.25, PACKAGE)
    assert world.place().decisions == (
        f"decisions/endpoint={ENDPOINT}/variant=champion/utc_day=2026-11-27/utc_hour=09/decisions.parquet"
    )


def test_columns_have_the_declared_types() -> None:
    world = World()
    world.capture(line())
    world.settle()
    query = "SELECT column_name, column_type FROM (DESCRIBE decisions)"
    found = dict(queried(world.kept(world.place().decisions), query))
    assert found == {
        "decision_id": "VARCHAR", "event_id": "VARCHAR", "inference_id": "VARCHAR", "row": "INTEGER",
        "decided_at": "TIMESTAMP", "package": "VARCHAR", "score": "DOUBLE", "carrier": "VARCHAR", "hour": "DOUBLE",
        "temp": "DOUBLE",
    }  # fmt: skip


def test_a_manifest_says_what_was_read_and_found() -> None:
    world = World()
    other = line("b-1,,,\n", answered(["b-1"], package=f"{PACKAGE}8"), "e-2", "2026-11-27T09:59:59.5Z")
    key = world.capture(requested(1, rows=2), other, line(answer=ERROR, event="e-3"), b"junk", b"")
    world.cloudwatch.invoked[CHAMPION, HOUR] = 4
    world.settle()
    told = world.manifest()
    assert told["found"] == {
        "lines": 4, "requests": 2, "rows": 3, "failed_requests": 1, "quarantined": {"DEC-103": 1}, "duplicates": 0,
        "repeated_ids": 0, "outside_the_hour": 0, "first": "2026-11-27T09:30:00Z",
        "last": "2026-11-27T09:59:59.500000Z", "packages": {PACKAGE: 2, f"{PACKAGE}8": 1},
    }  # fmt: skip
    (file,) = told["files"]
    assert (file["key"], told["invocations"], told["captured_share"]) == (key, 4, "100.0000")
    assert told["decisions_sha256"] == hashlib.sha256(world.kept(world.place().decisions)).hexdigest()
    assert told["published"]
    content = world.kept(world.place().manifest)
    assert content == json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def test_a_refused_line_is_named_and_nothing_of_it_is_shown() -> None:
    world = World()
    wrong = line("a-1,UA,9,secret\n")
    key = world.capture(line(), wrong)
    world.settle()
    said = {"file": key, "line": 2, "code": "DEC-110", "sha256": hashlib.sha256(wrong).hexdigest()}
    assert world.quarantine() == [said]
    assert not any(b"secret" in each for each in states(world).values())


def test_a_file_that_is_too_large_is_not_read_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_files, "MOST_BYTES", 2_000)
    world = World()
    large = world.capture(*map(requested, range(2, 20)), name="a")
    world.capture(requested(1), name="b")
    world.settle()
    assert world.quarantine() == [{"file": large, "line": 0, "code": "DEC-101", "sha256": None}]
    assert (world.found()["lines"], world.found()["rows"]) == (1, 1)


def test_a_value_that_means_something_to_csv_comes_through() -> None:
    world = World()
    values = ['"', "a,b", "'", "\\", "\\N", "NULL", "{}", "#", "é", "飞", "-", "0", "true"]
    for number, value in enumerate(values):
        row = {"decision_id": f"a-{number}", "carrier": value, "hour": None, "temp": -0.0}
        given = part(json.dumps(row), "application/json")
        world.capture(line(given, answered([f"a-{number}"]), f"e-{number}", inferenceId=value), name=f"{number}")
    world.settle()
    found = {each[0]: each[1:] for each in world.rows("decision_id, carrier, inference_id, hour, temp")}
    assert found == {f"a-{n}": (value, value, None, -0.0) for n, value in enumerate(values)}


def test_an_input_may_have_a_name_that_means_something_to_sql() -> None:
    names = ["select", "from", "group", "a-b", "day"]
    world = World(replace(SETTINGS, inputs=tuple(Input(name=name, type="integer") for name in names)))
    world.capture(line("a-1,1,2,3,4,5\n"))
    world.settle()
    assert world.rows()[0][-5:] == (1.0, 2.0, 3.0, 4.0, 5.0)


# Late, repeated, elsewhere


def test_a_late_file_is_merged() -> None:
    world = World()
    world.capture(requested(2), name="b")
    world.settle()
    world.now += timedelta(hours=20)
    world.capture(requested(1), requested(3), name="a")
    world.settle()
    assert [each[0] for each in world.rows()] == ["1-1", "2-1", "3-1"]
    assert len(world.manifest()["files"]) == 2


def test_an_event_that_is_there_twice_counts_once() -> None:
    world = World()
    world.capture(requested(1, rows=2), requested(2), name="a")
    world.capture(requested(2), requested(1, rows=2), line(answer=ERROR, event="e-3"), name="b")
    world.capture(line(answer=ERROR, event="e-3"), name="c")
    world.settle()
    found = world.found()
    assert [each[0] for each in world.rows()] == ["1-1", "1-2", "2-1"]
    assert (found["requests"], found["failed_requests"], found["duplicates"], found["lines"]) == (2, 1, 3, 6)
    assert world.figures()["Duplicates"] == 3


def test_an_event_with_another_content_is_refused_and_the_first_counts() -> None:
    world = World()
    world.capture(requested(1), name="a")
    second = world.capture(requested(2, event="e-1"), requested(1), name="b")
    world.settle()
    assert [each[0] for each in world.rows()] == ["1-1"]
    assert [(each["file"], each["line"], each["code"]) for each in world.quarantine()] == [(second, 1, "DEC-114")]
    assert world.found()["duplicates"] == 1


def test_a_decision_id_of_two_events_is_kept_twice() -> None:
    world = World()
    world.capture(requested(1, event="e-2"), requested(1, event="e-1"))
    world.settle()
    assert [each[:2] for each in world.rows()] == [("1-1", "e-1"), ("1-1", "e-2")]
    assert world.found()["repeated_ids"] == 1


def test_what_was_decided_in_another_hour_by_its_own_clock_is_kept_and_counted() -> None:
    world = World()
    times = ("08:59:59Z", "09:00:00Z", "09:59:59.999Z", "10:00:00Z")
    world.capture(*(line(event=f"e-{at}", at=f"2026-11-27T{at}") for at in times))
    world.settle()
    assert (world.found()["rows"], world.found()["outside_the_hour"]) == (4, 2)


def test_variants_and_hours_are_apart() -> None:
    world = World()
    before = Hour(HOUR.start - ONE)
    world.capture(requested(1))
    world.capture(requested(2), variant=CHALLENGER)
    world.capture(requested(3), hour=before)
    world.settle()
    found = [world.rows("decision_id", variant, hour) for variant, hour in
             ((CHAMPION, HOUR), (CHALLENGER, HOUR), (CHAMPION, before))]  # fmt: skip
    assert found == [[("1-1",)], [("2-1",)], [("3-1",)]]


# A schema that changes


WIDER = (*INPUTS, Input(name="pressure", type="number"))


def test_requests_of_another_schema_are_counted_by_their_code() -> None:
    world = World()
    world.capture(line(), line("b-1,UA,9,39.5,1013.2\n", answered(["b-1"]), "e-2"))
    world.settle()
    assert world.found()["quarantined"] == {"DEC-109": 1}
    assert world.figures()["Quarantined"] == 1


def test_an_hour_that_no_request_of_fits_is_read_again_once_its_inputs_are_declared() -> None:
    world = World()
    world.capture(line("b-1,UA,9,39.5,1013.2\n", answered(["b-1"])))
    world.settle()
    assert world.rows() == []
    world.settings = replace(SETTINGS, inputs=WIDER)
    world.settle()
    assert world.rows("decision_id, pressure") == [("b-1", 1013.2)]
    assert (world.quarantine(), world.found()["quarantined"]) == ([], {})


def test_a_late_file_of_the_old_schema_takes_no_row_away() -> None:
    world = World()
    world.capture(requested(1), name="a")
    world.settle()
    world.settings = replace(SETTINGS, inputs=WIDER)
    assert world.sweep() == []
    world.capture(requested(2), name="b")
    world.settle()
    assert world.rows("decision_id, temp") == [("1-1", 0.25), ("2-1", 0.5)]


# Others write at the same time


def changed_while(world: World, call: str, what: Callable[[], object]) -> None:
    """Let something happen once, right before a call."""
    waiting = [what]

    def before(name: str, _given: Json) -> None:
        if name == call and waiting:
            waiting.pop()()

    world.s3.before = before


def test_a_slower_reader_does_not_put_older_rows_in_place_of_newer_ones() -> None:
    world = World()
    world.capture(requested(1), name="a")
    world.sweep()

    def faster() -> None:
        world.capture(requested(2), name="b")
        assert world.reader.read(world.place()) is not None

    changed_while(world, "put_object", faster)
    assert world.deliver() == 0
    assert [each[0] for each in world.rows()] == ["1-1", "2-1"]
    assert len(world.paused) == 1
    assert world.sweep() == []


def calls_of_a_reading() -> list[str]:
    """The calls of S3 that reading an hour takes."""
    world = World()
    world.capture(requested(1), b"junk")
    world.s3.calls.clear()
    world.reader.read(world.place())
    return world.s3.calls


@pytest.mark.parametrize("dies_after", [0, 1, 2, None])
@pytest.mark.parametrize("at", range(len(calls_of_a_reading())))
def test_two_readers_leave_the_newer_hour_wherever_the_second_comes_in(at: int, dies_after: int | None) -> None:
    world = World()
    world.capture(requested(1), b"junk", name="a")
    calls, busy = itertools.count(), list[str]()
    puts = itertools.count()

    def second(_call: str, _given: Json) -> None:
        if busy == ["second"] and _call == "put_object" and next(puts) == dies_after:
            raise DiedError
        if not busy and next(calls) == at:
            busy.append("capture")
            world.capture(requested(2), name="b")
            busy[:] = ["second"]
            with contextlib.suppress(DiedError):
                world.reader.read(world.place())
            busy[:] = ["done"]

    world.s3.before = second
    world.reader.read(world.place())
    assert busy == ["done"]
    world.settle()
    assert [each[0] for each in world.rows()] == ["1-1", "2-1"]
    assert len(world.quarantine()) == 1
    assert world.manifest()["decisions_sha256"] == hashlib.sha256(world.kept(world.place().decisions)).hexdigest()


def test_an_hour_that_changes_each_time_is_given_up_and_tried_again() -> None:
    world = World()
    world.capture(requested(1))
    world.sweep()
    others = (Held("v", SOON, str(number).encode()) for number in itertools.count())

    def other(call: str, given: Json) -> None:
        if call == "put_object":
            world.s3.held[DECISIONS, given["Key"]] = [next(others)]

    world.s3.before = other
    assert world.deliver() == 1
    with pytest.raises(DecisionsError, match="DEC-003"):
        world.reader.read(world.place())
    world.s3.before = lambda _call, _given: None
    assert world.deliver() == 0
    assert world.found()["rows"] == 1


def test_a_file_that_changes_while_it_is_read_is_listed_again() -> None:
    world = World()
    world.capture(requested(1), name="a")
    world.sweep()

    def before(call: str, given: Json) -> None:
        if call == "get_object" and given["Bucket"] == CAPTURES:
            world.s3.before = lambda _call, _given: None
            world.capture(requested(2), name="a")

    world.s3.before = before
    assert world.deliver() == 0
    assert [each[0] for each in world.rows()] == ["2-1"]
    assert world.sweep() == []


def test_files_that_are_gone_take_no_decision_along() -> None:
    world = World()
    gone = world.capture(requested(1), name="a")
    world.capture(requested(2), name="b")
    world.settle()
    del world.s3.held[CAPTURES, gone]
    assert world.sweep() == [f"{CHAMPION} {HOUR}"]
    assert world.deliver() == 1
    with pytest.raises(DecisionsError, match=r"DEC-004 .*1 files are gone"):
        world.reader.read(world.place())
    assert [each[0] for each in world.rows()] == ["1-1", "2-1"]


# What AWS refuses, and deaths


def states(world: World) -> dict[str, bytes]:
    """All that is kept of decisions."""
    return {key: world.kept(key) for bucket, key in world.s3.held if bucket == DECISIONS}


def an_hour() -> World:
    """A world with an hour that has a refused line."""
    world = World()
    world.capture(requested(1, rows=3), b"junk", name="a")
    world.capture(requested(2), name="b")
    world.cloudwatch.invoked[CHAMPION, HOUR] = 3
    return world


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, bytes]:
    """What an hour that nothing disturbs becomes."""
    world = an_hour()
    world.settle()
    return states(world)


def failing(world: World, at: int, failure: BaseException, *, after: bool) -> None:
    """Let the call of S3 or CloudWatch of that number fail, before it is made or after."""
    numbers = itertools.count()

    def fail(*_: object) -> None:
        if next(numbers) == at:
            raise failure

    if after:
        world.s3.after = fail
    else:
        world.s3.before, world.cloudwatch.before = fail, fail


@pytest.mark.parametrize("at", range(9))
def test_a_throttled_call_fails_the_message_alone_and_nothing_is_half_written(
    at: int, undisturbed: dict[str, bytes]
) -> None:
    world = an_hour()
    world.sweep()
    failing(world, at, error("SlowDown"), after=False)
    assert world.deliver() == 1
    assert not world.there(world.place().manifest)
    assert world.deliver() == 0
    assert states(world) == undisturbed
    assert world.sweep() == []


@pytest.mark.parametrize(("after", "points"), [(False, 9), (True, 3)])
def test_whoever_dies_at_any_point_is_made_good_by_the_next_sweep(
    after: bool, points: int, undisturbed: dict[str, bytes]
) -> None:
    for at in range(points):
        world = an_hour()
        world.sweep()
        failing(world, at, DiedError(), after=after)
        with pytest.raises(DiedError):
            world.deliver()
        world.sqs.sent.clear()  # the message is lost, too
        world.settle()
        assert states(world) == undisturbed


def test_a_reading_makes_no_more_calls_than_these_tests_let_fail() -> None:
    world = an_hour()
    numbers = list[str]()
    world.s3.before = lambda call, _given: numbers.append(call)
    world.cloudwatch.before = numbers.append
    world.reader.read(world.place())
    assert len(numbers) == 9
    puts = ["put_object", "put_object", "put_metric_data", "put_object"]
    assert [each for each in numbers if each.startswith("put")] == puts


def test_a_write_whose_answer_is_lost_and_that_is_sent_again_does_no_harm(undisturbed: dict[str, bytes]) -> None:
    world = an_hour()
    world.sweep()

    def sent_twice(_call: str, _given: Json) -> None:
        world.s3.after = lambda _call, _given: None
        raise error("PreconditionFailed")

    world.s3.after = sent_twice
    assert world.deliver() == 0
    assert states(world) == undisturbed


@pytest.mark.parametrize("kind", ["decisions", "quarantine", "manifest"])
def test_what_somebody_replaced_or_removed_is_written_again(kind: str, undisturbed: dict[str, bytes]) -> None:
    world = an_hour()
    world.settle()
    world.s3.put_object(Bucket=DECISIONS, Key=getattr(world.place(), kind), Body=b"other")
    world.settle()
    assert states(world) == undisturbed
    del world.s3.held[DECISIONS, getattr(world.place(), kind)]
    world.settle()
    assert states(world) == undisturbed


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"{}", b"\xff"])
def test_a_manifest_that_is_none_is_written_again(content: bytes, undisturbed: dict[str, bytes]) -> None:
    world = an_hour()
    world.settle()
    world.s3.put_object(Bucket=DECISIONS, Key=world.place().manifest, Body=content)
    world.settle()
    assert states(world) == undisturbed


def test_a_manifest_of_another_version_is_none(undisturbed: dict[str, bytes]) -> None:
    world = an_hour()
    world.settle()
    told = {**world.manifest(), "version": 1}
    world.s3.put_object(Bucket=DECISIONS, Key=world.place().manifest, Body=json.dumps(told).encode())
    world.settle()
    assert states(world) == undisturbed

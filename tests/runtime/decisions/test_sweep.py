"""A sweep finds every hour that is to be read, so that no message need arrive."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mlops_stages.runtime.decisions import settings
from mlops_stages.runtime.decisions.codes import CODES, DecisionsError
from mlops_stages.runtime.decisions.hours import ONE, Hour, hour_of
from mlops_stages.runtime.decisions.read import handle
from mlops_stages.runtime.decisions.settings import Input
from mlops_stages.runtime.decisions.sweep import Sweep
from tests.runtime.decisions.given import (
    CAPTURES,
    CHALLENGER,
    CHAMPION,
    DECISIONS,
    HOUR,
    SETTINGS,
    SOON,
    World,
    line,
    part,
    requested,
)

ERROR = part(b'{"error": "no row is scored"}', "application/json")


def test_an_hour_is_sent_once_it_is_over_for_the_time_of_settling() -> None:
    world = World(now=SOON - timedelta(microseconds=1))
    world.capture(requested(1))
    assert world.sweep() == []
    world.now = SOON
    assert world.sweep() == [f"{CHAMPION} {HOUR}"]
    assert world.sqs.sent == [json.dumps({"variant": CHAMPION, "hour": "2026-11-27T09:00:00Z"})]


@pytest.mark.parametrize(("back", "sent"), [(71, 1), (72, 0)])
def test_a_file_may_come_as_late_as_the_look_back(back: int, sent: int) -> None:
    world = World(now=SOON + back * ONE)
    world.capture(requested(1))
    assert len(world.sweep()) == sent


def test_a_lost_message_is_sent_again_and_one_that_is_there_twice_is_read_once() -> None:
    world = World()
    world.capture(requested(1))
    world.sweep()
    world.sqs.sent.clear()
    assert world.sweep() == world.sweep() == [f"{CHAMPION} {HOUR}"]
    assert len(world.sqs.sent) == 2
    assert world.deliver() == 0
    assert len(world.s3.held[DECISIONS, world.place().manifest]) == 1
    assert world.sweep() == []


def test_messages_in_any_order_leave_the_same() -> None:
    world = World()
    for back in range(12):
        world.capture(requested(back), hour=Hour(HOUR.start - back * ONE))
    assert len(world.sweep()) == 12
    world.sqs.sent.reverse()
    assert world.deliver() == 0
    assert world.sweep() == []


def test_hours_that_sqs_does_not_take_are_sent_by_the_next_sweep() -> None:
    world = World()
    world.capture(requested(1))
    world.sqs.refused = 1
    with pytest.raises(RuntimeError, match="SQS did not take 1 hours"):
        world.sweep()
    world.sqs.refused = 0
    assert world.sweep() == [f"{CHAMPION} {HOUR}"]


def test_an_old_message_of_an_hour_that_is_read_changes_nothing() -> None:
    world = World()
    world.capture(requested(1))
    world.settle()
    before = len(world.s3.calls)
    assert world.reader.read(world.place()) is None
    assert "put_object" not in world.s3.calls[before:]


def test_a_listing_of_many_pages_is_whole() -> None:
    world = World()
    world.s3.page = 3
    for number in range(10):
        world.capture(requested(number), name=f"{number}")
    world.s3.put_object(Bucket=CAPTURES, Key=f"{world.place().captured}notes.txt", Body=b"no capture")
    world.settle()
    assert world.found()["rows"] == 10


def test_a_look_at_hours_that_are_read_lists_each_folder_once_and_reads_no_manifest_twice() -> None:
    world = World()
    for back in range(60):
        world.capture(requested(back), hour=Hour(HOUR.start - back * ONE))
    world.settle()
    sweep = Sweep(world.settings, world.s3, world.cloudwatch, world.sqs)
    for manifests in (60, 0):
        world.s3.calls.clear()
        assert sweep.run(world.now) == []
        # What was captured and three folders of what is kept, for each variant.
        assert world.s3.calls.count("list_objects_v2") == 2 * 4
        assert world.s3.calls.count("get_object") == manifests
        assert len(world.s3.calls) == 2 * 4 + manifests


def test_a_new_hour_takes_no_look_at_what_is_not_there_yet() -> None:
    world = World()
    world.capture(requested(1))
    world.s3.calls.clear()
    world.reader.read(world.place())
    assert "head_object" not in world.s3.calls


def test_what_somebody_put_in_the_place_of_rows_is_read_again() -> None:
    world = World()
    world.capture(requested(1))
    world.settle()
    world.s3.put_object(Bucket=DECISIONS, Key=world.place().decisions, Body=b"none of ours")
    assert world.sweep() == [f"{CHAMPION} {HOUR}"]


# Completeness


def test_an_hour_that_was_invoked_and_not_captured_is_told() -> None:
    world = World()
    world.cloudwatch.invoked[CHAMPION, HOUR] = 12
    world.cloudwatch.invoked[CHALLENGER, HOUR] = 0
    assert world.sweep() == [f"{CHAMPION} {HOUR}"]
    world.settle()
    assert (world.manifest()["invocations"], world.manifest()["captured_share"]) == (12, "0.0000")
    assert (world.figures()["CapturedShare"], world.rows()) == (0, [])


def test_an_hour_without_files_whose_manifest_is_none_is_sent() -> None:
    world = World()
    world.s3.put_object(Bucket=DECISIONS, Key=world.place().manifest, Body=b"{")
    assert world.sweep() == [f"{CHAMPION} {HOUR}"]
    world.settle()
    assert world.manifest()["files"] == []


def test_a_count_that_comes_late_is_compared_then() -> None:
    world = World()
    world.capture(requested(1))
    world.settle()
    assert world.manifest()["captured_share"] is None
    assert "CapturedShare" not in world.figures()
    world.cloudwatch.invoked[CHAMPION, HOUR] = 2
    world.settle()
    assert world.figures()["CapturedShare"] == 50
    world.cloudwatch.invoked.clear()
    assert world.sweep() == []


@pytest.mark.parametrize(("percent", "share"), [(100, "50.0000"), (50, "100.0000"), (20, "250.0000")])
def test_the_share_is_of_what_is_to_be_captured(percent: int, share: str) -> None:
    world = World(replace(SETTINGS, capture_percent=percent))
    world.capture(
        requested(1, rows=5), requested(1, rows=5), line(answer=ERROR, event="e-2"), b"junk", b"", requested(4)
    )
    world.cloudwatch.invoked[CHAMPION, HOUR] = 8
    world.settle()
    assert world.manifest()["captured_share"] == share


def test_figures_are_of_the_hours_end_and_of_the_variant() -> None:
    world = World()
    world.capture(requested(1), b"junk", line(answer=ERROR, event="e-2"))
    world.cloudwatch.invoked[CHAMPION, HOUR] = 3
    world.settle()
    assert world.figures() == {
        "Rows": 1, "Quarantined": 1, "Duplicates": 0, "FailedRequests": 1, "CapturedShare": 100,
    }  # fmt: skip
    assert {each["Timestamp"] for each in world.cloudwatch.published} == {HOUR.end}
    (dimensions,) = {json.dumps(each["Dimensions"]) for each in world.cloudwatch.published}
    assert json.loads(dimensions) == [
        {"Name": "Endpoint", "Value": SETTINGS.endpoint}, {"Name": "Variant", "Value": CHAMPION}
    ]  # fmt: skip


def test_figures_that_cloudwatch_no_longer_takes_are_not_published_and_the_manifest_says_so() -> None:
    world = World(replace(SETTINGS, look_back_hours=24 * 30), now=SOON + timedelta(days=14))
    world.capture(requested(1))
    world.settle()
    assert (world.manifest()["published"], world.cloudwatch.published) == (False, [])


# Messages


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", "{}", '{"variant": "champion"}', '{"variant": "other", "hour": "2026-11-27T09:00:00Z"}',
     '{"variant": "champion", "hour": "2026-11-27T09:30:00Z"}',
     '{"variant": "champion", "hour": "2026-13-27T09:00:00Z"}',
     '{"variant": "champion", "hour": 7}', '{"variant": ["champion"], "hour": "2026-11-27T09:00:00Z"}', "[" * 100_000],
    ids=range(12),
)  # fmt: skip
def test_a_message_that_names_no_hour_fails_alone(body: str) -> None:
    world = World()
    world.capture(requested(1))
    good = json.dumps({"variant": CHAMPION, "hour": str(HOUR)})
    records = [{"messageId": "wrong", "body": body}, {"messageId": "good", "body": good}]
    assert handle({"Records": records}, world.reader) == {"batchItemFailures": [{"itemIdentifier": "wrong"}]}
    assert world.found()["rows"] == 1


def test_an_hour_is_read_as_it_is_written() -> None:
    assert hour_of(str(HOUR)) == HOUR


# Settings


def test_settings_are_read_as_they_are_written() -> None:
    assert settings.read({settings.VARIABLE: SETTINGS.to_json()}) == SETTINGS


@pytest.mark.parametrize("given", ["", "{", "[]", "{}", '{"endpoint": "x", "inputs": 7, "variants": []}'])
def test_settings_that_are_not_whole_are_told(given: str) -> None:
    with pytest.raises(DecisionsError, match="DEC-001"):
        settings.read({settings.VARIABLE: given})
    with pytest.raises(DecisionsError, match="DEC-001"):
        settings.read({})


@pytest.mark.parametrize(
    "names",
    [[], ["score"], ["Event_ID"], ["utc_hour"], ["a", "A"], [""], ["a\n"], ["x" * 129], ['it"s'], ["a,b"], ["a:b"],
     [f"c{number}" for number in range(1001)]],
    ids=range(12),
)  # fmt: skip
def test_an_input_that_can_be_no_column_is_told(names: list[str]) -> None:
    with pytest.raises(DecisionsError, match="DEC-001"):
        replace(SETTINGS, inputs=tuple(Input(name=name, type="number") for name in names))


@pytest.mark.parametrize(
    "given", [{"capture_percent": 0}, {"capture_percent": 101}, {"look_back_hours": 0}, {"settling_minutes": -1},
              {"variants": ()}], ids=range(5),
)  # fmt: skip
def test_a_number_out_of_bounds_is_told(given: dict[str, Any]) -> None:
    with pytest.raises(DecisionsError, match="DEC-001"):
        replace(SETTINGS, **given)


def test_an_input_of_another_type_is_told() -> None:
    given = json.loads(SETTINGS.to_json())
    given["inputs"] = "carrier:text"
    with pytest.raises(DecisionsError, match=r"DEC-001 .*category, integer, number"):
        settings.read({settings.VARIABLE: json.dumps(given)})


def test_each_code_says_what_to_do() -> None:
    assert all(cause.meaning.endswith(".") and cause.fix.endswith(".") for cause in CODES.values())
    assert str(DecisionsError("DEC-003", "x", "y")) == f"DEC-003 x: y; {CODES['DEC-003'].fix}"

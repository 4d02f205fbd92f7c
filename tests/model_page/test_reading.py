"""What is read of a model's account: runs, labels, hours and alarms, and nothing that is torn or another's."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from mlops_stages.model_page import NoStoreError
from mlops_stages.model_page.facts import MOST_NOTICES, MOST_RUNS
from mlops_stages.model_page.reading import GONE
from tests.model_page.account import MONITORS, SINCE, Account
from tests.model_page.given import DAY, NOW, TODAY
from tests.runtime.monitor_runs.given import (
    AT,
    DECISIONS,
    ENDPOINT,
    FIVE,
    PACKAGES,
    RETRAINED,
    World,
    by_the_hour,
    sharp,
)
from tests.runtime.notices.given import Endpoint, Told


@pytest.fixture
def account() -> Account:
    return Account()


def test_runs_come_with_their_verdicts_the_newest_first(account: Account) -> None:
    account.run("2026-11-26", 1.0)
    account.run("2026-11-27", 1.85)
    found = account.source.watched(NOW)
    assert [(str(each.day), each.verdict.is_right) for each in found.runs] == [
        ("2026-11-27", False),
        ("2026-11-26", True),
    ]
    assert found.unread == ()
    assert found.runs[0].version == "3"


def test_the_newest_sixty_are_read_and_no_more(account: Account) -> None:
    for back in range(MOST_RUNS + 5):
        account.run(str(TODAY - DAY * back))
    found = account.source.watched(NOW)
    assert len(found.runs) == MOST_RUNS
    assert found.runs[0].day == TODAY


def test_a_real_run_is_read_as_it_was_kept(account: Account) -> None:
    world = World(s3=account.s3)
    world.live(20, 0.6)
    record = world.run()
    (found,) = account.source.watched(NOW).runs
    assert (found.day, found.labelled, found.settings) == (AT.date(), record.labelled, world.settings)
    assert [each.kind for each in found.verdict.breaches] == ["overestimates"]


def test_candidates_are_read_as_they_were_kept(account: Account) -> None:
    world = World(RETRAINED, s3=account.s3)
    world.live(1, 0.6)
    world.answer(sharp(1))
    record = world.run()
    (found,) = account.source.watched(NOW).runs
    assert found.candidates == record.candidates
    assert found.settings == RETRAINED


def test_a_run_whose_figures_are_others_or_gone_is_no_run(account: Account) -> None:
    account.run("2026-11-24")
    for day, content in (("2026-11-25", b"{}\n"), ("2026-11-26", b"\xff[")):
        account.run(day)
        account.put(f"monitors/endpoint={ENDPOINT}/utc_day={day}/figures.jsonl", content)
    account.run("2026-11-27")
    del account.s3.held[DECISIONS, f"monitors/endpoint={ENDPOINT}/utc_day=2026-11-27/figures.jsonl"]
    found = account.source.watched(NOW)
    assert [str(each.day) for each in found.runs] == ["2026-11-24"]
    assert found.unread == ("2026-11-27", "2026-11-26", "2026-11-25")


@pytest.mark.parametrize("settings", ["", "[]", '{"endpoint": 1}', "null"])
def test_a_record_with_settings_that_are_none_is_no_run(account: Account, settings: str) -> None:
    account.run(settings=settings)
    assert account.source.watched(NOW).unread == (str(TODAY),)


def test_the_newest_hour_in_which_drift_was_measured_is_read_and_hours_are_no_days(account: Account) -> None:
    world = by_the_hour()
    for at in (FIVE - timedelta(hours=1), FIVE):
        world.measure(at)
    account.s3 = world.s3
    account.run("2026-11-27")
    found = account.source.watched(NOW)
    assert [str(each.day) for each in found.runs] == ["2026-11-27"]
    assert found.unread == ()
    assert found.hour is not None
    assert found.hour.record.hour == "2026-11-27T05:00:00Z"
    assert found.hour.record.decisions == 1400


def test_an_hour_of_the_day_before_yesterday_is_not_read(account: Account) -> None:
    world = by_the_hour()
    world.measure(FIVE - 2 * DAY)
    account.s3 = world.s3
    assert account.source.watched(NOW).hour is None


@pytest.mark.parametrize("content", [b"", None])
def test_an_hour_whose_figures_are_others_or_gone_is_none(account: Account, content: bytes | None) -> None:
    world = by_the_hour()
    world.measure()
    account.s3 = world.s3
    if content is None:
        del account.s3.held[DECISIONS, world.hour().figures]
    else:
        account.put(world.hour().figures, content)
    assert account.source.watched(NOW).hour is None


def test_a_record_of_another_day_is_no_run(account: Account) -> None:
    folders = f"manifests/monitors/endpoint={ENDPOINT}"
    account.run("2026-11-26")
    said = account.s3.held.pop((DECISIONS, f"{folders}/utc_day=2026-11-26/run.json"))
    account.run("2026-11-27")
    account.s3.held[DECISIONS, f"{folders}/utc_day=2026-11-27/run.json"] = said
    assert account.source.watched(NOW).unread == ("2026-11-27",)


def test_refused_labels_are_those_of_the_runs_day_and_the_day_before(account: Account) -> None:
    account.run("2026-11-27")
    for day, refused in (("2026-11-25", 100), ("2026-11-26", 2), ("2026-11-27", 3)):
        account.labels(day, refused)
    assert account.source.watched(NOW).refused_labels == 5


LIST = f"quarantine/labels/endpoint={ENDPOINT}/utc_day=2026-11-27/day.jsonl"


def a_line(number: int, file: str = "labels/late-arrival/2026/11/27/09/a.jsonl") -> bytes:
    return json.dumps({"file": file, "line": number, "code": "LBL-104", "sha256": "0" * 64}).encode() + b"\n"


def test_refused_labels_are_named_by_file_line_and_code_the_newest_day_first(account: Account) -> None:
    account.run("2026-11-27")
    account.labels("2026-11-26", 1)
    account.labels("2026-11-27", 3)
    account.put(LIST, a_line(4) + b'no list\n["x"]\n' + a_line(0) + a_line(9)[:-5])
    account.put(LIST.replace("27", "26"), a_line(7))
    named = account.source.watched(NOW).refused_label_lines
    assert [(each.line, each.code) for each in named] == [(4, "LBL-104"), (0, "LBL-104"), (7, "LBL-104")]
    assert {each.file for each in named} == {"labels/late-arrival/2026/11/27/09/a.jsonl"}


def test_of_many_refused_lines_the_first_are_named(account: Account) -> None:
    account.run("2026-11-27")
    account.labels("2026-11-27", 100_000)
    account.put(LIST, b"".join(map(a_line, range(1, 1000))))
    assert [each.line for each in account.source.watched(NOW).refused_label_lines] == [1, 2, 3, 4, 5]


def test_a_list_that_may_not_be_read_leaves_the_count(account: Account) -> None:
    account.run("2026-11-27")
    account.labels("2026-11-27", 3)
    watched = account.source.watched(NOW)
    assert (watched.refused_labels, watched.refused_label_lines) == (3, ())


def test_refused_decisions_are_named_the_newest_hour_first(account: Account) -> None:
    for hour in ("2026-11-27T07:00:00Z", "2026-11-27T08:00:00Z"):
        account.hour(hour, 10)
        place = f"endpoint={ENDPOINT}/variant=champion/utc_day=2026-11-27/utc_hour={hour[11:13]}"
        account.put(f"quarantine/{place}/hour.jsonl", a_line(int(hour[11:13]), "capture/x.jsonl"))
    assert [each.line for each in account.source.watched(NOW).captured.refused_lines] == [8, 7]


def test_hours_of_the_last_day_are_counted_and_gaps_are_found(account: Account) -> None:
    account.hour("2026-11-26T08:00:00Z", 1000)
    account.hour("2026-11-26T09:00:00Z", 90, 100)
    account.hour("2026-11-27T08:00:00Z", 100, 100)
    account.hour("2026-11-27T07:00:00Z", 10, 1000, percent=1)
    account.hour("2026-11-27T09:00:00Z", 5000)
    captured = account.source.watched(NOW).captured
    assert (captured.read, captured.rows, captured.refused) == (3, 200, 3)
    assert captured.packages == {f"{PACKAGES}3": 200}
    assert [(each.hour.hour, round(each.share)) for each in captured.gaps] == [(9, 91)]


def test_a_manifest_that_is_none_counts_nothing(account: Account) -> None:
    folders = f"endpoint={ENDPOINT}/variant=champion/utc_day=2026-11-27"
    account.put(f"manifests/{folders}/utc_hour=07/hour.json", b"{")
    account.hour("2026-11-27T08:00:00Z", 7)
    assert account.source.watched(NOW).captured.rows == 7
    account.hour("2026-11-27T08:30:00Z", 7)
    assert account.source.watched(NOW).captured.rows == 0
    assert account.source.watched(NOW + timedelta(days=9)).captured.read == 0


def test_alarms_come_with_their_state_and_since_when_it_is(account: Account) -> None:
    account.alarms(
        overestimates={"StateValue": "ALARM", "StateReason": "beyond\n  1.15", "AlarmActions": ["arn:topic"]},
        quality={"StateValue": "INSUFFICIENT_DATA"},
        silent={},
    )
    found = {each.name.removeprefix(f"{MONITORS}-"): each for each in account.source.watched(NOW).alarms}
    assert {name: each.state for name, each in found.items()} == {
        "overestimates": "ALARM",
        "quality": "INSUFFICIENT_DATA",
        "silent": "OK",
    }
    ringing = found["overestimates"]
    assert (ringing.since, ringing.reason, ringing.topics) == (SINCE, "beyond 1.15", ("arn:topic",))
    assert [each.is_open for each in found.values()] == [True, True, False]


def test_an_alarm_that_somebody_has_deleted_is_open(account: Account) -> None:
    account.alarms(silent={})
    account.cloudwatch.known = {}
    (found,) = account.source.watched(NOW).alarms
    assert (found.state, found.since, found.is_open) == (GONE, None, True)


def test_alarms_of_other_models_are_left_out(account: Account) -> None:
    account.alarms(silent={}, other={"AlarmDescription": "Why. Model arrivals/late in production; owner eve; x"})
    account.cloudformation.alarms = [*account.cloudformation.alarms, "acme-card-fraud-production-monitors-silent"]
    assert [each.name for each in account.source.watched(NOW).alarms] == [f"{MONITORS}-silent"]


def test_more_alarms_than_one_call_names_are_asked_for_in_several(account: Account) -> None:
    well: dict[str, dict[str, str]] = {f"a{number}": {} for number in range(150)}
    account.alarms(**well)
    assert len(account.source.watched(NOW).alarms) == 150


def test_a_stack_without_a_bucket_of_decisions_is_told(account: Account) -> None:
    account.cloudformation.outputs = ()
    with pytest.raises(NoStoreError, match="acme-production-team-arrivals"):
        account.source.watched(NOW)


def test_no_decision_is_read_and_nothing_that_is_not_listed(account: Account) -> None:
    account.run()
    account.hour("2026-11-27T08:00:00Z", 7)
    asked: list[str] = []
    account.s3.before = lambda call, given: asked.append(given["Key"]) if call == "get_object" else None
    account.source.watched(NOW)
    assert len(asked) == 4
    assert all(each.startswith(("monitors/", "manifests/", "quarantine/")) for each in asked)


# Notices


def test_notices_are_read_with_who_was_told_and_who_takes_care(account: Account) -> None:
    told = Told(s3=account.s3)
    told.becomes("ALARM")
    told.due()
    told.acknowledge(told.known()[0].incident)
    told.becomes("ALARM", short="quality", at=AT + timedelta(minutes=1))
    told.becomes("OK", short="quality", at=AT + timedelta(days=1))
    newer, older = account.source.watched(NOW).notices
    assert (newer.alarm, newer.over, newer.told_on, newer.acknowledged_by) == ("quality", True, None, ())
    assert (older.alarm, older.over, older.told_on) == ("overestimates", False, "flora.king@acme.example")
    assert older.acknowledged_by == (older.told,) == ("hugo.stein@acme.example",)
    assert older.sentence == "The model expects more than happens."


def test_what_was_held_back_is_read_with_the_version_that_was_being_deployed(account: Account) -> None:
    told = Told(s3=account.s3, endpoint=Endpoint("Updating", "arrivals-late-arrival-v12-f79b50"))
    told.becomes("ALARM", short="latency", begin=ENDPOINT)
    (found,) = account.source.watched(NOW).notices
    assert (found.alarm, found.told, found.held_back, found.over) == ("latency", "", "version 12", False)
    told.becomes("OK", short="latency", begin=ENDPOINT, at=AT + timedelta(minutes=4))
    (found,) = account.source.watched(NOW).notices
    assert found.over


def test_what_was_never_told_is_no_notice(account: Account) -> None:
    account.put(f"notices/endpoint={ENDPOINT}/alarm=a/since=20261127T053100Z/told.json", b"no JSON")
    account.put(f"notices/endpoint={ENDPOINT}/alarm=b/since=20261127T053100Z/over.json", b"{}")
    account.put(f"notices/endpoint={ENDPOINT}/elsewhere.json", b"{}")
    assert account.source.watched(NOW).notices == ()


def test_of_many_the_newest_are_read(account: Account) -> None:
    told = Told(s3=account.s3)
    for place in range(MOST_NOTICES + 2):
        told.becomes("ALARM", at=AT + timedelta(days=2 * place))
        told.becomes("OK", at=AT + timedelta(days=2 * place + 1))
    found = account.source.watched(NOW).notices
    assert len(found) == MOST_NOTICES
    assert found[0].since == AT + timedelta(days=2 * (MOST_NOTICES + 1))

"""What a chat channel shows of an alarm, beside the mail: no person, no row, and nothing that mentions anybody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mlops_stages.runtime.notices.incidents import Incident
from mlops_stages.runtime.notices.settings import VARIABLE, read
from tests.runtime.ledger.given import ClientError
from tests.runtime.monitor_runs.given import ENDPOINT, World
from tests.runtime.notices.given import AT, CHAT_TOPIC, MONITORS, NEXT, OWNER, SETTINGS, Endpoint, Told, told

INCIDENT = Incident(ENDPOINT, f"{MONITORS}-overestimates", AT)
ACKNOWLEDGE = "`mlops-stages ack arrivals/late-arrival overestimates`"


@pytest.fixture
def model() -> Told:
    return told(chat_topic=CHAT_TOPIC)


def test_the_channel_shows_what_happened_the_figure_and_the_commands() -> None:
    world = World()
    world.live(28, 0.6)
    world.run()
    model = Told(settings=replace(SETTINGS, chat_topic=CHAT_TOPIC), s3=world.s3)
    model.becomes("ALARM")
    (shown,) = model.topics.shown
    assert (shown["version"], shown["source"], shown["content"]["textType"]) == ("1.0", "custom", "client-markdown")
    assert shown["content"]["title"] == "arrivals/late-arrival production: overestimates went off"
    happened, figure, until, runbook = shown["content"]["description"].splitlines()
    assert happened == "The model expects more than happens."
    assert figure.startswith("Figure: it expects 2.00 times what happens")
    assert until == "To be acknowledged by 2026-11-27 09:31 UTC, or others are told."
    assert runbook == "Runbook: docs/endpoints.md"
    assert shown["content"]["nextSteps"] == [ACKNOWLEDGE, "`mlops-stages model arrivals/late-arrival`"]


def test_the_mail_is_the_same_with_a_channel_and_without(model: Told) -> None:
    without = Told()
    for each in (model, without):
        each.becomes("ALARM")
    assert model.topics.told == without.topics.told
    assert without.topics.shown == []


def test_it_shows_that_nobody_has_acknowledged_and_that_it_is_over_in_the_same_thread(model: Told) -> None:
    model.becomes("ALARM")
    model.due()
    model.becomes("OK", at=AT + timedelta(days=1))
    titles = [each["content"]["title"].rpartition(": ")[2] for each in model.topics.shown]
    assert titles == ["overestimates went off", "overestimates is not acknowledged", "overestimates is over"]
    assert len({each["metadata"]["threadId"] for each in model.topics.shown}) == 1


def test_it_names_no_person(model: Told) -> None:
    model.becomes("ALARM")
    model.due()
    model.becomes("OK", at=AT + timedelta(days=1))
    shown = json.dumps(model.topics.shown)
    assert OWNER not in shown
    assert NEXT not in shown
    assert "@" not in shown


def test_it_says_why_what_was_held_back_is_told_only_now(model: Told) -> None:
    model.endpoint = Endpoint("Updating", "arrivals-late-arrival-v12-f79b50")
    model.becomes("ALARM", short="latency", begin=ENDPOINT)
    assert model.topics.shown == []
    model.endpoint = Endpoint()
    model.waits()
    assert "held back while version 12 was being deployed" in model.topics.shown[0]["content"]["description"]


def test_a_warning_asks_nobody_to_acknowledge(model: Told) -> None:
    model.becomes("ALARM", short="score-drift")
    assert "It is a warning." in model.topics.shown[0]["content"]["description"]


def test_what_the_channel_does_not_take_is_recorded_and_the_mail_was_sent(model: Told) -> None:
    model.topics.chat_fails = True
    assert model.becomes("ALARM") == f"told {OWNER}"
    assert len(model.topics.told) == 1
    record = json.loads(model.s3.get_object(Bucket=SETTINGS.bucket, Key=f"{INCIDENT.folder}told.json")["Body"].read())
    assert record["chat"] == "not sent: NotFound"


def test_nothing_is_shown_before_the_mail_was_sent(model: Told) -> None:
    model.topics.fails = True
    with pytest.raises(ClientError):
        model.becomes("ALARM")
    assert model.topics.shown == []


def test_what_was_shown_is_recorded(model: Told) -> None:
    model.becomes("ALARM")
    record = json.loads(model.s3.get_object(Bucket=SETTINGS.bucket, Key=f"{INCIDENT.folder}told.json")["Body"].read())
    assert record["chat"] == "sent"


def test_settings_written_before_there_were_channels_are_read() -> None:
    given = json.loads(SETTINGS.to_json())
    del given["chat_topic"]
    assert read({VARIABLE: json.dumps(given)}) == SETTINGS

"""Whom an alarm is told to, in which words, once; who is told next; and that it is over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mlops_stages.runtime.monitor_runs.publishing import BIAS
from mlops_stages.runtime.monitor_runs.settings import BiasLimit
from mlops_stages.runtime.monitors.bias import Segment
from mlops_stages.runtime.notices import events
from mlops_stages.runtime.notices.codes import NoticeError
from mlops_stages.runtime.notices.incidents import Incident, from_keys
from mlops_stages.runtime.notices.settings import VARIABLE, read
from tests.runtime.decisions.given import S3
from tests.runtime.ledger.given import ClientError
from tests.runtime.monitor_runs.given import ENDPOINT, FIVE, HOURLY, World, by_the_hour
from tests.runtime.monitor_runs.given import SETTINGS as MONITORED
from tests.runtime.notices.given import (
    AT,
    FUNCTION,
    MONITORS,
    NEXT,
    NEXT_TOPIC,
    OWNER,
    OWNER_TOPIC,
    SETTINGS,
    Told,
    event,
    told,
)

INCIDENT = Incident(ENDPOINT, f"{MONITORS}-overestimates", AT)
DAY = timedelta(days=1)


@pytest.fixture
def model() -> Told:
    return Told()


@pytest.fixture(scope="module")
def wrong() -> World:
    """A model that promises twice what happens, as its monitors have found."""
    world = World()
    world.live(28, 0.6)
    world.run()
    return world


@pytest.fixture
def drifted() -> World:
    """A model whose drift was measured in the hour from 5:00."""
    world = by_the_hour()
    world.measure()
    return world


# The first


def test_the_owner_reads_what_happened_since_when_and_what_to_do(wrong: World) -> None:
    model = Told(s3=wrong.s3)
    assert model.becomes("ALARM") == f"told {OWNER}"
    ((topic, subject, message),) = model.topics.told
    assert topic == OWNER_TOPIC
    assert subject == "arrivals/late-arrival production: overestimates went off"
    lines = message.splitlines()
    assert lines[0] == "The model expects more than happens."
    assert lines[2].startswith("Figure: it expects 2.00 times what happens (95 %: 2.00 to 2.00; ")
    assert "allowed 0.870 to 1.15" in lines[2]
    assert "28 days to 2026-11-25, 280 labelled decisions of version 7" in lines[2]
    assert lines[3:] == [
        "Since: 2026-11-27 05:31 UTC",
        "CloudWatch: Threshold Crossed: 1 datapoint [1.96] was greater than the threshold (1.15).",
        "Runbook: docs/endpoints.md",
        "Evidence: mlops-stages model arrivals/late-arrival",
        f"Alarm: {MONITORS}-overestimates",
        "",
        f"Acknowledge it by 2026-11-27 09:31 UTC, or {NEXT} is told:",
        "  mlops-stages ack arrivals/late-arrival overestimates",
    ]


@pytest.mark.parametrize(
    ("short", "says"),
    [
        ("quality", "its auc is 1.00 (95 %: "),
        ("labels-behind", "280 of 280 decisions in the window have a label"),
    ],
)
def test_other_alarms_of_the_monitors_have_their_own_figure(wrong: World, short: str, says: str) -> None:
    world = World(s3=wrong.s3)
    model = Told(s3=world.s3)
    model.becomes("ALARM", short=short)
    assert f"Figure: {says}" in model.topics.told[0][2]


def test_an_alarm_on_labels_says_of_how_many_decisions_the_id_is_not_unique() -> None:
    world = World()
    world.decide(datetime(2026, 11, 20, 8, tzinfo=UTC), [("1", 0.4, "AA"), ("1", 0.5, "UA")])
    world.run()
    model = Told(s3=world.s3)
    model.becomes("ALARM", short="labels-behind")
    assert "; 2 share their id with others, so that no label reaches them by it" in model.topics.told[0][2]


def test_an_alarm_on_bias_names_the_segment_the_gap_and_what_is_allowed() -> None:
    segment = Segment(column="carrier", values=("AA",))
    limits = (BiasLimit(segment=segment, metric=each, maximum=0.15) for each in ("dppl", "fpr_gap"))
    world = World(replace(MONITORED, segments=(segment,), bias=tuple(limits)))
    world.live(28, 0.495)  # late flights have 0.505: one of five of AA, two of five of UA
    world.run()
    assert world.metrics()[BIAS] == pytest.approx(0.2 / 0.15)
    model = Told(s3=world.s3)
    model.becomes("ALARM", short="bias")
    message = model.topics.told[0][2]
    assert "Figure: its dppl of carrier: 'AA' against all others is 0.200 (95 %: 0.200 to 0.200; " in message
    assert "allowed -0.150 to 0.150); 28 days to 2026-11-25, 280 labelled decisions of version 7" in message
    assert "fpr_gap" not in message


def test_an_alarm_on_drift_has_the_figure_of_the_hour_in_which_it_went_off(drifted: World) -> None:
    model = Told(s3=drifted.s3)
    model.becomes("ALARM", short="score-drift", at=FIVE + timedelta(minutes=1))
    said = _figure_of(model)
    assert said.startswith("Figure: psi of the scores of 1,400 decisions is ")
    assert said.endswith("; at most 0.200; 2026-11-20 05:00 to 2026-11-27 05:00 UTC.")


def test_where_the_hour_has_no_record_the_newest_before_it_has_the_word(drifted: World) -> None:
    model = Told(s3=drifted.s3)
    model.becomes("ALARM", short="score-drift", at=FIVE + timedelta(hours=2))
    assert _figure_of(model).endswith("2026-11-20 05:00 to 2026-11-27 05:00 UTC.")


def test_a_days_figure_is_not_told_before_that_of_its_hour_is_waited_for(drifted: World) -> None:
    world, waited = World(HOURLY, registry=drifted.registry, s3=S3()), list[float]()
    for (bucket, key), (held, *_) in drifted.s3.held.items():
        if "/drift/" not in key:
            world.s3.put_object(Bucket=bucket, Key=key, Body=held.content)
    world.run()
    model = Told(s3=world.s3)

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if seconds:
            for key in (drifted.hour().figures, drifted.hour().record):
                world.s3.put_object(Bucket=SETTINGS.bucket, Key=key, Body=drifted.kept(key))

    model.pause = pause
    model.becomes("ALARM", short="score-drift", at=FIVE)
    assert _figure_of(model).endswith("2026-11-20 05:00 to 2026-11-27 05:00 UTC.")
    assert waited == [0, 1]


def test_without_any_hour_the_figure_of_the_day_has_the_word() -> None:
    world = by_the_hour()
    world.run()
    model = Told(s3=world.s3)
    model.becomes("ALARM", short="score-drift", at=FIVE)
    assert _figure_of(model).startswith("Figure: psi of the scores of 1,400 decisions is ")


def _figure_of(model: Told) -> str:
    return next(line for line in model.topics.told[0][2].splitlines() if line.startswith("Figure"))


def test_without_a_run_that_belongs_together_cloudwatch_alone_has_the_word(model: Told) -> None:
    model.becomes("ALARM")
    message = model.topics.told[0][2]
    assert "Figure" not in message
    assert "1 datapoint [1.96]" in message


def test_a_record_that_comes_after_the_alarm_is_waited_for(wrong: World) -> None:
    day, waited = wrong.day(), list[float]()
    model = Told()

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if seconds:
            for key in (day.figures, day.record):
                model.s3.put_object(Bucket=SETTINGS.bucket, Key=key, Body=wrong.kept(key))

    model.pause = pause
    model.becomes("ALARM")
    assert "Figure: it expects 2.00 times" in model.topics.told[0][2]
    assert waited == [0, 1]


def test_figures_that_somebody_has_replaced_are_not_told(wrong: World) -> None:
    model, day = Told(), wrong.day()
    for key, content in ((day.record, wrong.kept(day.record)), (day.figures, b"{}\n")):
        model.s3.put_object(Bucket=SETTINGS.bucket, Key=key, Body=content)
    model.becomes("ALARM")
    assert "Figure" not in model.topics.told[0][2]


def test_it_is_told_once_however_often_cloudwatch_calls(model: Told) -> None:
    model.becomes("ALARM")
    assert model.becomes("ALARM") == "told before"
    assert len(model.topics.told) == 1
    assert len(model.scheduler.planned) == 1


def test_an_alarm_that_knew_nothing_in_between_is_still_the_same(model: Told) -> None:
    model.becomes("ALARM")
    assert model.becomes("INSUFFICIENT_DATA", at=AT + DAY) == "nothing is known"
    assert model.becomes("ALARM", at=AT + 2 * DAY) == "told before"
    assert len(model.known()) == 1


def test_one_that_goes_off_again_after_it_was_over_is_told_again(model: Told) -> None:
    model.becomes("ALARM")
    model.becomes("OK", at=AT + DAY)
    assert model.becomes("ALARM", at=AT + 2 * DAY) == f"told {OWNER}"
    assert [each.is_open for each in model.known()] == [True, False]


def test_what_could_not_be_told_is_told_by_the_next_call(model: Told) -> None:
    model.topics.fails = True
    with pytest.raises(ClientError):
        model.becomes("ALARM")
    assert model.known() == ()
    model.topics.fails = False
    assert model.becomes("ALARM") == f"told {OWNER}"
    assert len(model.scheduler.planned) == 1


def test_a_record_says_who_was_told_what(model: Told) -> None:
    model.becomes("ALARM")
    record = json.loads(model.s3.get_object(Bucket=SETTINGS.bucket, Key=f"{INCIDENT.folder}told.json")["Body"].read())
    assert record["to"] == OWNER
    assert record["alarm"] == INCIDENT.alarm
    assert record["since"] == "2026-11-27T05:31:00+00:00"
    assert record["sentence"] == "The model expects more than happens."
    assert record["message"] == model.topics.told[0][2]


def test_an_alarm_on_silence_is_no_news_before_anything_was_due(model: Told) -> None:
    assert model.becomes("ALARM", short="silent", before="INSUFFICIENT_DATA").startswith("looked at again")
    assert model.topics.told == []
    ((planned),) = model.scheduler.planned.values()
    assert planned["ScheduleExpression"] == "at(2026-11-28T07:31:00)"
    model.becomes("OK", short="silent", at=AT + timedelta(hours=1))
    assert model.due() == ["it is over"]
    assert model.topics.told == []


def test_it_is_told_where_nothing_has_run_by_then(model: Told) -> None:
    model.becomes("ALARM", short="silent", before="INSUFFICIENT_DATA")
    assert model.due() == [f"told {OWNER}"]
    assert model.topics.told[0][2].startswith("Silent.\n")
    assert model.due() == [f"told {NEXT}"]


def test_a_new_endpoint_is_not_told_to_be_silent_before_the_time_of_its_alarm_is_over(model: Told) -> None:
    said = model.becomes("ALARM", short="silence", begin=ENDPOINT, before="INSUFFICIENT_DATA")
    assert said.startswith("looked at again")
    assert model.topics.told == []
    ((planned),) = model.scheduler.planned.values()
    assert planned["ScheduleExpression"] == "at(2026-11-27T17:31:00)"  # 144 periods of five minutes
    assert model.due() == [f"told {OWNER}"]


def test_a_new_endpoint_that_was_called_meanwhile_is_not_told_of(model: Told) -> None:
    model.becomes("ALARM", short="silence", begin=ENDPOINT, before="INSUFFICIENT_DATA")
    model.becomes("OK", short="silence", begin=ENDPOINT, before="ALARM", at=AT + timedelta(minutes=5))
    assert model.due() == ["it is over"]
    assert model.topics.told == []


def test_silence_that_was_told_since_is_not_told_again_by_the_first_look(model: Told) -> None:
    model.becomes("ALARM", short="silence", begin=ENDPOINT, before="INSUFFICIENT_DATA")
    model.becomes("OK", short="silence", begin=ENDPOINT, before="ALARM", at=AT + timedelta(minutes=5))
    first, model.scheduler.planned = model.scheduler.planned, {}
    later = AT + timedelta(hours=12, minutes=5)
    assert model.becomes("ALARM", short="silence", begin=ENDPOINT, at=later) == f"told {OWNER}"
    model.scheduler.planned = first
    assert model.due() == ["told before"]
    assert len(model.topics.told) == 1


def test_silence_of_an_alarm_that_cloudwatch_does_not_describe_is_told_at_once(model: Told) -> None:
    alarm = events.alarm(
        SETTINGS, event("ALARM", name=f"{ENDPOINT}-silence", previousState={"value": "INSUFFICIENT_DATA"})
    )
    assert model.notices.changed(alarm) == f"told {OWNER}"


def test_another_alarm_that_knew_nothing_before_is_told_at_once(model: Told) -> None:
    assert model.becomes("ALARM", before="INSUFFICIENT_DATA") == f"told {OWNER}"


# The next


def test_the_function_looks_again_when_the_time_is_over(model: Told) -> None:
    model.becomes("ALARM")
    ((planned),) = model.scheduler.planned.values()
    assert planned["ScheduleExpression"] == "at(2026-11-27T09:31:00)"
    assert planned["ActionAfterCompletion"] == "DELETE"
    assert planned["KmsKeyArn"] == SETTINGS.key
    assert planned["Target"]["Arn"] == FUNCTION
    assert planned["Target"]["RoleArn"] == SETTINGS.schedule_role
    assert planned["Target"]["DeadLetterConfig"] == {"Arn": SETTINGS.failed_queue}


def test_a_call_that_comes_late_plans_nothing_in_the_past(model: Told) -> None:
    model.now = AT + DAY
    model.becomes("ALARM")
    ((planned),) = model.scheduler.planned.values()
    assert planned["ScheduleExpression"] == "at(2026-11-28T05:32:00)"


def test_others_are_told_what_nobody_has_acknowledged(model: Told) -> None:
    model.becomes("ALARM")
    assert model.due() == [f"told {NEXT}"]
    topic, subject, message = model.topics.told[1]
    assert topic == NEXT_TOPIC
    assert subject == "arrivals/late-arrival production: overestimates is not acknowledged"
    assert message.startswith(
        "Nobody has acknowledged the alarm overestimates of arrivals/late-arrival in production for 4 hours."
    )
    assert "It was to be acknowledged by 2026-11-27 09:31 UTC." in message
    assert "The model expects more than happens." in message
    assert message.endswith("mlops-stages ack arrivals/late-arrival overestimates")
    assert model.known()[0].was_told_on


def test_nobody_else_is_told_of_a_warning(model: Told) -> None:
    assert model.becomes("ALARM", short="score-drift") == f"told {OWNER}"
    assert model.scheduler.planned == {}
    message = model.topics.told[0][2]
    assert "It is a warning, of which nobody else is told." in message
    assert NEXT not in message


def test_they_are_told_once(model: Told) -> None:
    model.becomes("ALARM")
    planned = dict(model.scheduler.planned)
    model.due()
    model.scheduler.planned = planned
    assert model.due() == ["told before"]
    assert len(model.topics.told) == 2


def test_nobody_else_is_told_of_what_is_acknowledged(model: Told) -> None:
    model.becomes("ALARM")
    model.acknowledge(INCIDENT)
    assert model.due() == [f"acknowledged by {OWNER}"]
    assert len(model.topics.told) == 1


def test_an_object_without_a_person_acknowledges_nothing(model: Told) -> None:
    model.becomes("ALARM")
    for name in ("AROAEXAMPLE.json", "AROAEXAMPLE:.json", "nested/AROAEXAMPLE:a@b.json"):
        key = f"{INCIDENT.folder}acknowledged-by/{name}"
        model.s3.put_object(Bucket=SETTINGS.bucket, Key=key, Body=b"{}")
    assert model.due() == [f"told {NEXT}"]


def test_nobody_else_is_told_of_what_is_over(model: Told) -> None:
    model.becomes("ALARM")
    planned = dict(model.scheduler.planned)
    model.becomes("OK", at=AT + DAY)
    model.scheduler.planned = planned
    assert model.due() == ["it is over"]


def test_nor_where_the_call_that_it_is_over_was_lost(model: Told) -> None:
    model.becomes("ALARM")
    model.alarms.states[INCIDENT.alarm] = "OK"
    assert model.due() == ["it is over"]
    assert len(model.topics.told) == 1


@pytest.mark.parametrize("state", ["INSUFFICIENT_DATA", None])
def test_an_alarm_that_knows_nothing_or_is_gone_is_told_on(model: Told, state: str | None) -> None:
    model.becomes("ALARM")
    model.alarms.states = {} if state is None else {INCIDENT.alarm: state}
    assert model.due() == [f"told {NEXT}"]


# The end


def test_the_owner_is_told_that_it_is_over(model: Told) -> None:
    model.becomes("ALARM")
    assert model.becomes("OK", at=AT + DAY) == "told that it is over"
    topic, subject, message = model.topics.told[1]
    assert (topic, subject) == (OWNER_TOPIC, "arrivals/late-arrival production: overestimates is over")
    assert "is over since 2026-11-28 05:31 UTC; it went off at 2026-11-27 05:31 UTC" in message
    assert model.scheduler.planned == {}


def test_so_is_everybody_who_was_told_on(model: Told) -> None:
    model.becomes("ALARM")
    model.due()
    model.becomes("OK", at=AT + DAY)
    assert [topic for topic, _, _ in model.topics.told[2:]] == [OWNER_TOPIC, NEXT_TOPIC]


def test_an_alarm_that_was_never_told_ends_in_silence(model: Told) -> None:
    assert model.becomes("OK") == "nothing is open"
    assert model.topics.told == []


# Calls that come twice, late, or in another order


def comes_late(model: Told, state: str, now: str, since: datetime, at: datetime = AT) -> str:
    """Lambda calls for a change when the alarm is in another state since then."""
    model.alarms.states[INCIDENT.alarm], model.alarms.since = now, since
    return model.notices.changed(events.alarm(SETTINGS, event(state, at=at)))


def test_what_is_over_when_the_function_is_called_is_told_and_ended() -> None:
    model, soon = Told(), AT + timedelta(minutes=5)
    assert comes_late(model, "OK", "OK", soon, at=soon) == "nothing is open"
    assert comes_late(model, "ALARM", "OK", soon) == f"told {OWNER}; told that it is over"
    assert [subject.rpartition(":")[2] for _, subject, _ in model.topics.told] == [
        " overestimates went off", " overestimates is over"
    ]  # fmt: skip
    assert not model.known()[0].is_open
    assert model.scheduler.planned == {}


def test_a_call_that_comes_again_after_the_end_tells_nothing(model: Told) -> None:
    model.becomes("ALARM")
    model.becomes("OK", at=AT + DAY)
    assert comes_late(model, "ALARM", "OK", AT + DAY) == "told before; nothing is open"
    assert len(model.topics.told) == 2


def test_an_older_end_does_not_end_what_went_off_after_it(model: Told) -> None:
    model.becomes("ALARM")
    assert comes_late(model, "OK", "ALARM", AT, at=AT - DAY) == "nothing is open; told before"
    assert model.known()[0].is_open


def test_what_went_off_again_before_its_end_was_told_is_told_again(model: Told) -> None:
    model.becomes("ALARM")
    later = AT + timedelta(minutes=10)
    assert comes_late(model, "ALARM", "ALARM", later, at=later) == "told before"
    at = AT + timedelta(minutes=5)
    assert comes_late(model, "OK", "ALARM", later, at=at) == f"told that it is over; told {OWNER}"
    assert [(each.incident.since, each.is_open) for each in model.known()] == [(later, True), (AT, False)]


def test_a_state_that_cloudwatch_describes_as_it_was_before_the_change_ends_nothing(model: Told) -> None:
    assert comes_late(model, "ALARM", "OK", AT - DAY) == f"told {OWNER}"
    assert model.known()[0].is_open


def test_two_that_were_told_at_the_same_time_end_together(model: Told) -> None:
    model.becomes("ALARM")
    second = replace(INCIDENT, since=AT + timedelta(minutes=5))
    model.s3.put_object(Bucket=SETTINGS.bucket, Key=f"{second.folder}told.json", Body=b"{}")
    assert model.becomes("OK", at=AT + DAY) == "told that it is over"
    assert [each.is_open for each in model.known()] == [False, False]


def test_an_acknowledgement_of_what_was_not_told_keeps_nothing_from_being_told(model: Told) -> None:
    model.acknowledge(INCIDENT)
    assert model.becomes("ALARM") == f"told {OWNER}"


# Settings and events


def test_settings_are_read_as_they_were_written() -> None:
    assert read({VARIABLE: SETTINGS.to_json()}) == SETTINGS


@pytest.mark.parametrize("given", ["", "[]", "{}", '{"prefixes": 1}', SETTINGS.to_json().replace('"minutes":240,', "")])
def test_settings_that_are_not_whole_are_refused(given: str) -> None:
    with pytest.raises(NoticeError, match="NTC-001"):
        read({VARIABLE: given})


def test_settings_without_a_time_are_refused() -> None:
    with pytest.raises(NoticeError, match="NTC-001"):
        told(minutes=0)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"alarmData": []},
        {"alarmData": {"alarmName": f"{MONITORS}-quality"}},
        event("ALARM", name="acme-card-fraud-production-monitors-overestimates"),
        event("ALARM", name=MONITORS),
        event("RINGS"),
        event("ALARM", state={"value": "ALARM", "timestamp": "yesterday"}),
        event("ALARM", configuration=None),
    ],
)
def test_an_event_that_is_of_no_alarm_of_the_model_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(NoticeError, match="NTC-002"):
        events.alarm(SETTINGS, given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"look_at": 1},
        {"look_at": {"alarm": "other-alarm", "since": "2026-11-27T05:31:00+00:00"}},
        {"look_at": {"alarm": f"{MONITORS}-quality", "since": "then"}},
        {"look_at": {"alarm": f"{MONITORS}-quality", "since": "2026-11-27T05:31:00+00:00", "held": "often"}},
    ],
)
def test_a_look_at_nothing_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(NoticeError, match="NTC-002"):
        events.looked_at(SETTINGS, given)


def test_a_look_names_the_incident_that_it_is_at() -> None:
    look = events.Look(INCIDENT, 3)
    assert events.looked_at(SETTINGS, events.look(look)) == look


def test_a_look_that_was_planned_before_alarms_were_held_back_is_understood() -> None:
    planned = {"look_at": {"alarm": INCIDENT.alarm, "since": "2026-11-27T05:31:00+00:00"}}
    assert events.looked_at(SETTINGS, planned) == events.Look(INCIDENT)


def test_a_long_subject_and_letters_that_sns_does_not_take_are_shortened_and_replaced() -> None:
    model = told(environment="production-ü" + "x" * 100)
    model.becomes("ALARM")
    assert "production-?x" in model.topics.told[0][1]


def test_people_name_an_alarm_by_the_end_of_its_name() -> None:
    assert SETTINGS.short(f"{MONITORS}-silent") == "silent"
    assert SETTINGS.short("acme-late-arrival-production-decisions-silent") == "decisions-silent"
    assert SETTINGS.short(f"{ENDPOINT}-latency") == "latency"


def test_objects_that_are_of_no_incident_are_passed_over() -> None:
    keys = [
        f"{INCIDENT.folder}told.json",
        "notices/x",
        f"notices/endpoint={ENDPOINT}/alarm=a/since=20261399T000000Z/told.json",
    ]
    (found,) = from_keys(keys)
    assert found.incident == INCIDENT

"""What callers miss while a version is being deployed: it is recorded, and told when the deployment does not end it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from mlops_stages.runtime.notices.deployments import RELEASED
from mlops_stages.runtime.notices.incidents import Incident
from tests.runtime.ledger.given import ClientError
from tests.runtime.monitor_runs.given import ENDPOINT
from tests.runtime.notices.given import AT, NEXT, OWNER, SETTINGS, Endpoint, Told

INCIDENT = Incident(ENDPOINT, f"{ENDPOINT}-availability", AT)
HELD = "held back while version 12 is being deployed"
OVER = "it was held back, and is over"


@pytest.fixture
def model() -> Told:
    """A model whose version 12 is just taking over."""
    return Told(endpoint=Endpoint("Updating", "arrivals-late-arrival-v12-f79b50"))


def goes_off(model: Told, short: str = "availability", state: str = "ALARM") -> str:
    """An alarm on the endpoint itself changes its state."""
    return model.becomes(state, short=short, begin=ENDPOINT, at=model.now)


def kept(model: Told, name: str) -> dict[str, str]:
    """What a record says."""
    found = model.s3.get_object(Bucket=SETTINGS.bucket, Key=f"{INCIDENT.folder}{name}")
    return json.loads(found["Body"].read())


@pytest.mark.parametrize("short", RELEASED)
def test_a_broken_promise_is_not_told_while_a_version_is_being_deployed(model: Told, short: str) -> None:
    assert goes_off(model, short) == HELD
    assert model.topics.told == []


def test_it_is_recorded_with_the_version_and_looked_at_five_minutes_later(model: Told) -> None:
    goes_off(model)
    assert kept(model, "held-back.json")["deployed"] == "version 12"
    ((planned),) = model.scheduler.planned.values()
    assert planned["ScheduleExpression"] == "at(2026-11-27T05:36:00)"
    assert json.loads(planned["Target"]["Input"])["look_at"]["held"] == 1


@pytest.mark.parametrize("short", ["silence", "overestimates"])
def test_an_alarm_that_no_release_brings_about_is_told_at_once(model: Told, short: str) -> None:
    assert goes_off(model, short) == f"told {OWNER}"


@pytest.mark.parametrize(
    ("status", "pending"),
    [
        ("InService", None),
        ("Updating", None),  # the number of instances follows the traffic
        ("SystemUpdating", None),
        ("Failed", "arrivals-late-arrival-v12-f79b50"),
    ],
)
def test_without_a_deployment_a_broken_promise_is_told_at_once(status: str, pending: str | None) -> None:
    assert goes_off(Told(endpoint=Endpoint(status, pending))) == f"told {OWNER}"


def test_it_is_told_at_once_where_nobody_says_whether_one_is_under_way(model: Told) -> None:
    model.endpoint.fails = True
    assert goes_off(model) == f"told {OWNER}"


@pytest.mark.parametrize(
    "config", [None, "arrivals-late-arrival-v0-f79b50", "other-model-v3", "arrivals-late-arrival-v3x"]
)
def test_a_version_that_is_rolled_back_counts_whatever_its_configuration_is_called(config: str | None) -> None:
    model = Told(endpoint=Endpoint("RollingBack", config))
    assert goes_off(model) == "held back while another version is being deployed"


def test_what_is_over_before_the_deployment_is_recorded_and_not_told(model: Told) -> None:
    goes_off(model)
    assert goes_off(model, state="OK") == OVER
    assert kept(model, "over.json")["since"] == AT.isoformat()
    assert model.waits() == "it is over"
    assert model.topics.told == []


def test_an_older_end_lets_what_is_held_back_be_told(model: Told) -> None:
    goes_off(model)
    earlier = AT - timedelta(minutes=5)
    model.alarms.since = AT
    assert model.becomes("OK", short="availability", begin=ENDPOINT, at=earlier) == "nothing is open"
    model.alarms.states[INCIDENT.alarm], model.endpoint = "ALARM", Endpoint()
    assert model.waits() == f"told {OWNER}"


@pytest.mark.parametrize("state", ["OK", None])
def test_so_it_is_where_the_call_that_it_is_over_was_lost(model: Told, state: str | None) -> None:
    goes_off(model)
    model.alarms.states = {} if state is None else {INCIDENT.alarm: state}
    assert model.waits() == OVER
    assert kept(model, "over.json")
    assert model.topics.told == []


def test_it_is_told_when_the_deployment_is_over_and_it_is_still_on(model: Told) -> None:
    goes_off(model)
    assert model.waits() == HELD
    model.endpoint = Endpoint()
    assert model.waits() == f"told {OWNER}"
    ((_, subject, message),) = model.topics.told
    assert subject == "arrivals/late-arrival production: availability went off"
    assert message.splitlines()[1] == (
        "It was held back while version 12 was being deployed; that is over, and the alarm is still on."
    )
    assert "Since: 2026-11-27 05:31 UTC" in message
    assert "Acknowledge it by 2026-11-27 09:41 UTC" in message
    assert kept(model, "told.json")["since"] == AT.isoformat()


def test_it_is_told_after_half_an_hour_however_long_the_deployment_takes(model: Told) -> None:
    goes_off(model)
    assert [model.waits() for _ in range(6)] == [HELD] * 5 + [f"told {OWNER}"]
    assert model.now == AT + timedelta(minutes=30)
    assert "It was held back for 30 minutes while version 12 is being deployed; " in model.topics.told[0][2]


def test_who_is_told_late_has_the_whole_time_to_acknowledge(model: Told) -> None:
    goes_off(model)
    model.endpoint = Endpoint()
    model.waits()
    assert model.waits() == f"told {NEXT}"
    assert model.now == AT + timedelta(minutes=5 + SETTINGS.minutes)
    assert "It was to be acknowledged by 2026-11-27 09:36 UTC." in model.topics.told[1][2]


def test_the_next_look_has_a_name_of_its_own_since_the_last_one_may_still_be_there(model: Told) -> None:
    goes_off(model)
    first = set(model.scheduler.planned)
    model.waits()
    assert first.isdisjoint(model.scheduler.planned)


def test_an_alarm_that_cloudwatch_tells_twice_is_held_back_once(model: Told) -> None:
    goes_off(model)
    assert goes_off(model) == "held back before"
    assert len(model.scheduler.planned) == 1
    assert len(model.known()) == 1


def test_a_look_that_was_lost_holds_no_later_alarm_back(model: Told) -> None:
    goes_off(model)
    model.scheduler.planned, model.endpoint = {}, Endpoint()
    model.now = AT + timedelta(minutes=36)
    assert goes_off(model) == f"told {OWNER}"


def test_one_that_was_told_before_the_deployment_began_is_told_on_during_it(model: Told) -> None:
    version, model.endpoint = model.endpoint, Endpoint()
    goes_off(model)
    model.endpoint = version
    assert goes_off(model) == "told before"
    assert model.waits() == f"told {NEXT}"


def test_what_could_not_be_told_after_the_deployment_is_told_by_the_next_call(model: Told) -> None:
    goes_off(model)
    planned = dict(model.scheduler.planned)
    model.endpoint, model.topics.fails = Endpoint(), True
    with pytest.raises(ClientError):
        model.waits()
    model.topics.fails, model.scheduler.planned = False, planned
    assert f"told {OWNER}" in model.due()

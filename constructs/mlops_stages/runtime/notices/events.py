"""What calls the function: an alarm that changes its state, or a schedule that looks at an open one.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast, get_args

from .codes import NoticeError
from .deployments import RELEASED
from .incidents import Incident
from .settings import Settings

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
LOOK = "look_at"
WARNINGS = ("score-drift",)
"""Alarms, as people name them, of what may be harmless: labels decide whether the model is right."""
SILENCE = "silence"
"""The alarm, as people name it, of an endpoint that nobody calls. It is made with the endpoint, and rings at once."""
_ZONE = re.compile(r"([+-]\d{2})(\d{2})$")


@dataclass(frozen=True)
class Look:
    """A look at an incident, and how many times it was held back before."""

    incident: Incident
    held: int = 0


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm that has changed its state.

    Attributes:
        name: its whole name.
        short: how people name it.
        state: the new one.
        before: the old one.
        since: when that began.
        reason: CloudWatch's, for that state.
        description: what the alarm is about.
    """

    name: str
    short: str
    state: State
    before: str
    since: datetime
    reason: str
    description: str

    @property
    def may_be_of_a_release(self) -> bool:
        """Whether a version that is just being deployed may have brought it about."""
        return self.short in RELEASED

    @property
    def is_warning(self) -> bool:
        """Whether it needs nobody's answer, so that nobody else is told of it."""
        return self.short in WARNINGS


def alarm(settings: Settings, event: Mapping[str, Any]) -> Alarm:
    """The alarm that an event is of. Error: NTC-002."""
    try:
        data = cast("Mapping[str, Any]", event["alarmData"])
        name, state, about = (
            str(data["alarmName"]),
            dict[str, Any](data["state"]),
            dict[str, Any](data["configuration"]),
        )
        name, value, since = str(data["alarmName"]), state["value"], _moment(str(state["timestamp"]))
    except (LookupError, TypeError, ValueError) as error:
        raise _none(settings, error) from error
    if value not in get_args(State):
        raise NoticeError("NTC-002", settings.model, f"{str(value)[:40]!a} is no state of an alarm")
    return Alarm(
        name=name,
        short=settings.short(name),
        state=value,
        before=str(dict[str, Any](data.get("previousState") or {}).get("value", "")),
        since=since,
        reason=" ".join(str(state.get("reason", "")).split()),
        description=" ".join(str(about.get("description") or "").split()),
    )


def as_it_is(settings: Settings, described: Mapping[str, Any]) -> Alarm:
    """The alarm that CloudWatch describes now."""
    name = str(described["AlarmName"])
    since: datetime = described.get("StateTransitionedTimestamp") or described["StateUpdatedTimestamp"]
    return Alarm(
        name=name,
        short=settings.short(name),
        state=described["StateValue"],
        before="",
        since=since.astimezone(UTC).replace(microsecond=0),
        reason=" ".join(str(described.get("StateReason", "")).split()),
        description=" ".join(str(described.get("AlarmDescription", "")).split()),
    )


def looks_back(described: Mapping[str, Any]) -> timedelta:
    """How far back the alarm looks that CloudWatch describes; zero where it does not say."""
    metrics = cast("Sequence[Mapping[str, Any]]", described.get("Metrics") or ())
    periods = [int(each["MetricStat"]["Period"]) for each in metrics if "MetricStat" in each]
    period = max([int(described.get("Period") or 0), *periods])
    return timedelta(seconds=period * int(described.get("EvaluationPeriods") or 0))


def look(look: Look) -> dict[str, dict[str, str | int]]:
    """The event by which a schedule has an incident looked at."""
    incident = look.incident
    return {LOOK: {"alarm": incident.alarm, "since": incident.since.isoformat(), "held": look.held}}


def looked_at(settings: Settings, event: Mapping[str, Any]) -> Look:
    """What such an event asks to look at. Error: NTC-002."""
    try:
        given = cast("Mapping[str, Any]", event[LOOK])
        incident = Incident(settings.endpoint, str(given["alarm"]), _moment(str(given["since"])))
        # Schedules that were made before alarms were held back do not say it.
        held = int(given.get("held", 0))
    except (LookupError, TypeError, ValueError) as error:
        raise _none(settings, error) from error
    settings.short(incident.alarm)
    return Look(incident, held)


def _moment(text: str) -> datetime:
    """CloudWatch writes a zone without a colon."""
    found = datetime.fromisoformat(_ZONE.sub(r"\1:\2", text))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def _none(settings: Settings, error: Exception) -> NoticeError:
    return NoticeError("NTC-002", settings.model, f"{type(error).__name__}: {str(error)[:100]!a}")

"""What people are told: one sentence, the figure, since when, where to read on, and the commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..monitor_runs.numbers import moment
from .events import Alarm
from .incidents import Incident
from .settings import Settings

_LONGEST_SUBJECT = 100
_LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a chat channel shows: no address of anybody, since whoever is in the channel reads it."""

    title: str
    sentences: Sequence[str]


def subject(settings: Settings, short: str, what: str) -> str:
    """A subject as SNS takes it: ASCII, at most 100 characters.

    Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    return _title(settings, short, what).encode("ascii", "replace").decode()[:_LONGEST_SUBJECT]


def sentence(settings: Settings, alarm: Alarm) -> str:
    """What has happened: the alarm's description without what each of them ends with."""
    return alarm.description.removesuffix(settings.told).strip() or f"The alarm {alarm.name} went off."


def first(
    settings: Settings, alarm: Alarm, incident: Incident, evidence: str | None, *, by: datetime, held: str | None = None
) -> str:
    """What the owner is told; `by` when it is to be acknowledged, and `held` why that is only now."""
    return "\n".join(
        [
            sentence(settings, alarm),
            *([] if held is None else [held]),
            "",
            *_facts(settings, alarm, incident, evidence),
            "",
            *_answer(settings, alarm, by),
            f"  mlops-stages ack {settings.model} {alarm.short}",
        ]
    )


def held_back(deployed: str, minutes: int, *, is_over: bool) -> str:
    """Why an alarm is told only now: what was being deployed, and for how long it has been on."""
    if is_over:
        return f"It was held back while {deployed} was being deployed; that is over, and the alarm is still on."
    return (
        f"It was held back for {minutes} minutes while {deployed} is being deployed; the release was not sent back by "
        "its own alarms."
    )


def _answer(settings: Settings, alarm: Alarm, by: datetime) -> Iterator[str]:
    if alarm.is_warning:
        yield "It is a warning, of which nobody else is told. Say that you have seen it:"
    else:
        yield f"Acknowledge it by {moment(by)}, or {settings.others} is told:"


def told_on(settings: Settings, told: str, short: str, by: datetime) -> str:
    """What those who come next are told, with what the owner was."""
    what = f"the alarm {short} of {settings.model} in {settings.environment}"
    return "\n".join(
        [
            f"Nobody has acknowledged {what} for {_waited(settings)}.",
            f"It was to be acknowledged by {moment(by)}.",
            f"Its owner, {settings.owner}, was told:",
            "",
            told,
            "",
            f"You acknowledge it by the same command: mlops-stages ack {settings.model} {short}",
        ]
    )


def over(settings: Settings, alarm: Alarm, incident: Incident) -> str:
    """What everybody is told who was told of it."""
    ended = f"The alarm {alarm.short} of {settings.model} in {settings.environment} is over since {moment(alarm.since)}"
    return "\n".join(
        [
            f"{ended}; it went off at {moment(incident.since)}.",
            "",
            f"CloudWatch: {alarm.reason[:_LONGEST_REASON]}",
            f"How the model is now: mlops-stages model {settings.model}",
            f"Alarm: {alarm.name}",
        ]
    )


def shown_first(settings: Settings, alarm: Alarm, evidence: str | None, *, by: datetime, held: str | None) -> Shown:
    """What the channel shows when the owner is told."""
    until = "It is a warning." if alarm.is_warning else f"To be acknowledged by {moment(by)}, or others are told."
    sentences = [
        sentence(settings, alarm),
        *([] if held is None else [held]),
        *([] if evidence is None else [f"Figure: {evidence}."]),
        until,
        f"Runbook: {settings.runbook}",
    ]
    return Shown(title=_title(settings, alarm.short, "went off"), sentences=sentences)


def shown_on(settings: Settings, short: str) -> Shown:
    """What the channel shows when those who come next are told."""
    return Shown(
        title=_title(settings, short, "is not acknowledged"),
        sentences=[f"Nobody has acknowledged it for {_waited(settings)}; those who come next were told by mail."],
    )


def shown_over(settings: Settings, alarm: Alarm, incident: Incident) -> Shown:
    """What the channel shows when it is over."""
    ended = f"It is over since {moment(alarm.since)}; it went off at {moment(incident.since)}."
    return Shown(title=_title(settings, alarm.short, "is over"), sentences=[ended])


def _title(settings: Settings, short: str, what: str) -> str:
    return f"{settings.model} {settings.environment}: {short} {what}"


def _waited(settings: Settings) -> str:
    minutes = settings.minutes
    return f"{minutes // 60} hours" if minutes % 60 == 0 and minutes > 60 else f"{minutes} minutes"


def _facts(settings: Settings, alarm: Alarm, incident: Incident, evidence: str | None) -> Iterator[str]:
    if evidence is not None:
        yield f"Figure: {evidence}."
    yield f"Since: {moment(incident.since)}"
    yield f"CloudWatch: {alarm.reason[:_LONGEST_REASON]}"
    yield f"Runbook: {settings.runbook}"
    yield f"Evidence: mlops-stages model {settings.model}"
    yield f"Alarm: {alarm.name}"

"""Tells of an alarm of a model, once; looks again when the time to acknowledge is over; tells that it is over.

What a release may bring about is held back while one is under way, and looked at again every few minutes: it is told
when the release is over or has had its time, and is recorded in any case.

Written in this order: the schedule that looks again, the message, and last the record. Whoever dies in between does all
of it again: somebody may be told twice, and never not at all. The mail is what counts: what a chat channel does not
take is recorded, and stops nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..chat import notification
from ..decisions.stored import fetched
from ..ledger.numbered import error_code
from ..monitor_runs.days import HOURS_KNOWN
from . import letters
from .deployments import under_way
from .events import SILENCE, Alarm, Look, as_it_is, look, looks_back
from .evidence import evidence
from .incidents import HELD, OVER, TOLD, TOLD_ON, Incident, Known, keep, known, open_ones, record
from .settings import Settings

Client = Any
"""A client of boto3, which has no types."""
_SOON = timedelta(minutes=1)
_SILENT, _PATIENCE = "silent", timedelta(hours=HOURS_KNOWN)
"""The end of the names of alarms that nothing runs, and how long after a deploy the slowest has run for sure."""
_HELD_MINUTES, MOST_HELD = 5, 6
"""After how many minutes what was held back is looked at again, and how many times it is held back.

The alarms of a release look at three minutes: half an hour later they have sent it back, or see nothing wrong with it.
"""
_THERE, _GONE = "ConflictException", "ResourceNotFoundException"


@dataclass(frozen=True, kw_only=True)
class Notices:
    """What one model's function does; `function_arn` is its own, which the schedules call."""

    settings: Settings
    function_arn: str
    s3: Client
    sns: Client
    scheduler: Client
    cloudwatch: Client
    sagemaker: Client
    now: Callable[[], datetime]
    pause: Callable[[float], None]

    def changed(self, alarm: Alarm) -> str:
        """Do what an alarm's new state asks for; say what was done.

        An alarm that knows nothing for a while, and then goes off again, is still the one that was told: only OK ends
        it. Lambda may call twice for a change, and for a later one before it calls for this: so the alarm is looked at
        as it is now, too.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
        """
        done = self._done(alarm)
        if alarm.state == "INSUFFICIENT_DATA" or (described := self._described(alarm.name)) is None:
            return done
        now = as_it_is(self.settings, described)
        if now.state in (alarm.state, "INSUFFICIENT_DATA") or now.since <= alarm.since:
            return done
        return f"{done}; {self._done(now)}"

    def _done(self, alarm: Alarm) -> str:
        every = known(self.s3, self.settings.bucket, self.settings.endpoint, alarm.name)
        incident = Incident(self.settings.endpoint, alarm.name, alarm.since)
        match alarm.state:
            case "ALARM" if any(each.is_open or (each.incident == incident and each.is_over) for each in every):
                return "told before"
            case "ALARM" if any(self.now() < self._held_until(each.incident) for each in every if each.is_held_back):
                return "held back before"
            case "ALARM" if patience := self._patience(alarm):
                self._look_again(Look(incident), alarm.since + patience, "first")
                return "looked at again when something must have been there"
            case "ALARM" if alarm.may_be_of_a_release and (deployed := under_way(self.sagemaker, self.settings)):
                return self._hold_back(alarm, incident, deployed)
            case "ALARM":
                return self._tell(alarm)
            case "OK":
                return self._all_over(alarm, [each for each in every if each.incident.since <= alarm.since])
            case "INSUFFICIENT_DATA":
                return "nothing is known"

    def _all_over(self, alarm: Alarm, every: Sequence[Known]) -> str:
        """End what an alarm that is OK was: two that went off at almost the same time may both have been told."""
        held = [each for each in every if each.is_held_back]
        for each in held:
            self._keep(each.incident, OVER, {"at": alarm.since.isoformat(), "reason": alarm.reason})
        told = [each for each in every if each.is_open]
        for each in told:
            self._end(alarm, each)
        if told:
            return "told that it is over"
        return "it was held back, and is over" if held else "nothing is open"

    def looked_at(self, asked: Look) -> str:
        """Tell who comes next where nobody has acknowledged, or the owner what was held back; say what was done."""
        settings, incident = self.settings, asked.incident
        short = settings.short(incident.alarm)
        every = known(self.s3, settings.bucket, settings.endpoint, incident.alarm)
        found = next((each for each in every if each.incident == incident), None)
        if found is None:
            now = self._described(incident.alarm)
            if now is None or now["StateValue"] != "ALARM":
                return "it is over"
            if next(open_ones(every), None) is not None:
                return "told before"
            return self._tell(as_it_is(settings, now))
        if found.is_held_back:
            return self._held_before(asked)
        if not found.is_open:
            return "it is over"
        if found.acknowledged_by:
            return f"acknowledged by {', '.join(found.acknowledged_by)}"
        if found.was_told_on:
            return "told before"
        now = self._described(incident.alarm)
        if now is not None and now["StateValue"] == "OK":
            # What told that it is over was lost: nobody is called for what has ended.
            return "it is over"
        told = record(fetched(self.s3, settings.bucket, f"{incident.folder}{TOLD}").content)
        self._publish(
            settings.others_topic,
            letters.subject(settings, short, "is not acknowledged"),
            letters.told_on(settings, str(told.get("message", "")), short, _deadline(told, incident, settings)),
        )
        chat = self._show(incident, letters.shown_on(settings, short), [_acknowledge(settings, short)])
        self._keep(incident, TOLD_ON, {"to": settings.others, "after_minutes": settings.minutes, **chat})
        return f"told {settings.others}"

    def _patience(self, alarm: Alarm) -> timedelta:
        """How long an alarm on silence waits that is new: before, what it misses was not due. Zero for any other."""
        if alarm.before != "INSUFFICIENT_DATA":
            return timedelta(0)
        if alarm.short == SILENCE:
            return looks_back(self._described(alarm.name) or {})
        return _PATIENCE if alarm.short.endswith(_SILENT) else timedelta(0)

    def _tell(self, alarm: Alarm, *, held: str | None = None) -> str:
        """Tell the owner, who has the whole time to answer from then on; `held` says why that is only now."""
        settings, incident = self.settings, Incident(self.settings.endpoint, alarm.name, alarm.since)
        found = evidence(self.s3, settings.bucket, settings.endpoint, alarm.short, alarm.since, self.pause)
        by = (alarm.since if held is None else self.now()) + settings.within
        message = letters.first(settings, alarm, incident, found, by=by, held=held)
        if not alarm.is_warning:
            self._look_again(Look(incident), by, "acknowledged")
        self._publish(settings.owner_topic, letters.subject(settings, alarm.short, "went off"), message)
        shown = letters.shown_first(settings, alarm, found, by=by, held=held)
        chat = self._show(
            incident, shown, [_acknowledge(settings, alarm.short), f"mlops-stages model {settings.model}"]
        )
        said = {"to": settings.owner, "sentence": letters.sentence(settings, alarm), "evidence": found, **chat}
        self._keep(incident, TOLD, {**said, "reason": alarm.reason, "message": message, "by": by.isoformat()})
        return f"told {settings.owner}"

    def _hold_back(self, alarm: Alarm, incident: Incident, deployed: str) -> str:
        self._look_in_a_while(incident, 1)
        said = {"deployed": deployed, "sentence": letters.sentence(self.settings, alarm), "reason": alarm.reason}
        self._keep(incident, HELD, said)
        return f"held back while {deployed} is being deployed"

    def _held_before(self, asked: Look) -> str:
        """Tell what was held back and is still on, once the release is over or has had its time."""
        settings, incident = self.settings, asked.incident
        now = self._described(incident.alarm)
        if now is None or now["StateValue"] == "OK":
            reason = "it is not there any more" if now is None else as_it_is(settings, now).reason
            self._keep(incident, OVER, {"at": self.now().isoformat(), "reason": reason})
            return "it was held back, and is over"
        deployed = under_way(self.sagemaker, settings)
        if deployed is not None and asked.held < MOST_HELD:
            self._look_in_a_while(incident, asked.held + 1)
            return f"held back while {deployed} is being deployed"
        kept = record(fetched(self.s3, settings.bucket, f"{incident.folder}{HELD}").content)
        was = str(kept.get("deployed", "another version"))
        why = letters.held_back(was, _HELD_MINUTES * asked.held, is_over=deployed is None)
        return self._tell(replace(as_it_is(settings, now), since=incident.since), held=why)

    def _look_in_a_while(self, incident: Incident, held: int) -> None:
        self._look_again(Look(incident, held), incident.since + held * timedelta(minutes=_HELD_MINUTES), f"held-{held}")

    def _held_until(self, incident: Incident) -> datetime:
        """When what was held back was told for sure: a look that was lost holds nothing back."""
        return incident.since + (MOST_HELD + 1) * timedelta(minutes=_HELD_MINUTES)

    def _end(self, alarm: Alarm, before: Known) -> None:
        settings = self.settings
        message = letters.over(settings, alarm, before.incident)
        topics = [settings.owner_topic, *([settings.others_topic] if before.was_told_on else [])]
        for topic in topics:
            self._publish(topic, letters.subject(settings, alarm.short, "is over"), message)
        shown = letters.shown_over(settings, alarm, before.incident)
        chat = self._show(before.incident, shown, [f"mlops-stages model {settings.model}"])
        self._keep(before.incident, OVER, {"at": alarm.since.isoformat(), "reason": alarm.reason, **chat})
        self._forget(before.incident)

    def _described(self, alarm: str) -> dict[str, Any] | None:
        """An alarm as it is now; None where it is gone."""
        found = self.cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return found[0] if found else None

    def _publish(self, topic: str, subject: str, message: str) -> None:
        self.sns.publish(TopicArn=topic, Subject=subject, Message=message)

    def _show(self, incident: Incident, shown: letters.Shown, commands: Sequence[str]) -> dict[str, str]:
        """Send what the channel shows, where there is one; what to record of that."""
        topic = self.settings.chat_topic
        if not topic:
            return {}
        told = notification(
            title=shown.title,
            sentences=shown.sentences,
            commands=commands,
            keywords=[self.settings.model, self.settings.environment],
            thread=f"{incident.alarm} {incident.since.isoformat()}",
        )
        try:
            self.sns.publish(TopicArn=topic, Message=told)
        except self.sns.exceptions.ClientError as error:
            return {"chat": f"not sent: {error_code(error)}"}
        return {"chat": "sent"}

    def _keep(self, incident: Incident, name: str, content: dict[str, Any]) -> None:
        about = {"alarm": incident.alarm, "since": incident.since.isoformat()}
        keep(self.s3, self.settings.bucket, f"{incident.folder}{name}", {**about, **content})

    def _look_again(self, asked: Look, due: datetime, why: str) -> None:
        """Have this function called later, for each reason once, however often it is asked for.

        A look that asks for another one has a schedule of its own, which may still be there: so each has another name.

        Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#one-time
        """
        settings = self.settings
        # Not in the past, where a call of CloudWatch's comes late.
        at = max(due, self.now() + _SOON).astimezone(UTC)
        try:
            self.scheduler.create_schedule(
                Name=_name(asked.incident, why),
                GroupName=settings.group,
                Description=f"Looks at the alarm {asked.incident.alarm} ({why})"[:512],
                ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                KmsKeyArn=settings.key,
                Target={
                    "Arn": self.function_arn,
                    "RoleArn": settings.schedule_role,
                    "Input": json.dumps(look(asked)),
                    "DeadLetterConfig": {"Arn": settings.failed_queue},
                },
            )
        except self.scheduler.exceptions.ClientError as error:
            if error_code(error) != _THERE:
                raise

    def _forget(self, incident: Incident) -> None:
        try:
            self.scheduler.delete_schedule(Name=_name(incident, "acknowledged"), GroupName=self.settings.group)
        except self.scheduler.exceptions.ClientError as error:
            if error_code(error) != _GONE:
                raise


def _acknowledge(settings: Settings, short: str) -> str:
    return f"mlops-stages ack {settings.model} {short}"


def _deadline(told: Mapping[str, Any], incident: Incident, settings: Settings) -> datetime:
    """By when an alarm was to be acknowledged, as its owner was told."""
    try:
        return datetime.fromisoformat(str(told["by"]))
    except (LookupError, ValueError):
        return incident.since + settings.within


def _name(incident: Incident, why: str) -> str:
    """A schedule's name, at most 64 characters."""
    return f"look-{hashlib.sha256(f'{incident.folder} {why}'.encode()).hexdigest()[:40]}"

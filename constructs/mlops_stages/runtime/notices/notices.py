"""Tells of an alarm of a model, once; looks again when the time to acknowledge is over; tells that it is over.

Written in this order: the schedule that looks again, the message, and last the record. Whoever dies in between does all
of it again: somebody may be told twice, and never not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..decisions.stored import fetched
from ..ledger.numbered import error_code
from ..monitor_runs.days import HOURS_KNOWN
from . import letters
from .events import Alarm, as_it_is, look
from .evidence import evidence
from .incidents import OVER, TOLD, TOLD_ON, Incident, Known, keep, known, open_ones, record
from .settings import Settings

Client = Any
"""A client of boto3, which has no types."""
_SOON = timedelta(minutes=1)
_SILENT, _PATIENCE = "silent", timedelta(hours=HOURS_KNOWN)
"""The end of the names of alarms that nothing runs, and how long after a deploy the slowest has run for sure."""
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
    now: Callable[[], datetime]
    pause: Callable[[float], None]

    def changed(self, alarm: Alarm) -> str:
        """Do what an alarm's new state asks for; say what was done.

        An alarm that knows nothing for a while, and then goes off again, is still the one that was told: only OK ends
        it.
        """
        before = next(open_ones(known(self.s3, self.settings.bucket, self.settings.endpoint, alarm.name)), None)
        match alarm.state:
            case "ALARM" if before is None and alarm.before == "INSUFFICIENT_DATA" and alarm.short.endswith(_SILENT):
                # It is new, and what it waits for is not due yet.
                self._look_again(Incident(self.settings.endpoint, alarm.name, alarm.since), _PATIENCE)
                return "looked at again when something must have run"
            case "ALARM":
                return self._tell(alarm) if before is None else "told before"
            case "OK":
                return "nothing is open" if before is None else self._end(alarm, before)
            case "INSUFFICIENT_DATA":
                return "nothing is known"

    def looked_at(self, incident: Incident) -> str:
        """Tell those who come next where nobody has acknowledged; say what was done."""
        settings, short = self.settings, self.settings.short(incident.alarm)
        every = known(self.s3, settings.bucket, settings.endpoint, incident.alarm)
        found = next((each for each in every if each.incident == incident), None)
        if found is None:
            now = self._described(incident.alarm)
            if now is None or now["StateValue"] != "ALARM":
                return "it is over"
            return self._tell(as_it_is(settings, now))
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
        told = str(record(fetched(self.s3, settings.bucket, f"{incident.folder}{TOLD}").content).get("message", ""))
        self._publish(
            settings.others_topic,
            letters.subject(settings, short, "is not acknowledged"),
            letters.told_on(settings, told, short, incident),
        )
        self._keep(incident, TOLD_ON, {"to": settings.others, "after_minutes": settings.minutes})
        return f"told {settings.others}"

    def _tell(self, alarm: Alarm) -> str:
        settings, incident = self.settings, Incident(self.settings.endpoint, alarm.name, alarm.since)
        found = evidence(self.s3, settings.bucket, settings.endpoint, alarm.short, alarm.since, self.pause)
        message = letters.first(settings, alarm, incident, found)
        if not alarm.is_warning:
            self._look_again(incident, settings.within)
        self._publish(settings.owner_topic, letters.subject(settings, alarm.short, "went off"), message)
        said = {"to": settings.owner, "sentence": letters.sentence(settings, alarm), "evidence": found}
        self._keep(incident, TOLD, {**said, "reason": alarm.reason, "message": message})
        return f"told {settings.owner}"

    def _end(self, alarm: Alarm, before: Known) -> str:
        settings = self.settings
        message = letters.over(settings, alarm, before.incident)
        topics = [settings.owner_topic, *([settings.others_topic] if before.was_told_on else [])]
        for topic in topics:
            self._publish(topic, letters.subject(settings, alarm.short, "is over"), message)
        self._keep(before.incident, OVER, {"at": alarm.since.isoformat(), "reason": alarm.reason})
        self._forget(before.incident)
        return "told that it is over"

    def _described(self, alarm: str) -> dict[str, Any] | None:
        """An alarm as it is now; None where it is gone."""
        found = self.cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return found[0] if found else None

    def _publish(self, topic: str, subject: str, message: str) -> None:
        self.sns.publish(TopicArn=topic, Subject=subject, Message=message)

    def _keep(self, incident: Incident, name: str, content: dict[str, Any]) -> None:
        about = {"alarm": incident.alarm, "since": incident.since.isoformat()}
        keep(self.s3, self.settings.bucket, f"{incident.folder}{name}", {**about, **content})

    def _look_again(self, incident: Incident, after: timedelta) -> None:
        """Have this function called some time after an alarm went off; once only, however often it is asked for.

        Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#one-time
        """
        settings = self.settings
        # Not in the past, where a call of CloudWatch's comes late.
        at = max(incident.since + after, self.now() + _SOON).astimezone(UTC)
        try:
            self.scheduler.create_schedule(
                Name=_name(incident),
                GroupName=settings.group,
                Description=f"Looks whether the alarm {incident.alarm} is acknowledged"[:512],
                ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                KmsKeyArn=settings.key,
                Target={
                    "Arn": self.function_arn,
                    "RoleArn": settings.schedule_role,
                    "Input": json.dumps(look(incident)),
                    "DeadLetterConfig": {"Arn": settings.failed_queue},
                },
            )
        except self.scheduler.exceptions.ClientError as error:
            if error_code(error) != _THERE:
                raise

    def _forget(self, incident: Incident) -> None:
        try:
            self.scheduler.delete_schedule(Name=_name(incident), GroupName=self.settings.group)
        except self.scheduler.exceptions.ClientError as error:
            if error_code(error) != _GONE:
                raise


def _name(incident: Incident) -> str:
    """A schedule's name, at most 64 characters."""
    return f"look-{hashlib.sha256(incident.folder.encode()).hexdigest()[:40]}"

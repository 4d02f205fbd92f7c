"""Where a drill is played: the platform, its clock, whoever acts, and what they see; and what has happened so far."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from mlops_stages.drill.clock import DrivenClock, at
from mlops_stages.drill.facts import Check, Day, Event, Kind, Proof, Ring
from mlops_stages.drill.inbox import NOT_ACKNOWLEDGED, Inbox, Mail, Message
from mlops_stages.drill.people import Clients, People
from mlops_stages.drill.stream import Hour, Stream
from mlops_stages.drill.watcher import Watcher
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.model_page import Alarm, Source
from mlops_stages.platform import Addresses, Duty, Model, Team
from mlops_stages.runtime.notices import settings as notices
from mlops_stages.runtime.promotion import settings as promotion

LABELLED_AT, LOOKED_AT = 2, 6
"""Hours of the day: when the data engineer writes the labels of the day before, and when the drill looks around; the
monitors run in between."""
_SENT_MINUTE = 1
_CSV, _JSON_LINES = "text/csv", "application/jsonlines"
Json = dict[str, Any]
Before = Callable[[Hour, date], None]
"""Called with the hour that is sent next, and the day of the clock."""


@dataclass
class Stage:
    """All of it. What happens is written down here, in its order."""

    addresses: Addresses
    team: Team
    model: Model
    clock: DrivenClock
    people: People
    root: Clients
    """Of the account that the model serves in: the drill's own inbox is its."""
    tooling: Clients
    """Of the tooling account: the second inbox is its."""
    operator: Clients
    """Whoever administers the first, and makes the mistakes that a drill needs."""
    source: Source
    stream: Stream
    watcher: Watcher
    days: list[Day] = field(default_factory=list[Day])
    events: list[Event] = field(default_factory=list[Event])
    checks: list[Check] = field(default_factory=list[Check])
    rings: list[Ring] = field(default_factory=list[Ring])
    messages: list[Message] = field(default_factory=list[Message])
    scenario: str = ""
    first_day: date | None = None
    """The day of the clock from which on the drill's own days count."""
    planned: int = 0
    """Days of the stream that are to be played."""
    unlabelled: list[Hour] = field(default_factory=list[Hour])
    """The last day that was played, until its labels are written."""
    more_labels: list[Json] = field(default_factory=list[Any])
    """Of decisions besides, until the next morning."""
    _streams: dict[date, date] = field(default_factory=dict[date, date])
    """The day of the stream that is played on a day of the clock."""
    _states: dict[str, Alarm] = field(default_factory=dict[str, Alarm])

    # What is there

    @property
    def name(self) -> str:
        """TEAM/MODEL."""
        return f"{self.team.name}/{self.model.name}"

    @property
    def endpoint(self) -> str:
        """What callers name."""
        return self.source.endpoint

    @cached_property
    def bucket(self) -> str:
        """Of decisions and figures."""
        return self.source.bucket()

    @property
    def most(self) -> float:
        """How large the calibration ratio may be."""
        return 1 + (0.0 if self.model.labels is None else self.model.labels.margin)

    @property
    def label_bucket(self) -> str:
        """Of the team's labels."""
        return self.addresses.data_bucket(self.team.name, self.model.data_classification)

    @cached_property
    def inbox(self) -> Inbox:
        """What people are told, from when it is first asked for: by CloudWatch, and by the model's notices."""
        function = self.addresses.notices_name(self.model.name, "production")
        told = self.root("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        settings = notices.read(told)
        alarms = {topic for alarm in self.source.alarms() for topic in alarm.topics if ":sns:" in topic}
        return Inbox(self.root, sorted(alarms | {settings.owner_topic, settings.others_topic}))

    @cached_property
    def promotions(self) -> Inbox:
        """What the model's promotion and its retraining tell its owner."""
        function = self.addresses.retraining_name(self.model.name)
        told = self.tooling("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        return Inbox(self.tooling, [promotion.read(told).topic])

    def mails(self) -> list[Mail]:
        """What the owner was told of promotions and retraining since the last time."""
        return list(self.promotions.mails())

    @property
    def window_days(self) -> int:
        """Days of decisions that are judged together."""
        return 0 if self.model.labels is None else self.model.labels.window_days

    def close(self) -> None:
        """Take away what is the drill's own."""
        self.inbox.close()
        if "promotions" in self.__dict__:
            self.promotions.close()

    @cached_property
    def _runtime(self) -> Any:  # noqa: ANN401  # a client
        return self.people.of(Duty.INVOKE_PRODUCTION)("sagemaker-runtime")

    @cached_property
    def _engineer(self) -> Any:  # noqa: ANN401  # a client
        return self.people.of(Duty.CURATE)("s3")

    # Writing down

    def note(self, kind: Kind, text: str, *proofs: Proof, moment: datetime | None = None) -> None:
        """Write down what has happened."""
        when = moment or self.clock.now
        stream = self._streams.get(when.date())
        event = Event(at=when, stream=stream, scenario=self.scenario, kind=kind, text=text, proofs=proofs)
        self.events.append(event)
        self.watcher.step(f"{event.at:%Y-%m-%d %H:%M}  {text}")

    def check(self, claim: str, expected: str, found: str, holds: bool, *proofs: Proof) -> None:
        """Write down what was expected and what was found."""
        self.checks.append(
            Check(scenario=self.scenario, claim=claim, expected=expected, found=found, holds=holds, proofs=proofs)
        )

    # Playing

    def play(self, days: Iterable[date], before: Before | None = None) -> None:
        """Play days of the stream, each on the next day of the clock; `before` is called before each hour is sent."""
        for day in days:
            self._play(self.stream.hours[day], before)

    def _play(self, hours: Sequence[Hour], before: Before | None) -> None:
        today = self.next_day()
        self._streams[today] = hours[0].day
        sent = requests = 0
        looked = False
        self._label(today)
        for hour in hours:
            if hour.hour >= LOOKED_AT and not looked:
                looked = True
                self.look(at(today, LOOKED_AT))
            if before is not None:
                before(hour, today)
            self.clock.to(at(today, hour.hour, _SENT_MINUTE))
            self.send(hour, today)
            requests, sent = requests + 1, sent + len(hour.rows)
        if not looked:
            self.look(at(today, LOOKED_AT))
        late = sum(sum(hour.labels) for hour in hours)
        self.days.append(Day(stream=hours[0].day, clock=today, requests=requests, decisions=sent, late=late))
        self.unlabelled = list(hours)
        self.watcher.days(len(self.days), self.planned, f"{hours[0].day}, {sent} flights")

    def next_day(self) -> date:
        """The day of the clock on which something is played next."""
        now = self.clock.now
        today = now.date() if now == at(now.date()) else now.date() + timedelta(days=1)
        if self.days:
            today = max(today, self.days[-1].clock + timedelta(days=1))
        self.first_day = self.first_day or today
        return today

    def send(self, hour: Hour, clock: date) -> None:
        """Send an hour's flights as a caller of the model. Error: DRL-002."""
        try:
            self._runtime.invoke_endpoint(
                EndpointName=self.endpoint,
                ContentType=_CSV,
                Accept=_JSON_LINES,
                InferenceId=hour.inference_id(clock),
                Body=hour.body,
            )["Body"].read()
        except (refusals.ClientError, refusals.BotoCoreError) as error:
            raise UserError(
                "DRL-002",
                self.endpoint,
                f"it did not answer the flights of {hour.day}, {hour.hour} h: {refusals.message(error) or error}",
                f"see what serves: mlops-stages releases {self.name}",
                exit_code=1,
            ) from error

    def rest(self) -> None:
        """Let the last day that was played be labelled and judged."""
        today = self.next_day()
        self._label(today)
        self.look(at(today, LOOKED_AT))

    def _label(self, today: date) -> None:
        """Write the labels of the day before, as the data engineer does each night."""
        hours, self.unlabelled = self.unlabelled, []
        others, self.more_labels = self.more_labels, []
        if hours or others:
            self.clock.to(at(today, LABELLED_AT))
            self.write_labels([*self.labels_of(hours), *others], today)

    def labels_of(self, hours: Sequence[Hour]) -> list[Json]:
        """What became of the flights of the last day that was played."""
        if not hours:
            return []
        clock = self.days[-1].clock
        return [
            {"decision_id": decision, "label": label}
            for hour in hours
            for decision, label in zip(hour.decision_ids(clock), hour.labels, strict=True)
        ]

    def write_labels(self, labels: Sequence[Json | str], today: date, name: str = "of-the-day") -> Proof:
        """Put a file of labels where the data engineer puts them; a text is a line as it is."""
        key = f"labels/{self.model.name}/{today:%Y/%m/%d}/{LABELLED_AT:02}/{name}.jsonl"
        lines = (each if isinstance(each, str) else json.dumps(each) for each in labels)
        body = "".join(f"{line}\n" for line in lines).encode()
        self._engineer.put_object(Bucket=self.label_bucket, Key=key, Body=body, IfNoneMatch="*")
        return Proof(kind="object", where=f"s3://{self.label_bucket}/{key}", says=f"{len(labels)} lines")

    # Seeing

    def look(self, moment: datetime) -> None:
        """Go on to a moment, and see who was told of what since the last look, and how the alarms stand."""
        self.clock.to(moment)
        for message in sorted(self.inbox.taken(), key=lambda each: (each.at, each.alarm)):
            self.messages.append(message)
            if message.state in ("ALARM", NOT_ACKNOWLEDGED):
                proof = Proof(kind="message", where=message.topic, says=f"message {message.id}")
                who = ", ".join(self.inbox.mailed(message.topic))
                what = "nobody has acknowledged " if message.state == NOT_ACKNOWLEDGED else ""
                self.note("told", f"{who}: {what}{self.short(message.alarm)}", proof, moment=message.at)
        for alarm in self.source.alarms():
            before = self._states.get(alarm.name)
            self._states[alarm.name] = alarm
            if before is not None and alarm.state != before.state:
                self._changed(before, alarm)

    def _changed(self, before: Alarm, alarm: Alarm) -> None:
        since = alarm.since or self.clock.now
        proof = Proof(kind="alarm", where=alarm.name, says=alarm.reason)
        if alarm.state == "ALARM":
            self.rings.append(Ring(alarm=self.short(alarm.name), began=since, ended=None, reason=alarm.reason))
            self.note("alarm", f"{self.short(alarm.name)} goes off", proof, moment=since)
        elif before.state == "ALARM":
            self._end(alarm, since)
            self.note("ok", f"{self.short(alarm.name)} is {alarm.state} again", proof, moment=since)

    def _end(self, alarm: Alarm, since: datetime) -> None:
        for place, ring in enumerate(self.rings):
            if ring.alarm == self.short(alarm.name) and ring.ended is None:
                self.rings[place] = Ring(alarm=ring.alarm, began=ring.began, ended=since, reason=ring.reason)

    def alarm(self, suffix: str) -> Alarm | None:
        """The alarm of the model whose name ends so, as it was seen last."""
        return next((each for name, each in self._states.items() if name.endswith(f"-{suffix}")), None)

    def short(self, alarm: str) -> str:
        """The name of an alarm without the model's."""
        for start in (
            self.addresses.monitors_name(self.model.name, "production"),
            self.addresses.decisions_name(self.model.name, "production"),
            self.endpoint,
        ):
            if alarm.startswith(f"{start}-"):
                kind = start.rpartition("-")[2]
                return f"{kind}-{alarm.removeprefix(f'{start}-')}"
        return alarm

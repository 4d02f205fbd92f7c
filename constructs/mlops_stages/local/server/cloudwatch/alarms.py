"""The alarms of all accounts and regions: their states, and what follows from a change of state."""

from __future__ import annotations

import datetime
import json
import logging
import threading
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace

from mlops_stages.local.server.api.records import Scope, ServiceError
from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.cloudwatch import actions, evaluation, rules
from mlops_stages.local.server.cloudwatch.actions import Change
from mlops_stages.local.server.cloudwatch.agenda import Agenda, next_change
from mlops_stages.local.server.cloudwatch.history import History
from mlops_stages.local.server.cloudwatch.judgement import State, stamp
from mlops_stages.local.server.cloudwatch.metrics import Metric, Metrics
from mlops_stages.local.server.cloudwatch.records import ACTIONS, Alarm, CompositeAlarm, Condition, MetricAlarm, arn_of
from mlops_stages.local.server.cloudwatch.refusals import invalid

MOST = 5_000
"""Alarms of one account and region."""
_MOST_FORESEEN = 50_000
"""Periods that new data is looked at for, before the minute is over."""

_log = logging.getLogger(__name__)


class Alarms:
    """Keeps alarms, evaluates them by the clock, and does what they are to do."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._metrics = metrics
        self.lock = threading.RLock()
        """Held while alarms or metric data are read or changed; not while actions are done."""
        self.history = History()
        self._alarms: dict[Scope, dict[str, Alarm]] = {}
        self._changes: list[Change] = []
        self._agenda = Agenda()

    # By the clock

    def due(self) -> float | None:
        """The next moment at which an alarm is evaluated, at the end of a minute or of ten seconds; None for none.

        Or a suppression ends then.
        """
        with self.lock:
            due = self._agenda.due()
            moments = [*(() if due is None else (due,)), *(moment for _, moment in self._suppressed())]
            return min(moments, default=None)

    def _look_at(self, alarm: MetricAlarm) -> None:
        """Have an alarm evaluated when its minute is over, or its ten seconds are."""
        self._agenda.plan(alarm, (int(self._clock.now()) // alarm.step + 1) * alarm.step)
        self._clock.look_again()

    def _suppressed(self) -> Iterator[tuple[CompositeAlarm, float]]:
        """The composite alarms whose actions a period suppresses, with its end."""
        for alarms in self._alarms.values():
            for alarm in alarms.values():
                if isinstance(alarm, CompositeAlarm) and alarm.until is not None:
                    yield alarm, alarm.until

    def run(self, moment: float) -> None:
        """Evaluate what is to be evaluated at a moment."""
        with self.lock:
            due = list(self._agenda.take(moment))
        for alarm in due:
            with self.changing():  # one by one: nobody waits for all of them
                if self.find(alarm.scope, alarm.name) is alarm:
                    self._evaluate(alarm, int(moment))
        with self.changing():
            for alarm in [each for each, until in self._suppressed() if until <= moment]:
                self._release(alarm)

    def foresee(self, scope: Scope, metrics: Collection[Metric]) -> None:
        """Let alarms on metrics with new data go off at once where that data has decided that they will.

        Where that would take long, the rest waits for the end of the minute.
        """
        now, left = self._clock.now(), _MOST_FORESEEN
        for alarm in self._agenda.watching(scope, metrics):
            self._look_at(alarm)
            if alarm.single is not None and alarm.condition.value != "ALARM" and left > 0:
                left -= alarm.periods + 10
                end = (int(now) // alarm.step + 1) * alarm.step
                found = evaluation.foreseen(alarm, self._metrics, end, now)
                if found is not None:
                    self.change(alarm, found)

    def _evaluate(self, alarm: MetricAlarm, end: int) -> None:
        self._agenda.plan(alarm, next_change(alarm, self._metrics, end))
        try:
            found = evaluation.evaluate(alarm, self._metrics, end, self._clock.now())
        except ServiceError as error:  # too much to compute; the alarm stays as it is
            _log.warning("alarm %s was not evaluated: %s", alarm.arn, error)
            return
        if found is not None:
            self.change(alarm, found)

    # States

    @contextmanager
    def changing(self) -> Generator[None]:
        """Change alarms or metric data inside; once that is done, do what the alarms are to do."""
        changes: list[Change] = []
        try:
            with self.lock:
                try:
                    yield
                finally:
                    changes, self._changes = self._changes, []
        finally:
            for change in changes:
                self._act(change)

    def change(self, alarm: Alarm, condition: Condition) -> None:
        """Give an alarm another state; alarms above it follow."""
        self._change(alarm, condition, frozenset())

    def _change(self, alarm: Alarm, condition: Condition, path: frozenset[str]) -> None:
        if isinstance(alarm, CompositeAlarm):
            condition = self._held(alarm, condition)
        old, alarm.condition = alarm.condition, condition
        if isinstance(alarm, MetricAlarm):  # the data may not agree with it
            self._look_at(alarm)
        self._changes.append(Change(alarm=alarm, given=dict(alarm.given), old=old, new=condition))
        self.history.add(
            alarm,
            "StateUpdate",
            condition.since,
            f"Alarm updated from {old.value} to {condition.value}",
            {"oldState": _told(old), "newState": _told(condition)},
            shorter={"oldState": _told(old, short=True), "newState": _told(condition, short=True)},
        )
        self._suppress(alarm)
        below = path | {alarm.name}
        for parent in [each for each in self.all(alarm.scope) if isinstance(each, CompositeAlarm)]:
            if alarm.name in parent.children and parent.name not in below:  # a circle is not followed
                self._follow(parent, alarm, below)

    def _follow(self, parent: CompositeAlarm, child: Alarm, path: frozenset[str]) -> None:
        state = self.rule_state(parent)
        if state == parent.condition.value:
            return
        when = stamp(child.condition.since)
        told = f"{child.arn} transitioned to {child.condition.value} at {_long(child.condition.since)} UTC"
        data = {"triggeringAlarms": [{"arn": child.arn, "state": {"value": child.condition.value, "timestamp": when}}]}
        found = Condition(value=state, reason=told, data=_json(data), since=self._clock.now())
        self._change(parent, found, path)

    # Suppression: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html

    def _held(self, alarm: CompositeAlarm, condition: Condition) -> Condition:
        """The new condition of a composite alarm, with what keeps it from its actions; an earlier wait is over."""
        alarm.until = None
        suppressor = None if alarm.suppressor is None else self.referred(alarm.scope, alarm.suppressor)
        if suppressor is not None and suppressor.condition.value == "ALARM":
            return replace(condition, suppressed="Alarm")
        if alarm.suppressor is not None and alarm.wait:
            alarm.until = self._clock.now() + alarm.wait
            self._clock.look_again()
            return replace(condition, suppressed="WaitPeriod")
        return condition

    def _suppress(self, suppressor: Alarm, *, gone: bool = False) -> None:
        """Let those alarms know whose actions an alarm suppresses, after its state has changed, or it is gone."""
        active = suppressor.condition.value == "ALARM" and not gone
        for alarm in self.all(suppressor.scope):
            if not isinstance(alarm, CompositeAlarm) or alarm.suppressor != suppressor.name:
                continue
            held = alarm.condition.suppressed
            if active and held in ("WaitPeriod", "ExtensionPeriod"):
                alarm.condition, alarm.until = replace(alarm.condition, suppressed="Alarm"), None
            elif not active and held == "Alarm":
                alarm.condition = replace(alarm.condition, suppressed="ExtensionPeriod")
                alarm.until = self._clock.now() + alarm.extension
                self._clock.look_again()

    def _release(self, alarm: CompositeAlarm) -> None:
        """Let a composite alarm do the actions of its state, which nothing suppresses any longer."""
        old, alarm.until = alarm.condition, None
        alarm.condition = replace(old, suppressed=None, since=self._clock.now())
        self._changes.append(Change(alarm=alarm, given=dict(alarm.given), old=old, new=alarm.condition))

    def rule_state(self, alarm: CompositeAlarm) -> State:
        """The state that a composite alarm's rule gives now."""

        def state_of(named: str) -> str | None:
            child = self.referred(alarm.scope, named)
            return None if child is None else child.condition.value

        return "ALARM" if rules.holds(alarm.rule, state_of) else "OK"

    def _act(self, change: Change) -> None:
        try:
            actions.tell(change)
        except Exception:  # whatever a rule's target raises: the alarm has changed all the same
            _log.exception("the bus was not told of alarm %s", change.alarm.arn)
        if not change.given["ActionsEnabled"] or change.new.suppressed is not None:
            return
        for arn in change.given[ACTIONS[change.new.value]]:
            try:
                actions.perform(change, arn)
                summary, failed = f"Successfully executed action {arn}", None
            except actions.ActionError as error:
                summary, failed = f"Failed to execute action {arn}", str(error)
            except Exception:  # of an emulator; the actions after this one are done all the same
                _log.exception("action %s of alarm %s failed", arn, change.alarm.arn)
                summary, failed = f"Failed to execute action {arn}", "the local AWS failed: its log says why"
            data = {"actionState": "Failed" if failed else "Succeeded", "notificationResource": arn, "error": failed}
            with self.lock:
                told = {key: value for key, value in data.items() if value is not None}
                self.history.add(change.alarm, "Action", self._clock.now(), summary, told)

    # Keeping

    def all(self, scope: Scope) -> list[Alarm]:
        """The alarms of an account and region, by name."""
        found = self._alarms.get(scope, {})
        return [found[name] for name in sorted(found)]

    def find(self, scope: Scope, name: str) -> Alarm | None:
        """The alarm of a name, and never of an ARN: policies have been asked about that very name. None: no such."""
        return self._alarms.get(scope, {}).get(name)

    def referred(self, scope: Scope, reference: str) -> Alarm | None:
        """The alarm of a name, or of an ARN of this account and region, where the API takes either."""
        return self.find(scope, reference.removeprefix(arn_of(scope, "")))

    def put(self, alarm: Alarm) -> None:
        """Keep a new alarm, or the new settings of one; its state and its tags stay."""
        known = self._alarms.setdefault(alarm.scope, {})
        old = known.get(alarm.name)
        if old is None and len(known) >= MOST:
            raise ServiceError("LimitExceeded", f"An account has at most {MOST} alarms in a region here.")
        if old is not None and old.kind != alarm.kind:
            raise invalid(f"An alarm of another kind has the name {alarm.name}.")
        if old is not None:
            alarm.condition, alarm.tags, alarm.created = old.condition, old.tags, old.created
        if isinstance(alarm, CompositeAlarm) and isinstance(old, CompositeAlarm):
            alarm.until = old.until
            if alarm.suppressor != old.suppressor:  # as on AWS, what waited for the old one is over
                alarm.condition, alarm.until = replace(alarm.condition, suppressed=None), None
        known[alarm.name] = alarm
        if isinstance(old, MetricAlarm):
            self._agenda.remove(old)
        if isinstance(alarm, MetricAlarm):
            self._agenda.add(alarm)
            self._look_at(alarm)
        verb, kind = ("created", "Create") if old is None else ("updated", "Update")
        self.history.add(alarm, "ConfigurationUpdate", alarm.configured, f'Alarm "{alarm.name}" {verb}', {"type": kind})
        if isinstance(alarm, CompositeAlarm):
            self._settle(alarm, verb)

    def _settle(self, alarm: CompositeAlarm, verb: str) -> None:
        state = self.rule_state(alarm)
        if state != alarm.condition.value:
            told = f"{alarm.arn} was {verb} and its alarm rule evaluates to {state}"
            data = _json({"triggeringAlarms": []})
            self.change(alarm, Condition(value=state, reason=told, data=data, since=self._clock.now()))

    def remove(self, alarm: Alarm) -> None:
        """Forget an alarm."""
        del self._alarms[alarm.scope][alarm.name]
        if isinstance(alarm, MetricAlarm):
            self._agenda.remove(alarm)
        self._suppress(alarm, gone=True)
        self.history.add(
            alarm, "ConfigurationUpdate", self._clock.now(), f'Alarm "{alarm.name}" deleted', {"type": "Delete"}
        )

    def enable(self, alarm: Alarm, *, enabled: bool) -> None:
        """Let an alarm do its actions, or not."""
        alarm.given = {**alarm.given, "ActionsEnabled": enabled}

    def parents(self, alarm: Alarm) -> list[CompositeAlarm]:
        """The composite alarms whose rules name an alarm."""
        return [
            each for each in self.all(alarm.scope) if isinstance(each, CompositeAlarm) and alarm.name in each.children
        ]


def _told(condition: Condition, *, short: bool = False) -> dict[str, object]:
    data = {} if condition.data is None or short else {"stateReasonData": json.loads(condition.data)}
    return {"stateValue": condition.value, "stateReason": condition.reason, **data}


def _json(content: object) -> str:
    return json.dumps(content, separators=(",", ":"))


def _long(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%A %d %B, %Y %H:%M:%S")

"""EventBridge Scheduler: a schedule's target, called as the schedule's role when it is due.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import document, mapping
from mlops_stages.local.server import cloudwatch, engine
from mlops_stages.local.server.clock import text
from mlops_stages.local.server.cloudwatch.metrics import Metric
from mlops_stages.local.server.engine import Key
from mlops_stages.local.server.events import targets
from mlops_stages.local.server.events.deliveries import Attempt, Count, Deliveries
from mlops_stages.local.server.events.targets import Caller, Invocation, TargetError
from mlops_stages.local.server.scheduler import expressions
from mlops_stages.local.server.scheduler.plans import Plan, Plans
from mlops_stages.local.server.step_functions import integrations
from mlops_stages.local.server.sts.acting import Actor, NotAssumableError
from mlops_stages.local.server.timers import Timers

_PRINCIPAL = "scheduler.amazonaws.com"
_UNIVERSAL = re.compile(r"arn:aws[a-z-]*:scheduler:::aws-sdk:([a-z0-9]+):([a-zA-Z0-9]+)")
_READS = ("batchGet", "describe", "get", "list", "poll", "query", "receive", "scan", "search", "select")

_METRICS = {
    "Invocations": "InvocationAttemptCount",
    "FailedInvocations": "InvocationDroppedCount",
    "RetryInvocationAttempts": "TargetErrorCount",
    "InvocationsSentToDlq": "InvocationsSentToDeadLetterCount",
    "InvocationsFailedToBeSentToDlq": "InvocationsFailedToBeSentToDeadLetterCount",
}


class Schedules:
    """All schedules of this server."""

    def __init__(self, timers: Timers, deliveries: Deliveries) -> None:
        self._timers = timers
        self._deliveries = deliveries
        self._plans = Plans(timers)
        self._actor = Actor(_PRINCIPAL)

    def plan(self) -> None:
        """Plan what schedules say now."""
        self._plans.keep({key: self._plan(key, record) for key, record in engine.schedules().items()})

    def check(self, given: Mapping[str, Any]) -> str:
        """Return why AWS refuses a schedule; empty where it takes it."""
        expression, zone = str(given.get("ScheduleExpression", "")), str(given.get("ScheduleExpressionTimezone", "UTC"))
        wrong = expressions.check(expression, zone)
        if wrong:
            return wrong
        window = mapping(given.get("FlexibleTimeWindow"))
        if (window.get("Mode") == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
            return "MaximumWindowInMinutes goes with the mode FLEXIBLE, and with it alone."
        target = mapping(given.get("Target"))
        universal = _UNIVERSAL.fullmatch(str(target.get("Arn", "")))
        if universal is not None:
            known = integrations.sdk_call(universal[1], universal[2])
            if known is None or universal[2].startswith(_READS):
                return f"{target['Arn']} is not a supported service API action."
        role = str(target.get("RoleArn", ""))
        try:
            self._actor.session(role, _group_arn(given, engine.region(), engine.account()), "creation")
        except NotAssumableError:
            return "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        return ""

    def _plan(self, key: Key, record: Mapping[str, Any]) -> Plan:
        expression, zone = str(record["ScheduleExpression"]), str(record["ScheduleExpressionTimezone"])
        start, end = _moment(record.get("StartDate")), _moment(record.get("EndDate"))
        created = self._timers.clock.now()
        anchor = max(start or 0.0, created)

        def after(moment: float) -> float | None:
            # The anchor itself is due where the expression is a rate, and met otherwise.
            earliest = max(moment, anchor - _INSTANT)
            found = expressions.after(expression, zone, earliest, anchor)
            return None if found is None or (end is not None and found > end) else found

        def fire(moment: float) -> None:
            found = engine.schedule_of(key)
            if found is not None:
                late = _spread(found, moment)
                self._timers.work_at(moment + late, lambda: self._invoke(found, moment))

        def ended() -> None:
            if str(record.get("ActionAfterCompletion")) == "DELETE":
                engine.delete_schedule(key)

        return Plan(version=json.dumps(record, default=str, sort_keys=True), after=after, fire=fire, ended=ended)

    def _invoke(self, record: Mapping[str, Any], moment: float) -> None:
        arn, target = str(record["Arn"]), mapping(record["Target"])
        execution = str(uuid.uuid4())
        region, account = arn.split(":")[3:5]

        def invocation(retries: int) -> Invocation:
            said = {
                "<aws.scheduler.schedule-arn>": arn,
                "<aws.scheduler.scheduled-time>": text(moment),
                "<aws.scheduler.execution-id>": execution,
                "<aws.scheduler.attempt-number>": str(retries + 1),
            }
            payload = str(target.get("Input") or _event(arn, moment))
            for placeholder, value in said.items():
                payload = payload.replace(placeholder, value)
            return Invocation(
                caller=Caller(actor=self._actor, source_arn=_group_arn(record, region, account)),
                arn=str(target["Arn"]),
                role=str(target["RoleArn"]),
                payload=payload,
                target=target,
            )

        first = invocation(0)
        with engine.within(account, region):
            self._deliveries.begin(
                Attempt(
                    invocation=first,
                    invoke=lambda retries: _call(invocation(retries)),
                    letter=first.payload,
                    letter_role=first.role,
                    named={
                        "SCHEDULE_ARN": arn,
                        "TARGET_ARN": first.arn,
                        "SCHEDULED_TIME": text(moment),
                        "EXECUTION_ID": execution,
                        "IS_PAYLOAD_TRUNCATED": "false",
                    },
                    count=_counter(account, region, str(record["GroupName"])),
                    began=self._timers.clock.now(),
                )
            )


_INSTANT = 1e-3


def _moment(value: object) -> float | None:
    if value is None or isinstance(value, int | float):
        return None if value is None else float(value)
    return datetime.datetime.fromisoformat(str(value)).timestamp()


def _spread(record: Mapping[str, Any], moment: float) -> float:
    """Return how late in its flexible window a schedule is done: always the same for the same moment."""
    window = mapping(record.get("FlexibleTimeWindow"))
    seconds = int(window.get("MaximumWindowInMinutes") or 0) * 60 if window.get("Mode") == "FLEXIBLE" else 0
    drawn = hashlib.sha256(f"{record['Arn']} {moment}".encode()).digest()
    return float(int.from_bytes(drawn[:4], "big") % seconds) if seconds else 0.0


def _event(arn: str, moment: float) -> str:
    """Return what a target gets that has no Input."""
    region, account = arn.split(":")[3:5]
    return json.dumps(
        {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": account,
            "time": text(moment),
            "region": region,
            "resources": [arn],
            "detail": "{}",
        }
    )


def _call(invocation: Invocation) -> None:
    """Call a target, or any operation of AWS that is one. Raises TargetError."""
    universal = _UNIVERSAL.fullmatch(invocation.arn)
    if universal is None:
        targets.invoke(invocation)
        return
    call = integrations.sdk_call(universal[1], universal[2])
    if call is None:
        raise TargetError("INVALID_PARAMETER", f"{invocation.arn} is no operation")
    session = invocation.caller.session(invocation.role)
    try:
        integrations.request(call, session, document(invocation.payload))
    except refusals.ClientError as error:
        raise targets.failure(error) from error
    except refusals.BotoCoreError as error:
        raise TargetError("SDK_CLIENT_ERROR", str(error)) from error


def _counter(account: str, region: str, group: str) -> Count:
    def count(name: str) -> None:
        metric = Metric(namespace="AWS/Scheduler", name=_METRICS[name], dimensions=(("ScheduleGroup", group),))
        with engine.within(account, region):
            cloudwatch.put(metric, [1.0], unit="Count")

    return count


def _group_arn(schedule: Mapping[str, Any], region: str, account: str) -> str:
    """What Scheduler gives as `aws:SourceArn` when it takes on a role: the schedule's group.

    Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    return f"arn:aws:scheduler:{region}:{account}:schedule-group/{schedule.get('GroupName') or 'default'}"

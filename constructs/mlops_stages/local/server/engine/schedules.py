"""Schedules: those of EventBridge Scheduler and of EventBridge's rules; when they are due, ours decides.

ministack sweeps both every ten seconds by the machine's time.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.local.json_values import document, listed
from mlops_stages.local.server.engine import ministack

Key = tuple[str, str, str]
"""Account, region, and ministack's own key."""


@dataclass(frozen=True, kw_only=True)
class ScheduledRule:
    """A rule that goes by time."""

    key: Key
    expression: str
    created: float


def schedules() -> dict[Key, dict[str, Any]]:
    """Return every schedule of EventBridge Scheduler that is enabled, as its API has it."""
    found: dict[Key, dict[str, Any]] = dict(ministack.scheduler._schedules.to_dict())
    return {key: record for key, record in found.items() if record.get("State") == "ENABLED"}


def schedule_of(key: Key) -> dict[str, Any] | None:
    """Return a schedule, None where it is gone."""
    found: dict[str, Any] | None = ministack.scheduler._schedules.get_scoped(*key)
    return found


def delete_schedule(key: Key) -> None:
    """Delete a schedule that has ended."""
    group, _, name = key[2].partition("/")
    with ministack.within(key[0], key[1]):
        ministack.scheduler._delete_schedule(name, {"groupName": group})


def scheduled_rules() -> dict[Key, ScheduledRule]:
    """Return every rule that goes by time and is enabled."""
    found: dict[Key, dict[str, Any]] = ministack.eventbridge._rules.to_dict()
    return {
        key: ScheduledRule(
            key=key,
            expression=str(record["ScheduleExpression"]),
            created=float(record.get("CreationTime") or 0),
        )
        for key, record in found.items()
        if record.get("State") == "ENABLED" and record.get("ScheduleExpression")
    }


def fire_rule(rule: ScheduledRule, moment: float) -> None:
    """Have the targets of a rule called with the event of a schedule, if it is still what was planned."""
    account, region, key = rule.key
    with ministack.within(account, region):
        record: dict[str, Any] = ministack.eventbridge._rules.get(key) or {}
        if record.get("State") != "ENABLED" or record.get("ScheduleExpression") != rule.expression:
            return  # gone, or another by now
        event = {
            "EventId": ministack.responses.new_uuid(),
            "Source": "aws.events",
            "DetailType": "Scheduled Event",
            "Detail": "{}",
            "EventBusName": record.get("EventBusName", "default"),
            "Time": int(moment),
            "Resources": [record["Arn"]],
            "Account": account,
            "Region": region,
        }
        for target in listed(ministack.eventbridge._targets.get(key)):
            ministack.eventbridge._invoke_target(target, event, record, None)


def cron_after(expression: str, moment: datetime.datetime) -> datetime.datetime | None:
    """Return when a cron expression is next met after a moment, in the moment's own wall time.

    Raises ValueError for what is not one.
    """
    fields = ministack.eventbridge._parse_cron_fields(expression)
    if fields is None:
        raise ValueError(f"{expression} is not a cron expression")
    found: datetime.datetime | None = ministack.eventbridge._cron_next_fire(fields, moment)
    return found


Check = Callable[[Mapping[str, Any]], str]
"""Says what is wrong with a schedule as the API gets it; empty where nothing is."""


def mend_schedules(changed: Callable[[], None], check: Check) -> None:
    """Have nothing swept, schedules judged, and `changed` called once any may be due at another time; once."""
    if getattr(ministack.scheduler, "schedules_mended_by_mlops_stages", False):
        return
    ministack.scheduler.schedules_mended_by_mlops_stages = True
    ministack.scheduler.start_scheduler = _nothing
    ministack.eventbridge.start_scheduler = _nothing

    def then(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any) -> Any:  # noqa: ANN401
            answered = call(*given)
            changed()
            return answered

        return called

    def judged(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(name: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
            refused = check(body)
            if refused:
                told = json.dumps({"Message": refused}).encode()
                return 400, {"Content-Type": "application/json", "x-amzn-errortype": "ValidationException"}, told
            return call(name, body)

        return called

    ministack.iam_actions.extract_resource_arn = _named_by_group(ministack.iam_actions.extract_resource_arn)
    ministack.scheduler._create_schedule = then(judged(ministack.scheduler._create_schedule))
    ministack.scheduler._update_schedule = then(judged(ministack.scheduler._update_schedule))
    ministack.scheduler._delete_schedule = then(ministack.scheduler._delete_schedule)
    ministack.scheduler._delete_schedule_group = then(ministack.scheduler._delete_schedule_group)
    ministack.eventbridge._put_rule = then(ministack.eventbridge._put_rule)
    ministack.eventbridge._delete_rule = then(ministack.eventbridge._delete_rule)
    ministack.eventbridge._enable_rule = then(ministack.eventbridge._enable_rule)
    ministack.eventbridge._disable_rule = then(ministack.eventbridge._disable_rule)


def _nothing() -> None:
    """Start nothing: the clock says when something is due."""


def _named_by_group(resource_of: Callable[..., str]) -> Callable[..., str]:
    """Have policies asked about a schedule in the group that the request names; ministack takes the default one.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
    """

    def resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> str:  # noqa: ANN401
        arn = resource_of(service, method, path, headers, body, *more)
        start, default, name = arn.rpartition(":schedule/default/")
        if service != "scheduler" or not default:
            return arn
        queries: Mapping[str, Any] = more[0]
        groups = [document(body).get("GroupName")] if body else listed(queries.get("groupName"))
        return f"{start}:schedule/{next(iter(groups), None) or 'default'}/{name}"

    return resource_arn

"""The operations of CloudWatch on alarms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import document
from mlops_stages.local.server.api.records import Scope, ServiceError, merged_tags
from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.cloudwatch import queries, settings
from mlops_stages.local.server.cloudwatch.alarms import Alarms
from mlops_stages.local.server.cloudwatch.queries import MetricQuery
from mlops_stages.local.server.cloudwatch.records import Alarm, CompositeAlarm, Condition, MetricAlarm, arn_of
from mlops_stages.local.server.cloudwatch.refusals import invalid, not_emulated

Parameters = Mapping[str, Any]
Answer = dict[str, Any]


class AlarmOperations:
    """The operations on alarms, by name."""

    def __init__(self, clock: Clock, alarms: Alarms) -> None:
        self._clock = clock
        self._alarms = alarms
        self.operations: Mapping[str, Callable[[Scope, Parameters], Answer | None]] = {
            "PutMetricAlarm": self._put_metric_alarm,
            "PutCompositeAlarm": self._put_composite_alarm,
            "DescribeAlarms": self._describe_alarms,
            "DescribeAlarmsForMetric": self._describe_alarms_for_metric,
            "DescribeAlarmHistory": self._describe_alarm_history,
            "DeleteAlarms": self._delete_alarms,
            "EnableAlarmActions": lambda scope, given: self._enable(scope, given, enabled=True),
            "DisableAlarmActions": lambda scope, given: self._enable(scope, given, enabled=False),
            "SetAlarmState": self._set_alarm_state,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._list_tags,
        }

    def _put_metric_alarm(self, scope: Scope, given: Parameters) -> None:
        alarm = settings.metric_alarm(given, scope, self._clock.now())
        self._alarms.put(alarm)
        self._alarms.foresee(scope, {query.metric for query in alarm.queries if isinstance(query, MetricQuery)})

    def _put_composite_alarm(self, scope: Scope, given: Parameters) -> None:
        alarm = settings.composite_alarm(given, scope, self._clock.now(), arn_of(scope, ""))
        if alarm.suppressor is not None and self._alarms.referred(scope, alarm.suppressor) is None:
            raise invalid(f"The suppressor alarm {alarm.suppressor[:300]} does not exist.")
        missing = sorted(child for child in alarm.children if self._alarms.find(scope, child) is None)
        if missing:
            arns = ", ".join(child if child.startswith("arn:") else arn_of(scope, child) for child in missing)
            raise invalid(f"Could not save the composite alarm as alarms [{arns[:500]}] in the alarm rule do not exist")
        self._alarms.put(alarm)

    def _describe_alarms(self, scope: Scope, given: Parameters) -> Answer:
        types = given.get("AlarmTypes") or ["MetricAlarm"]
        token = str(given.get("NextToken", ""))
        found = [
            alarm
            for alarm in self._related(scope, given)
            if alarm.kind in types and alarm.name >= token and _is_described(alarm, given)
        ]
        most = int(given.get("MaxRecords", 50))
        answer: Answer = {"MetricAlarms": [], "CompositeAlarms": []}
        for alarm in found[:most]:
            answer[f"{alarm.kind}s"].append(alarm.described())
        # As on AWS, the token is the name of the first alarm of the next page.
        return answer | ({"NextToken": found[most].name} if len(found) > most else {})

    def _related(self, scope: Scope, given: Parameters) -> list[Alarm]:
        for member in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
            if member in given:
                of = self._alarm(scope, str(given[member]))
                if member == "ParentsOfAlarmName":
                    return list(self._alarms.parents(of))
                names = of.children if isinstance(of, CompositeAlarm) else frozenset[str]()
                return [alarm for alarm in self._alarms.all(scope) if alarm.name in names]
        return self._alarms.all(scope)

    def _describe_alarms_for_metric(self, scope: Scope, given: Parameters) -> Answer:
        metric = queries.metric(given)
        members = ("Statistic", "ExtendedStatistic", "Period", "Unit")
        wanted = {member: given[member] for member in members if member in given}
        found = [
            alarm.described()
            for alarm in self._alarms.all(scope)
            if isinstance(alarm, MetricAlarm)
            and alarm.single is not None
            and alarm.single.metric == metric
            and all(alarm.given.get(member) == value for member, value in wanted.items())
        ]
        return {"MetricAlarms": found}

    def _describe_alarm_history(self, scope: Scope, given: Parameters) -> Answer:
        if "AlarmContributorId" in given:
            raise not_emulated("contributors of alarms (AlarmContributorId)")
        types = given.get("AlarmTypes") or ["MetricAlarm"]
        items = [
            item
            for item in self._alarms.history.of(scope)
            if item.kind in types
            and item.name == given.get("AlarmName", item.name)
            and item.type == given.get("HistoryItemType", item.type)
            and given.get("StartDate", 0) <= item.at <= given.get("EndDate", math.inf)
        ]
        forward = given.get("ScanBy") == "TimestampAscending"
        if not forward:
            items.reverse()
        if "NextToken" in given:
            token = str(given["NextToken"])
            if not (token.isdecimal() and len(token) < 20):
                raise ServiceError("InvalidNextToken", f"Invalid NextToken: {token[:60]}")
            items = [item for item in items if (item.number >= int(token) if forward else item.number <= int(token))]
        most = int(given.get("MaxRecords", 50))
        more = {"NextToken": str(items[most].number)} if len(items) > most else {}
        return {"AlarmHistoryItems": [item.described() for item in items[:most]], **more}

    def _delete_alarms(self, scope: Scope, given: Parameters) -> None:
        names = dict.fromkeys(str(name) for name in given["AlarmNames"])
        found = [alarm for alarm in (self._alarms.find(scope, name) for name in names) if alarm is not None]
        composites = [alarm for alarm in found if isinstance(alarm, CompositeAlarm)]
        if len(composites) > 1:
            raise invalid(f"Cannot delete [{len(composites)}] Composite Alarms as only one composite alarm delete is "
                          "allowed in single request")  # fmt: skip
        for alarm in found:
            if self._alarms.parents(alarm):
                raise invalid(f"Cannot delete {alarm.name} as there are composite alarm(s) depending on it.")
        for alarm in found:
            self._alarms.remove(alarm)

    def _enable(self, scope: Scope, given: Parameters, *, enabled: bool) -> None:
        for name in given["AlarmNames"]:
            alarm = self._alarms.find(scope, str(name))
            if alarm is not None:
                self._alarms.enable(alarm, enabled=enabled)

    def _set_alarm_state(self, scope: Scope, given: Parameters) -> None:
        alarm = self._alarm(scope, str(given["AlarmName"]))
        data = given.get("StateReasonData")
        if data is not None and not document(str(data)):
            raise ServiceError("InvalidFormat", "StateReasonData was not valid JSON")
        state, reason = given["StateValue"], str(given["StateReason"])
        found = Condition(value=state, reason=reason, data=data, since=self._clock.now())
        if state != alarm.condition.value:
            self._alarms.change(alarm, found)
        else:
            alarm.condition = found

    def _alarm(self, scope: Scope, named: str) -> Alarm:
        found = self._alarms.find(scope, named)
        if found is None:
            raise ServiceError("ResourceNotFound", f"Alarm {named[:300]} does not exist", 404)
        return found

    # Tags

    def _tagged(self, scope: Scope, given: Parameters) -> Alarm:
        arn = str(given["ResourceARN"])
        prefix = arn_of(scope, "")
        found = self._alarms.find(scope, arn.removeprefix(prefix)) if arn.startswith(prefix) else None
        if found is None:
            raise ServiceError("ResourceNotFound", f"{arn[:300]} is not an alarm of this account and region", 404)
        return found

    def _tag(self, scope: Scope, given: Parameters) -> None:
        alarm = self._tagged(scope, given)
        alarm.tags = merged_tags(alarm.tags, given["Tags"])

    def _untag(self, scope: Scope, given: Parameters) -> None:
        alarm = self._tagged(scope, given)
        alarm.tags = {key: value for key, value in alarm.tags.items() if key not in given["TagKeys"]}

    def _list_tags(self, scope: Scope, given: Parameters) -> Answer:
        tags = self._tagged(scope, given).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _is_described(alarm: Alarm, given: Parameters) -> bool:
    prefix = str(given.get("ActionPrefix", ""))
    told = [arn for member in ("OKActions", "AlarmActions", "InsufficientDataActions") for arn in alarm.given[member]]
    return (
        ("AlarmNames" not in given or alarm.name in given["AlarmNames"])
        and alarm.name.startswith(str(given.get("AlarmNamePrefix", "")))
        and alarm.condition.value == given.get("StateValue", alarm.condition.value)
        and (not prefix or any(str(arn).startswith(prefix) for arn in told))
    )

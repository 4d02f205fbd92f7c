"""What happens when an alarm changes its state: the event on the account's bus, and its actions (SNS, Lambda).

CloudWatch acts under its own name: the policy of a topic, or of a function, must let it, as on AWS.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import functools
import importlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.cloudwatch.judgement import stamp
from mlops_stages.local.server.cloudwatch.queries import ExpressionQuery, MetricQuery, Query
from mlops_stages.local.server.cloudwatch.records import (
    Alarm,
    CompositeAlarm,
    Condition,
    MetricAlarm,
    suppression_reason,
)
from mlops_stages.local.server.cloudwatch.refusals import invalid, not_emulated

_TO_SNS, _TO_LAMBDA = "cloudwatch.amazonaws.com", "lambda.alarms.cloudwatch.amazonaws.com"

_TARGETS: Mapping[str, re.Pattern[str]] = {
    "sns": re.compile(r"arn:aws[a-z-]{0,20}:sns:[a-z0-9-]{1,30}:\d{12}:[A-Za-z0-9_.-]{1,261}"),
    "lambda": re.compile(
        r"arn:aws[a-z-]{0,20}:lambda:[a-z0-9-]{1,30}:\d{12}:function:[A-Za-z0-9_-]{1,140}(?::[A-Za-z0-9$_-]{1,129})?"
    ),
}

_SUPPRESSION = ("actionsSuppressor", "actionsSuppressorWaitPeriod", "actionsSuppressorExtensionPeriod")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of an alarm's state."""

    alarm: Alarm
    given: Mapping[str, Any]
    old: Condition
    new: Condition


class ActionError(Exception):
    """An action that did not succeed; the message is written into the alarm's history."""


def check(arns: object, region: str) -> None:
    """Refuse actions that AWS would refuse, or that nothing here would do."""
    for arn in listed(arns):
        parts = str(arn).split(":")
        if len(parts) < 6 or parts[0] != "arn" or not parts[5]:
            raise invalid(f"Invalid arn syntax: {str(arn)[:200]}")
        if parts[2] not in ("sns", "lambda"):
            raise not_emulated(f"the action {str(arn)[:200]}: alarms tell SNS topics and Lambda functions here")
        if _TARGETS[parts[2]].fullmatch(str(arn)) is None:
            raise invalid(f"Invalid arn syntax: {str(arn)[:200]}")
        if parts[3] != region:
            raise invalid(f"Invalid region {parts[3]} specified. Only {region} is supported.")


def tell(change: Change) -> None:
    """Put the event of a change on the default bus of the alarm's account and region."""
    alarm, scope = change.alarm, change.alarm.scope
    detail = {
        "alarmName": alarm.name,
        "configuration": _configuration(change),
        "previousState": _state(change.old),
        "state": _state(change.new),
    }
    with engine.within(scope.account, scope.region):
        engine.put_service_event("aws.cloudwatch", "CloudWatch Alarm State Change", [alarm.arn], detail)


def perform(change: Change, arn: str) -> None:
    """Do one action; ActionError says why it did not succeed."""
    service, region, account = arn.split(":")[2:5]
    try:
        with engine.within(account, region):
            _publish(change, arn) if service == "sns" else _invoke(change, arn)
    except (refusals.ClientError, refusals.BotoCoreError) as error:
        raise ActionError(refusals.message(error) or str(error)) from error


def _publish(change: Change, arn: str) -> None:
    found = calls.call("sns", "get_topic_attributes", TopicArn=arn)["Attributes"]
    _ask(change, str(found.get("Policy", "")), _TO_SNS, "sns:Publish", arn)
    subject = f'{change.new.value}: "{change.alarm.name}" in {_region_name(change.alarm.scope.region)}'
    calls.call("sns", "publish", TopicArn=arn, Message=json.dumps(message(change)), Subject=subject[:100])


def _invoke(change: Change, arn: str) -> None:
    function, qualifier = arn.split(":function:")[1].partition(":")[::2]
    named = {"FunctionName": function} | ({"Qualifier": qualifier} if qualifier else {})
    try:
        policy = str(calls.call("lambda", "get_policy", **named)["Policy"])
    except refusals.ClientError as error:
        if refusals.code(error) != "ResourceNotFoundException":
            raise
        policy = ""  # no such function, or none that lets anybody in
    _ask(change, policy, _TO_LAMBDA, "lambda:InvokeFunction", arn)
    payload = json.dumps(lambda_event(change)).encode()
    calls.call("lambda", "invoke", **named, InvocationType="Event", Payload=payload)


def _ask(change: Change, policy: str, service: str, action: str, resource: str) -> None:
    account = change.alarm.scope.account
    context = {"aws:SourceArn": change.alarm.arn, "aws:SourceAccount": account, "aws:SourceOwner": account}
    if not policy or not engine.allowed_to_service(policy, service, action, resource, context):
        _log.warning("alarm %s: the policy of %s does not let %s do %s", change.alarm.name, resource, service, action)
        raise ActionError(f"{service} is not authorized to perform: {action} on resource: {resource}")


def message(change: Change) -> dict[str, Any]:
    """What a topic is told."""
    alarm, given = change.alarm, change.given
    said: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": given.get("AlarmDescription"),
        "AWSAccountId": alarm.scope.account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured),
        "NewStateValue": change.new.value,
        "NewStateReason": change.new.reason,
        "StateChangeTime": stamp(change.new.since),
        "Region": _region_name(alarm.scope.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": change.old.value,
        "OKActions": given["OKActions"],
        "AlarmActions": given["AlarmActions"],
        "InsufficientDataActions": given["InsufficientDataActions"],
    }
    if isinstance(alarm, CompositeAlarm):
        return said | {"AlarmRule": given["AlarmRule"]} | _triggers(change.new)
    if isinstance(alarm, MetricAlarm):
        said["Trigger"] = _trigger(alarm, given)
    return said


def _triggers(condition: Condition) -> dict[str, Any]:
    triggering = json.loads(condition.data or "{}").get("triggeringAlarms", [])
    children = [
        {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
        for child in triggering
    ]
    return {"TriggeringChildren": children} if children else {}


def _trigger(alarm: MetricAlarm, given: Mapping[str, Any]) -> dict[str, Any]:
    common = {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.needed,
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.missing,
        "EvaluateLowSampleCountPercentile": given.get("EvaluateLowSampleCountPercentile", ""),
    }
    if "Metrics" in given:
        return {"Metrics": [_told(query) for query in alarm.queries], **common}
    extended = "ExtendedStatistic" in given
    statistic = str(given["ExtendedStatistic"] if extended else given["Statistic"])
    return {
        "MetricName": given["MetricName"],
        "Namespace": given["Namespace"],
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        "ExtendedStatistic" if extended else "Statistic": statistic if extended else statistic.upper(),
        "Unit": given.get("Unit"),
        "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in given["Dimensions"]],
        **common,
    }


def _told(query: Query) -> dict[str, Any]:
    if isinstance(query, ExpressionQuery):
        return {"Expression": query.text, "Id": query.id, "Label": query.label, "ReturnData": query.returned}
    metric = {
        "Dimensions": [{"value": value, "name": name} for name, value in query.metric.dimensions],
        "MetricName": query.metric.name,
        "Namespace": query.metric.namespace,
    }
    stat = {"Metric": metric, "Period": query.period, "Stat": query.statistic.name}
    return {"Id": query.id, "MetricStat": stat, "ReturnData": query.returned}


def lambda_event(change: Change) -> dict[str, Any]:
    """What a function is invoked with."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": change.alarm.arn,
        "accountId": change.alarm.scope.account,
        "time": stamp(change.new.since),
        "region": change.alarm.scope.region,
        "alarmData": {
            "alarmName": change.alarm.name,
            "state": _state(change.new),
            "previousState": _state(change.old),
            "configuration": _configuration(change),
        },
    }


def _state(condition: Condition) -> dict[str, str]:
    said = {"value": condition.value, "reason": condition.reason, "timestamp": stamp(condition.since)}
    if condition.data is not None:
        said["reasonData"] = condition.data
    if condition.suppressed is not None:
        said["actionsSuppressedBy"] = condition.suppressed
        said["actionsSuppressedReason"] = str(suppression_reason(condition))
    return said


def _configuration(change: Change) -> dict[str, Any]:
    alarm = change.alarm
    described = change.given.get("AlarmDescription")
    said: dict[str, Any] = {"description": described} if described else {}
    if isinstance(alarm, CompositeAlarm):
        told = {name: change.given[f"{name[0].upper()}{name[1:]}"] for name in _SUPPRESSION if alarm.suppressor}
        return said | {"alarmRule": change.given["AlarmRule"], **told}
    queries = alarm.queries if isinstance(alarm, MetricAlarm) else ()
    return said | {"metrics": [_configured(query) for query in queries]}


def _configured(query: Query) -> dict[str, Any]:
    if isinstance(query, ExpressionQuery):
        return {"expression": query.text, "id": query.id, "label": query.label, "returnData": query.returned}
    return {"id": query.id, "metricStat": _metric_stat(query), "returnData": query.returned}


def _metric_stat(query: MetricQuery) -> dict[str, Any]:
    metric = {
        "dimensions": dict(query.metric.dimensions),
        "name": query.metric.name,
        "namespace": query.metric.namespace,
    }
    unit = {} if query.unit is None else {"unit": query.unit}
    return {"metric": metric, "period": query.period, "stat": query.statistic.name, **unit}


@functools.cache
def _region_name(region: str) -> str:
    """A region as alarms write it: "Europe (Ireland)"."""
    loader: Any = importlib.import_module("botocore.loaders").create_loader()
    partitions: list[Any] = loader.load_data("endpoints")["partitions"]
    names = [part["regions"][region]["description"] for part in partitions if region in part["regions"]]
    return str(names[0]) if names else region

"""AWS::CE::AnomalyMonitor and AWS::CE::AnomalySubscription, over the operations in `service`."""

from __future__ import annotations

import json

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import (
    ApiType,
    Properties,
    RefusedError,
    call,
    given,
)

_MONITOR = ("MonitorName", "MonitorType", "MonitorDimension", "MonitorSpecification")
_SUBSCRIPTION = ("SubscriptionName", "MonitorArnList", "Subscribers", "Threshold", "ThresholdExpression", "Frequency")


def _parsed(properties: Properties, name: str) -> Properties:
    """Properties with the one that CloudFormation takes as JSON text as the API's structure."""
    text = properties.get(name)
    if not isinstance(text, str):
        return properties
    try:
        return {**properties, name: json.loads(text)}
    except ValueError as error:
        raise RefusedError(f"{name} is not JSON: {error}") from error


def _monitor_request(properties: Properties) -> Properties:
    monitor = _parsed(given(properties, *_MONITOR), "MonitorSpecification")
    return {"AnomalyMonitor": monitor, **given(properties, "ResourceTags")}


def _monitor_attributes(arn: str) -> Properties:
    found = call("ce", "GetAnomalyMonitors", {"MonitorArnList": [arn]})["AnomalyMonitors"][0]
    names = ("MonitorArn", "CreationDate", "LastUpdatedDate", "LastEvaluatedDate")
    return {
        **{name: found.get(name, "") for name in names},
        "DimensionalValueCount": found.get("DimensionalValueCount", 0),
    }


ANOMALY_MONITOR = ApiType(
    type="AWS::CE::AnomalyMonitor",
    service="ce",
    properties=(*_MONITOR, "ResourceTags"),
    required=("MonitorName", "MonitorType"),
    create_only=("MonitorType", "MonitorDimension", "MonitorSpecification", "ResourceTags"),
    create="CreateAnomalyMonitor",
    update="UpdateAnomalyMonitor",
    delete="DeleteAnomalyMonitor",
    request=_monitor_request,
    change=lambda arn, old, new: {"MonitorArn": arn, **given(new, "MonitorName")},
    physical_id=lambda parameters, answer: answer["MonitorArn"],
    identity=lambda physical_id: {"MonitorArn": physical_id},
    describe=_monitor_attributes,
    arn=lambda physical_id: physical_id,
    missing=("UnknownMonitorException",),
)


def _subscription_request(properties: Properties) -> Properties:
    subscription = _parsed(given(properties, *_SUBSCRIPTION), "ThresholdExpression")
    return {"AnomalySubscription": subscription, **given(properties, "ResourceTags")}


def _subscription_change(arn: str, old: Properties, new: Properties) -> Properties:
    del old
    return {"SubscriptionArn": arn, **_parsed(given(new, *_SUBSCRIPTION), "ThresholdExpression")}


ANOMALY_SUBSCRIPTION = ApiType(
    type="AWS::CE::AnomalySubscription",
    service="ce",
    properties=(*_SUBSCRIPTION, "ResourceTags"),
    required=("Frequency", "MonitorArnList", "Subscribers", "SubscriptionName"),
    create_only=("ResourceTags",),
    create="CreateAnomalySubscription",
    update="UpdateAnomalySubscription",
    delete="DeleteAnomalySubscription",
    request=_subscription_request,
    change=_subscription_change,
    physical_id=lambda parameters, answer: answer["SubscriptionArn"],
    identity=lambda physical_id: {"SubscriptionArn": physical_id},
    describe=lambda physical_id: {"SubscriptionArn": physical_id, "AccountId": engine.account()},
    arn=lambda physical_id: physical_id,
    missing=("UnknownSubscriptionException",),
)


TYPES = (ANOMALY_MONITOR, ANOMALY_SUBSCRIPTION)

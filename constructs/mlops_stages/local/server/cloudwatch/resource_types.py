"""AWS::CloudWatch::Alarm and CompositeAlarm, over the operations beside it."""

from __future__ import annotations

from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, RefusedError, TagApi, call

_SERVICE = "cloudwatch"
_TAGS = TagApi(add="TagResource", remove="UntagResource", arn="ResourceARN")


def _arn(name: str) -> str:
    return f"arn:aws:cloudwatch:{engine.region()}:{engine.account()}:alarm:{name}"


def _found(name: str) -> list[Properties]:
    given = {"AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    answer = call(_SERVICE, "DescribeAlarms", given)
    return [*listed(answer["MetricAlarms"]), *listed(answer["CompositeAlarms"])]


def _new(properties: Properties) -> Properties:
    name = properties.get("AlarmName")
    if name is not None and _found(str(name)):
        raise RefusedError(f"{name} already exists")
    return dict(properties)


def _changed(name: str, _: Properties, new: Properties) -> Properties:
    return {**{key: value for key, value in new.items() if key != "Tags"}, "AlarmName": name}


def _attributes(name: str) -> Properties:
    return {"Arn": _arn(name)}


_COMMON = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "InsufficientDataActions",
    "OKActions",
    "Tags",
)

ALARM = ApiType(
    type="AWS::CloudWatch::Alarm",
    service=_SERVICE,
    properties=(
        *_COMMON,
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods",
        "EvaluationWindow",
        "ExtendedStatistic",
        "MetricName",
        "Metrics",
        "Namespace",
        "Period",
        "Statistic",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
    ),
    create_only=("AlarmName",),
    create="PutMetricAlarm",
    update="PutMetricAlarm",
    delete="DeleteAlarms",
    named="AlarmName",
    longest_name=255,
    request=_new,
    change=_changed,
    physical_id=lambda parameters, _: str(parameters["AlarmName"]),
    identity=lambda name: {"AlarmNames": [name]},
    describe=_attributes,
    arn=_arn,
    tags=_TAGS,
)

COMPOSITE_ALARM = ApiType(
    type="AWS::CloudWatch::CompositeAlarm",
    service=_SERVICE,
    properties=(
        *_COMMON,
        "ActionsSuppressor",
        "ActionsSuppressorExtensionPeriod",
        "ActionsSuppressorWaitPeriod",
        "AlarmRule",
    ),
    required=("AlarmRule",),
    create_only=("AlarmName",),
    create="PutCompositeAlarm",
    update="PutCompositeAlarm",
    delete="DeleteAlarms",
    named="AlarmName",
    longest_name=255,
    request=_new,
    change=_changed,
    physical_id=lambda parameters, _: str(parameters["AlarmName"]),
    identity=lambda name: {"AlarmNames": [name]},
    describe=_attributes,
    arn=_arn,
    tags=_TAGS,
)

TYPES = (ALARM, COMPOSITE_ALARM)

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


def _alarm(type: str, *own: str, put: str, required: tuple[str, ...] = ()) -> ApiType:
    """A type of alarm: both are put by one operation, and named, found and deleted alike."""
    return ApiType(
        type=type,
        service=_SERVICE,
        properties=(*_COMMON, *own),
        required=required,
        create_only=("AlarmName",),
        create=put,
        update=put,
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


ALARM = _alarm(
    "AWS::CloudWatch::Alarm",
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
    put="PutMetricAlarm",
)

COMPOSITE_ALARM = _alarm(
    "AWS::CloudWatch::CompositeAlarm",
    "ActionsSuppressor",
    "ActionsSuppressorExtensionPeriod",
    "ActionsSuppressorWaitPeriod",
    "AlarmRule",
    put="PutCompositeAlarm",
    required=("AlarmRule",),
)

TYPES = (ALARM, COMPOSITE_ALARM)

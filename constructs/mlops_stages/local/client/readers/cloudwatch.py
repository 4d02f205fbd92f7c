"""Reading CloudWatch's alarms back, from one listing, and its dashboards."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import parsed, tags

_ALARM = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "EvaluationWindow",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
)
_COMPOSITE_ALARM = (
    "ActionsEnabled",
    "ActionsSuppressor",
    "ActionsSuppressorExtensionPeriod",
    "ActionsSuppressorWaitPeriod",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "AlarmRule",
    "InsufficientDataActions",
    "OKActions",
)
_DASHBOARD = ("DashboardBody", "DashboardName")


def _alarm(api: Api, resource: Resource) -> Properties:
    found = api.listed("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName").get(resource.physical_id, {})
    return picked(found, *_ALARM)


def _composite_alarm(api: Api, resource: Resource) -> Properties:
    given = {"AlarmNames": [resource.physical_id], "AlarmTypes": ["CompositeAlarm"]}
    found = api.call("cloudwatch", "describe_alarms", **given)["CompositeAlarms"]
    return picked(found[0] if found else {}, *_COMPOSITE_ALARM)


def _dashboard(api: Api, resource: Resource) -> Properties:
    return picked(api.call("cloudwatch", "get_dashboard", DashboardName=resource.physical_id), *_DASHBOARD)


def _tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:cloudwatch:{resource.region}:{resource.account}:alarm:{resource.physical_id}"
    return picked(api.call("cloudwatch", "list_tags_for_resource", ResourceARN=arn), "Tags")


READERS = (
    Reader(
        type="AWS::CloudWatch::Alarm",
        parts=(Part(properties=_ALARM, read=_alarm), Part(properties=("Tags",), read=_tags)),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::CloudWatch::CompositeAlarm",
        parts=(
            Part(properties=_COMPOSITE_ALARM, read=_composite_alarm),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::CloudWatch::Dashboard",
        parts=(Part(properties=_DASHBOARD, read=_dashboard),),
        canonical={"DashboardBody": parsed},
    ),
)

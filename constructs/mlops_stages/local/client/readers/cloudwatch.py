"""Reading CloudWatch alarms back, from one listing."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import tags

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


def _alarm(api: Api, resource: Resource) -> Properties:
    found = api.listed("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName").get(resource.physical_id, {})
    return picked(found, *_ALARM)


def _tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:cloudwatch:{resource.region}:{resource.account}:alarm:{resource.physical_id}"
    return picked(api.call("cloudwatch", "list_tags_for_resource", ResourceARN=arn), "Tags")


READERS = (
    Reader(
        type="AWS::CloudWatch::Alarm",
        parts=(Part(properties=_ALARM, read=_alarm), Part(properties=("Tags",), read=_tags)),
        canonical={"Tags": tags},
    ),
)

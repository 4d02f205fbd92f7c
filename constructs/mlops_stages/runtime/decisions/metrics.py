"""CloudWatch: how often a variant was invoked, and the figures of an hour that go there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .hours import ONE, Hour
from .manifest import Manifest
from .settings import Settings

NAMESPACE = "MLOpsStages/Decisions"
CAPTURED_SHARE, QUARANTINED = "CapturedShare", "Quarantined"
LEAST_SHARE = 99
"""Percent of the requests that CloudWatch counts which must have been captured: below it, capture has a gap."""
OLDEST = timedelta(days=14) - ONE
"""CloudWatch takes nothing from more than two weeks back; the hour is for the way there.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""
CloudWatch = Any
"""A client of boto3, which has no types."""


def invocations(
    cloudwatch: CloudWatch, settings: Settings, variant: str, first: Hour, end: datetime
) -> dict[Hour, int]:
    """How often a variant was invoked in each hour that has a count, from the first hour to a moment.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """
    dimensions = [{"Name": "EndpointName", "Value": settings.endpoint}, {"Name": "VariantName", "Value": variant}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions}
    query = {"Id": "invocations", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}
    asked: dict[str, Any] = {"MetricDataQueries": [query], "StartTime": first.start, "EndTime": end}
    found: dict[Hour, int] = {}
    while True:
        page = cloudwatch.get_metric_data(**asked)
        for each in page["MetricDataResults"]:
            found |= {Hour(at): int(value) for at, value in zip(each["Timestamps"], each["Values"], strict=True)}
        if not page.get("NextToken"):
            return found
        asked["NextToken"] = page["NextToken"]


def is_taken(hour: Hour, now: datetime) -> bool:
    """Whether CloudWatch still takes figures of an hour."""
    return now - hour.end < OLDEST


def publish(cloudwatch: CloudWatch, hour: Hour, manifest: Manifest) -> None:
    """Put an hour's figures, at its end.

    An hour that is read again is put again, and CloudWatch keeps both: look at the maximum of a period, not at the sum.
    """
    found = manifest.found
    figures: dict[str, tuple[float, str]] = {
        "Rows": (found.rows, "Count"),
        QUARANTINED: (sum(found.quarantined.values()), "Count"),
        "Duplicates": (found.duplicates, "Count"),
        "FailedRequests": (found.failed_requests, "Count"),
    }
    if manifest.captured_share is not None:
        figures[CAPTURED_SHARE] = (manifest.captured_share, "Percent")
    dimensions = [{"Name": "Endpoint", "Value": manifest.endpoint}, {"Name": "Variant", "Value": manifest.variant}]
    data = [
        {"MetricName": name, "Dimensions": dimensions, "Timestamp": hour.end, "Value": value, "Unit": unit}
        for name, (value, unit) in figures.items()
    ]
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)

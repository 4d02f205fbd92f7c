"""Metric filters: what they count of new log events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from mlops_stages.local.json_values import document, listed
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.api.heard import Completion, Heard
from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.logs.filter_patterns import PatternError, compiled

Call = Callable[..., dict[str, Any]]
"""Calls an API of one account and region: `call(account, region, service, operation, **parameters)`."""


_log = logging.getLogger(__name__)


def count_matches(call: Call, account: str, region: str, group: str, messages: Iterable[str]) -> None:
    """Put the metrics of a log group's metric filters for new messages, as CloudWatch Logs does."""
    filters = call(account, region, "logs", "describe_metric_filters", logGroupName=group)["metricFilters"]
    for found in filters:
        try:
            matches = compiled(str(found.get("filterPattern", "")))
        except PatternError as error:
            _log.warning("metric filter %s counts nothing: %s", found["filterName"], error)
            continue
        count = sum(1 for message in messages if matches(message))
        for transformation in found["metricTransformations"]:
            value = str(transformation["metricValue"])
            if count and _is_number(value):
                datum = {"MetricName": transformation["metricName"], "Value": count * float(value)}
                call(
                    account,
                    region,
                    "cloudwatch",
                    "put_metric_data",
                    Namespace=transformation["metricNamespace"],
                    MetricData=[datum],
                )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def completion(heard: Heard, body: bytes) -> Completion | None:
    """Count the events of PutLogEvents into the metrics of their group's filters; its answer stays as it is."""
    if not heard.headers.get("x-amz-target", "").endswith(".PutLogEvents"):
        return None
    asked = document(body)

    def count(scope: Scope, content: bytes) -> bytes:
        messages = [str(item.get("message", "")) for item in listed(asked.get("logEvents"))]
        count_matches(calls.call_in, scope.account, scope.region, str(asked.get("logGroupName")), messages)
        return content

    return count

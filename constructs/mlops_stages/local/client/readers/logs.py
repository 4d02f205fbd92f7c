"""Reading log groups and metric filters back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import key, tags
from mlops_stages.local.json_values import listed, mapping

_GROUP = {
    "LogGroupName": "logGroupName",
    "RetentionInDays": "retentionInDays",
    "KmsKeyId": "kmsKeyId",
    "LogGroupClass": "logGroupClass",
    "DeletionProtectionEnabled": "deletionProtectionEnabled",
}


def _group(api: Api, resource: Resource) -> Properties:
    found = api.listed("logs", "describe_log_groups", "logGroups", "logGroupName").get(resource.physical_id, {})
    return {name: found[member] for name, member in _GROUP.items() if member in found}


def _tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:logs:{resource.region}:{resource.account}:log-group:{resource.physical_id}"
    found = api.call("logs", "list_tags_for_resource", resourceArn=arn)["tags"]
    return {"Tags": [{"Key": name, "Value": value} for name, value in found.items()]}


def _filter(api: Api, resource: Resource) -> Properties:
    group = str(resource.properties.get("LogGroupName"))
    filters = api.call("logs", "describe_metric_filters", logGroupName=group)["metricFilters"]
    found = mapping(next((item for item in filters if item["filterName"] == resource.physical_id), None))
    if not found:
        return {}
    return {
        "FilterName": found["filterName"],
        "LogGroupName": found.get("logGroupName", group),
        "FilterPattern": found.get("filterPattern", ""),
        "MetricTransformations": [_transformation(item) for item in listed(found.get("metricTransformations"))],
        **({"ApplyOnTransformedLogs": found["applyOnTransformedLogs"]} if "applyOnTransformedLogs" in found else {}),
    }


def _transformation(item: Mapping[str, Any]) -> Properties:
    converted = {name[0].upper() + name[1:]: value for name, value in item.items() if name != "dimensions"}
    if item.get("dimensions"):
        converted["Dimensions"] = [{"Key": name, "Value": value} for name, value in item["dimensions"].items()]
    return converted


READERS = (
    Reader(
        type="AWS::Logs::LogGroup",
        parts=(Part(properties=tuple(_GROUP), read=_group), Part(properties=("Tags",), read=_tags)),
        canonical={"KmsKeyId": key, "Tags": tags},
    ),
    Reader(
        type="AWS::Logs::MetricFilter",
        parts=(
            Part(
                properties=(
                    "FilterName",
                    "LogGroupName",
                    "FilterPattern",
                    "MetricTransformations",
                    "ApplyOnTransformedLogs",
                ),
                read=_filter,
            ),
        ),
    ),
)

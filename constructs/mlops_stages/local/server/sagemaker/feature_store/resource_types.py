"""AWS::SageMaker::FeatureGroup, over the operations in `feature_groups`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation import references
from mlops_stages.local.server.cloudformation.api_types import (
    ApiType,
    Properties,
    RefusedError,
    at,
    call,
    changed,
    given,
)


def _group_attributes(name: str) -> Properties:
    found = call("sagemaker", "DescribeFeatureGroup", {"FeatureGroupName": name})
    made: datetime.datetime = found["CreationTime"]
    return {**given(found, "FeatureGroupStatus"), "CreationTime": made.astimezone(datetime.UTC).isoformat()}


def _group_change(name: str, old: Properties, new: Properties) -> Properties | None:
    """Only features can be added, and time to live and throughput changed."""
    before: list[Mapping[str, Any]] = listed(old.get("FeatureDefinitions"))
    after: list[Mapping[str, Any]] = listed(new.get("FeatureDefinitions"))
    if [each for each in before if each not in after]:
        raise RefusedError("AWS::SageMaker::FeatureGroup: features can be added, not changed or removed")
    changes: Properties = changed(old, new, "ThroughputConfig")
    added = [each for each in after if each not in before]
    if added:
        changes["FeatureAdditions"] = added
    lives = at(new, "OnlineStoreConfig/TtlDuration")
    if lives != at(old, "OnlineStoreConfig/TtlDuration"):
        changes["OnlineStoreConfig"] = {"TtlDuration": lives}
    return {"FeatureGroupName": name, **changes} if changes else None


def _group_refers(parameters: Properties) -> None:
    references.check(parameters)
    uri = at(parameters, "OfflineStoreConfig/S3StorageConfig/S3Uri")
    if uri is not None:
        call("s3", "GetBucketLocation", {"Bucket": str(uri).removeprefix("s3://").partition("/")[0]})


FEATURE_GROUP = ApiType(
    type="AWS::SageMaker::FeatureGroup",
    service="sagemaker",
    properties=(
        "Description",
        "EventTimeFeatureName",
        "FeatureDefinitions",
        "FeatureGroupName",
        "OfflineStoreConfig",
        "OnlineStoreConfig",
        "RecordIdentifierFeatureName",
        "RoleArn",
        "Tags",
        "ThroughputConfig",
    ),
    required=("EventTimeFeatureName", "FeatureDefinitions", "FeatureGroupName", "RecordIdentifierFeatureName"),
    create_only=(
        "Description",
        "EventTimeFeatureName",
        "FeatureGroupName",
        "OfflineStoreConfig",
        "OnlineStoreConfig/EnableOnlineStore",
        "OnlineStoreConfig/SecurityConfig",
        "OnlineStoreConfig/StorageType",
        "RecordIdentifierFeatureName",
        "RoleArn",
        "Tags",
    ),
    create="CreateFeatureGroup",
    update="UpdateFeatureGroup",
    delete="DeleteFeatureGroup",
    change=_group_change,
    physical_id=lambda parameters, answer: parameters["FeatureGroupName"],
    identity=lambda name: {"FeatureGroupName": name},
    describe=_group_attributes,
    arn=lambda name: f"arn:aws:sagemaker:{engine.region()}:{engine.account()}:feature-group/{name}",
    refers=_group_refers,
)

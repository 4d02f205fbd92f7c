"""AWS::CloudTrail::Trail: the trail, its event selectors and whether it logs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from mlops_stages.expressions import fits
from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import (
    ApiType,
    Properties,
    RefusedError,
    TagApi,
    call,
    generated_name,
    given,
    retag,
)

_SETTINGS = {
    "S3BucketName": "S3BucketName",
    "S3KeyPrefix": "S3KeyPrefix",
    "SnsTopicName": "SnsTopicName",
    "IncludeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail": "IsMultiRegionTrail",
    "IsOrganizationTrail": "IsOrganizationTrail",
    "EnableLogFileValidation": "EnableLogFileValidation",
    "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
    "KMSKeyId": "KmsKeyId",
}
"""A property's name, and the API's."""

_TAGS = TagApi(
    add="AddTags", remove="RemoveTags", arn="ResourceId", tags="TagsList", keys="TagsList", keys_are_tags=True
)


def _settings(properties: Properties) -> Properties:
    return {api: properties[name] for name, api in _SETTINGS.items() if properties.get(name) is not None}


def _allows(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    principal: object = statement.get("Principal")
    services = (
        cast("Mapping[str, object]", principal).get("Service", []) if isinstance(principal, Mapping) else principal
    )
    named = any(item in ("cloudtrail.amazonaws.com", "*") for item in listed(services))
    acts = any(fits(action.lower(), str(item).lower()) for item in listed(statement.get("Action", [])))
    covers = any(fits(resource, str(item)) for item in listed(statement.get("Resource", [])))
    return statement.get("Effect") == "Allow" and named and acts and covers


def _check_bucket(properties: Properties) -> None:
    """Refuse a bucket that CloudTrail may not write to, as CreateTrail does."""
    bucket = properties["S3BucketName"]
    refusal = f"AWS::CloudTrail::Trail: Incorrect S3 bucket policy is detected for bucket: {bucket}"
    try:
        policy: str = call("s3", "GetBucketPolicy", {"Bucket": bucket})["Policy"]
    except RefusedError as error:
        raise RefusedError(refusal) from error
    prefix = f"{properties['S3KeyPrefix']}/" if properties.get("S3KeyPrefix") else ""
    logs = f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{engine.account()}/any"
    statements = cast("list[Mapping[str, Any]]", listed(json.loads(policy).get("Statement", [])))
    for action, resource in (("s3:GetBucketAcl", f"arn:aws:s3:::{bucket}"), ("s3:PutObject", logs)):
        if not any(_allows(statement, action, resource) for statement in statements):
            raise RefusedError(f"{refusal} ({action} on {resource} is not allowed for cloudtrail.amazonaws.com)")


def _check_key(properties: Properties) -> None:
    """Refuse a key that CloudTrail may not encrypt with, as CreateTrail does."""
    key = properties.get("KMSKeyId")
    if not key:
        return
    policy: str = call("kms", "GetKeyPolicy", {"KeyId": key, "PolicyName": "default"})["Policy"]
    statements = cast("list[Mapping[str, Any]]", listed(json.loads(policy).get("Statement", [])))
    if not any(_allows(statement, "kms:GenerateDataKey", "*") for statement in statements):
        raise RefusedError(f"AWS::CloudTrail::Trail: Insufficient permissions to access S3 bucket or KMS key {key}.")


class _Trail(ApiType):
    """The trail's type: several calls make one resource."""

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        self.check(properties)
        _check_bucket(properties)
        _check_key(properties)
        name = properties.get("TrailName") or generated_name(stack_name, logical_id, most=128)
        created = given(properties, "Tags")
        tags = {"TagsList": created["Tags"]} if created else {}
        answer = call("cloudtrail", "CreateTrail", {"Name": name, **_settings(properties), **tags})
        try:
            self._settle(name, answer["TrailARN"], {}, properties)
        except RefusedError:
            call("cloudtrail", "DeleteTrail", {"Name": name})
            raise
        return name, self.describe(name)

    def _update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        self.check(new)
        if self.replaces(old, new):
            return self._create("Trail", new, stack_name)
        _check_bucket(new)
        _check_key(new)
        self._settle(physical_id, self.arn(physical_id), old, new)
        return physical_id, self.describe(physical_id)

    def _settle(self, name: str, arn: str, old: Properties, new: Properties) -> None:
        dropped = {
            api: "" for prop, api in _SETTINGS.items() if old.get(prop) not in (None, True, False) and not new.get(prop)
        }
        off = {api: False for prop, api in _SETTINGS.items() if old.get(prop) is True and new.get(prop) is None}
        # CreateTrail keeps only some settings here; UpdateTrail keeps all
        call("cloudtrail", "UpdateTrail", {"Name": name, **dropped, **off, **_settings(new)})
        _select(name, old, new)
        retag("cloudtrail", _TAGS, arn, listed(old.get("Tags")), listed(new.get("Tags")))
        logging = str(new["IsLogging"]).lower() == "true"
        call("cloudtrail", "StartLogging" if logging else "StopLogging", {"Name": name})


def _select(name: str, old: Properties, new: Properties) -> None:
    if new.get("EventSelectors") and new.get("AdvancedEventSelectors"):
        raise RefusedError("AWS::CloudTrail::Trail: give either EventSelectors or AdvancedEventSelectors, not both")
    for kind in ("EventSelectors", "AdvancedEventSelectors"):
        if new.get(kind):
            call("cloudtrail", "PutEventSelectors", {"TrailName": name, kind: _selectors(new[kind])})
            return
    if old.get("EventSelectors") or old.get("AdvancedEventSelectors"):
        everything = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
        call("cloudtrail", "PutEventSelectors", {"TrailName": name, "EventSelectors": everything})


def _selectors(declared: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [dict(selector) for selector in declared]


TRAIL = _Trail(
    type="AWS::CloudTrail::Trail",
    service="cloudtrail",
    properties=(*_SETTINGS, "AdvancedEventSelectors", "EventSelectors", "IsLogging", "Tags", "TrailName"),
    required=("S3BucketName", "IsLogging"),
    create_only=("TrailName",),
    create="CreateTrail",
    delete="DeleteTrail",
    physical_id=lambda parameters, answer: parameters["Name"],
    identity=lambda physical_id: {"Name": physical_id},
    describe=lambda name: {
        "Arn": call("cloudtrail", "GetTrail", {"Name": name})["Trail"]["TrailARN"],
        "SnsTopicArn": "",
    },
    arn=lambda name: call("cloudtrail", "GetTrail", {"Name": name})["Trail"]["TrailARN"],
    missing=("TrailNotFoundException",),
)

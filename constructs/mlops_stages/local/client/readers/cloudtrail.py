"""Reading CloudTrail trails back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, log_group_arn, tags

_TRAIL = {
    "TrailName": "Name",
    "S3BucketName": "S3BucketName",
    "S3KeyPrefix": "S3KeyPrefix",
    "SnsTopicName": "SnsTopicName",
    "IncludeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail": "IsMultiRegionTrail",
    "IsOrganizationTrail": "IsOrganizationTrail",
    "EnableLogFileValidation": "LogFileValidationEnabled",
    "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
    "KMSKeyId": "KmsKeyId",
}


def _trail(api: Api, resource: Resource) -> Properties:
    found = api.call("cloudtrail", "get_trail", Name=resource.physical_id)["Trail"]
    return {name: found[member] for name, member in _TRAIL.items() if member in found}


def _status(api: Api, resource: Resource) -> Properties:
    return picked(api.call("cloudtrail", "get_trail_status", Name=resource.physical_id), "IsLogging")


def _selectors(api: Api, resource: Resource) -> Properties:
    found = api.call("cloudtrail", "get_event_selectors", TrailName=resource.physical_id)
    return picked(found, "EventSelectors", "AdvancedEventSelectors")


def _tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:cloudtrail:{resource.region}:{resource.account}:trail/{resource.physical_id}"
    found = api.call("cloudtrail", "list_tags", ResourceIdList=[arn])["ResourceTagList"]
    return {"Tags": found[0]["TagsList"]} if found else {}


READERS = (
    Reader(
        type="AWS::CloudTrail::Trail",
        parts=(
            Part(properties=tuple(_TRAIL), read=_trail),
            Part(properties=("IsLogging",), read=_status),
            Part(properties=("EventSelectors", "AdvancedEventSelectors"), read=_selectors),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"KMSKeyId": key, "CloudWatchLogsLogGroupArn": log_group_arn, "Tags": tags},
    ),
)

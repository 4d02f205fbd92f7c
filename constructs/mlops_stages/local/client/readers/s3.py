"""Reading S3 buckets and their policies back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, policy, tags


def _encryption(api: Api, resource: Resource) -> Properties:
    absent = ("ServerSideEncryptionConfigurationNotFoundError",)
    found = api.ask(absent, "s3", "get_bucket_encryption", Bucket=resource.physical_id)
    rules: list[Mapping[str, Any]] = found.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    renamed = {"ApplyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault"}
    converted = [{renamed.get(name, name): value for name, value in rule.items()} for rule in rules]
    return {"BucketEncryption": {"ServerSideEncryptionConfiguration": converted}}


def _versioning(api: Api, resource: Resource) -> Properties:
    found = api.call("s3", "get_bucket_versioning", Bucket=resource.physical_id)
    return {"VersioningConfiguration": picked(found, "Status")}


def _public_access(api: Api, resource: Resource) -> Properties:
    absent = ("NoSuchPublicAccessBlockConfiguration",)
    found = api.ask(absent, "s3", "get_public_access_block", Bucket=resource.physical_id)
    return picked(found, "PublicAccessBlockConfiguration")


def _logging(api: Api, resource: Resource) -> Properties:
    found = api.call("s3", "get_bucket_logging", Bucket=resource.physical_id).get("LoggingEnabled")
    if not found:
        return {}
    converted = {"DestinationBucketName": found["TargetBucket"], "LogFilePrefix": found.get("TargetPrefix", "")}
    return {"LoggingConfiguration": {**converted, **picked(found, "TargetObjectKeyFormat")}}


def _lifecycle(api: Api, resource: Resource) -> Properties:
    absent = ("NoSuchLifecycleConfiguration",)
    found = api.ask(absent, "s3", "get_bucket_lifecycle_configuration", Bucket=resource.physical_id)
    if not found:
        return {}
    size = picked(found, "TransitionDefaultMinimumObjectSize")
    return {"LifecycleConfiguration": {"Rules": [_rule(rule) for rule in found["Rules"]], **size}}


def _rule(rule: Mapping[str, Any]) -> Properties:
    converted: Properties = {"Status": rule["Status"], **({"Id": rule["ID"]} if "ID" in rule else {})}
    where: Mapping[str, Any] = rule.get("Filter") or {}
    where = where.get("And", where)
    converted |= picked(where, "Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan") | picked(rule, "Prefix")
    marked = where.get("Tags") or ([where["Tag"]] if "Tag" in where else [])
    if marked:
        converted["TagFilters"] = list(marked)
    expiration: Mapping[str, Any] = rule.get("Expiration") or {}
    for api_name, name in (("Days", "ExpirationInDays"), ("Date", "ExpirationDate")):
        if api_name in expiration:
            converted[name] = expiration[api_name]
    converted |= picked(expiration, "ExpiredObjectDeleteMarker")
    converted |= picked(rule, "AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")
    if "NoncurrentDays" in (rule.get("NoncurrentVersionExpiration") or {}):
        converted["NoncurrentVersionExpirationInDays"] = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
    for name in ("Transitions", "NoncurrentVersionTransitions"):
        if rule.get(name):
            converted[name] = [_transition(item) for item in rule[name]]
    return converted


def _transition(item: Mapping[str, Any]) -> Properties:
    renamed = {"Days": "TransitionInDays", "NoncurrentDays": "TransitionInDays", "Date": "TransitionDate"}
    return {renamed.get(name, name): value for name, value in item.items()}


def _lock(api: Api, resource: Resource) -> Properties:
    absent = ("ObjectLockConfigurationNotFoundError",)
    found = api.ask(absent, "s3", "get_object_lock_configuration", Bucket=resource.physical_id)
    configuration = found.get("ObjectLockConfiguration")
    if not configuration:
        return {"ObjectLockEnabled": False}
    return {"ObjectLockEnabled": True, "ObjectLockConfiguration": configuration}


def _notifications(api: Api, resource: Resource) -> Properties:
    found = api.call("s3", "get_bucket_notification_configuration", Bucket=resource.physical_id)
    enabled = "EventBridgeConfiguration" in found
    return {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": enabled}}}


def _ownership(api: Api, resource: Resource) -> Properties:
    absent = ("OwnershipControlsNotFoundError",)
    return picked(
        api.ask(absent, "s3", "get_bucket_ownership_controls", Bucket=resource.physical_id), "OwnershipControls"
    )


def _tags(api: Api, resource: Resource) -> Properties:
    found = api.ask(("NoSuchTagSet",), "s3", "get_bucket_tagging", Bucket=resource.physical_id)
    return {"Tags": found.get("TagSet", [])}


def _name(api: Api, resource: Resource) -> Properties:
    api.call("s3", "head_bucket", Bucket=resource.physical_id)
    return {"BucketName": resource.physical_id}


def _policy(api: Api, resource: Resource) -> Properties:
    bucket = str(resource.properties["Bucket"])
    found = api.ask(("NoSuchBucketPolicy",), "s3", "get_bucket_policy", Bucket=bucket)
    return {"Bucket": bucket, "PolicyDocument": found["Policy"]} if found else {}


READERS = (
    Reader(
        type="AWS::S3::Bucket",
        parts=(
            Part(properties=("BucketName",), read=_name),
            Part(properties=("BucketEncryption",), read=_encryption),
            Part(properties=("VersioningConfiguration",), read=_versioning),
            Part(properties=("PublicAccessBlockConfiguration",), read=_public_access),
            Part(properties=("LoggingConfiguration",), read=_logging),
            Part(properties=("LifecycleConfiguration",), read=_lifecycle),
            Part(properties=("ObjectLockEnabled", "ObjectLockConfiguration"), read=_lock),
            Part(properties=("NotificationConfiguration",), read=_notifications),
            Part(properties=("OwnershipControls",), read=_ownership),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={
            "Tags": tags,
            "BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault.KMSMasterKeyID": key,
        },
    ),
    Reader(
        type="AWS::S3::BucketPolicy",
        parts=(Part(properties=("Bucket", "PolicyDocument"), read=_policy),),
        canonical={"PolicyDocument": policy},
    ),
)

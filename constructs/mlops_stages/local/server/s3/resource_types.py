"""S3 buckets: encryption, access logs, lifecycle, object lock, ownership and tags, which ministack drops.

A bucket policy goes through the API's own checks, and a bucket that holds objects stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, at, call, given, gone

BUCKET = "AWS::S3::Bucket"
BUCKET_POLICY = "AWS::S3::BucketPolicy"

Rule = Mapping[str, Any]


def encryption(declared: Properties) -> Properties:
    """Return a bucket's `BucketEncryption` as the API has it."""
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    rules: list[Rule] = declared["ServerSideEncryptionConfiguration"]
    return {"Rules": [{renamed.get(name, name): value for name, value in rule.items()} for rule in rules]}


def logging(declared: Properties) -> Properties:
    """Return a bucket's `LoggingConfiguration` as the API has it."""
    target = {
        "TargetBucket": declared["DestinationBucketName"],
        "TargetPrefix": declared.get("LogFilePrefix", ""),
        **given(declared, "TargetObjectKeyFormat"),
    }
    return {"LoggingEnabled": target}


def lifecycle(declared: Properties) -> Properties:
    """Return a bucket's `LifecycleConfiguration` as the API has it."""
    return {"Rules": [_lifecycle_rule(rule) for rule in declared["Rules"]]}


def _lifecycle_rule(rule: Rule) -> Properties:
    converted: Properties = {"Status": rule["Status"], "Filter": _lifecycle_filter(rule)}
    if "Id" in rule:
        converted["ID"] = rule["Id"]
    expiration = {
        api: rule[name]
        for name, api in (
            ("ExpirationInDays", "Days"),
            ("ExpirationDate", "Date"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        )
        if name in rule
    }
    if expiration:
        converted["Expiration"] = expiration
    old_versions = dict(rule.get("NoncurrentVersionExpiration") or {})
    if "NoncurrentVersionExpirationInDays" in rule:
        old_versions["NoncurrentDays"] = rule["NoncurrentVersionExpirationInDays"]
    if old_versions:
        converted["NoncurrentVersionExpiration"] = old_versions
    if rule.get("Transitions"):
        converted["Transitions"] = [_transition(item, "Days") for item in rule["Transitions"]]
    if rule.get("NoncurrentVersionTransitions"):
        moves: list[Rule] = rule["NoncurrentVersionTransitions"]
        converted["NoncurrentVersionTransitions"] = [_transition(item, "NoncurrentDays") for item in moves]
    if rule.get("AbortIncompleteMultipartUpload"):
        converted["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return converted


def _transition(item: Rule, days: str) -> Properties:
    renamed = {"TransitionInDays": days, "TransitionDate": "Date"}
    return {renamed.get(name, name): value for name, value in item.items()}


def _lifecycle_filter(rule: Rule) -> Properties:
    tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in rule.get("TagFilters") or ()]
    parts = given(rule, "Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
    if len(parts) + len(tags) > 1:
        return {"And": {**parts, **({"Tags": tags} if tags else {})}}
    if tags:
        return {"Tag": tags[0]}
    return parts or {"Prefix": ""}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One property of a bucket that is an API call of its own: what sets it, and what takes it away again."""

    put: str
    parameter: str
    converted: Callable[[Any], Any]
    remove: str | None  # None: set the parameter to an empty value


SETTINGS: Mapping[str, Setting] = {
    "OwnershipControls": Setting(
        put="PutBucketOwnershipControls",
        parameter="OwnershipControls",
        converted=lambda declared: declared,
        remove="DeleteBucketOwnershipControls",
    ),
    "BucketEncryption": Setting(
        put="PutBucketEncryption",
        parameter="ServerSideEncryptionConfiguration",
        converted=encryption,
        remove="DeleteBucketEncryption",
    ),
    "LoggingConfiguration": Setting(
        put="PutBucketLogging", parameter="BucketLoggingStatus", converted=logging, remove=None
    ),
    "LifecycleConfiguration": Setting(
        put="PutBucketLifecycleConfiguration",
        parameter="LifecycleConfiguration",
        converted=lifecycle,
        remove="DeleteBucketLifecycle",
    ),
    "Tags": Setting(
        put="PutBucketTagging",
        parameter="Tagging",
        converted=lambda declared: {"TagSet": declared},
        remove="DeleteBucketTagging",
    ),
}


def _apply(bucket: str, old: Properties, new: Properties) -> None:
    _version(bucket, new)
    for name, setting in SETTINGS.items():
        if new.get(name):
            declared = new[name]
            if name == "LoggingConfiguration":
                declared = {"DestinationBucketName": bucket, **declared}
                _check_log_target(declared["DestinationBucketName"])
            call("s3", setting.put, {"Bucket": bucket, setting.parameter: setting.converted(declared)})
        elif old.get(name):
            if setting.remove is None:
                call("s3", setting.put, {"Bucket": bucket, setting.parameter: {}})
            else:
                call("s3", setting.remove, {"Bucket": bucket})
    _lock(bucket, new)


def _version(bucket: str, new: Properties) -> None:
    status = at(new, "VersioningConfiguration/Status")
    locked = str(new.get("ObjectLockEnabled")).lower() == "true"
    if locked and status == "Suspended":
        raise RefusedError(f"{BUCKET}: Object Lock needs versioning, which cannot be suspended")
    if status == "Suspended" or (locked and status is None):
        wanted = "Enabled" if locked else "Suspended"
        call("s3", "PutBucketVersioning", {"Bucket": bucket, "VersioningConfiguration": {"Status": wanted}})


def _lock(bucket: str, new: Properties) -> None:
    configuration: Properties | None = new.get("ObjectLockConfiguration")
    locked = str(new.get("ObjectLockEnabled")).lower() == "true"
    if configuration and not locked:
        raise RefusedError(f"{BUCKET}: ObjectLockConfiguration needs ObjectLockEnabled: true")
    if locked:
        wanted = {"ObjectLockEnabled": "Enabled", **(configuration or {})}
        call("s3", "PutObjectLockConfiguration", {"Bucket": bucket, "ObjectLockConfiguration": wanted})


def _check_log_target(target: str) -> None:
    try:
        call("s3", "HeadBucket", {"Bucket": target})
    except RefusedError as error:
        raise RefusedError(f"{BUCKET}: The target bucket {target} for logging does not exist") from error


def _emptied(bucket: str, properties: Properties) -> None:
    del properties
    try:
        call("s3", "DeleteBucket", {"Bucket": bucket})
    except RefusedError as error:
        if not gone(error, "NoSuchBucket"):
            raise


def _attributes(bucket: str, properties: Properties) -> Properties:
    del properties
    return {"DualStackDomainName": f"{bucket}.s3.dualstack.{engine.region()}.amazonaws.com"}


def _put_policy(properties: Properties) -> None:
    document = properties["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    call("s3", "PutBucketPolicy", {"Bucket": properties["Bucket"], "Policy": text})


def register() -> None:
    """Mend the types."""
    engine.mend_resource_type(
        BUCKET,
        after_create=lambda bucket, properties, _stack: _apply(bucket, {}, properties),
        after_update=lambda bucket, old, new, _stack: _apply(bucket, old, new),
        before_delete=_emptied,
        attributes=_attributes,
    )
    engine.mend_resource_type(
        BUCKET_POLICY,
        after_create=lambda _id, properties, _stack: _put_policy(properties),
        after_update=lambda _id, _old, new, _stack: _put_policy(new),
    )

"""AWS::SageMaker::FeatureGroup, AWS::RAM::ResourceShare and AWS::Glue::DataCatalogEncryptionSettings."""

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

_SHARE = {
    "AllowExternalPrincipals": "allowExternalPrincipals",
    "Name": "name",
    "PermissionArns": "permissionArns",
    "Principals": "principals",
    "ResourceArns": "resourceArns",
}


def _share_request(properties: Properties) -> Properties:
    return {
        **{_SHARE[name]: value for name, value in properties.items() if name in _SHARE},
        "tags": [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags") or ()],
    }


def _share_attributes(arn: str) -> Properties:
    asked = {"resourceOwner": "SELF", "resourceShareArns": [arn]}
    (share,) = call("ram", "GetResourceShares", asked)["resourceShares"]
    made = (share["creationTime"], share["lastUpdatedTime"])
    created, updated = (each.astimezone(datetime.UTC).isoformat() for each in made)
    return {
        "Arn": arn,
        "CreationTime": created,
        "LastUpdatedTime": updated,
        "OwningAccountId": share["owningAccountId"],
        "Status": share["status"],
    }


def _share_change(arn: str, old: Properties, new: Properties) -> Properties | None:
    """Change what is shared, with whom and how far; the name goes by the update call itself."""
    for operation, before, after in (("Disassociate", new, old), ("Associate", old, new)):
        gone = {
            _SHARE[name]: [each for each in listed(after.get(name)) if each not in listed(before.get(name))]
            for name in ("Principals", "ResourceArns")
        }
        if any(gone.values()):
            call("ram", f"{operation}ResourceShare", {"resourceShareArn": arn, **{k: v for k, v in gone.items() if v}})
    for operation, before, after in (("Associate", old, new), ("Disassociate", new, old)):
        for permission in listed(after.get("PermissionArns")):
            if permission not in listed(before.get("PermissionArns")):
                asked = {"resourceShareArn": arn, "permissionArn": permission}
                call("ram", f"{operation}ResourceSharePermission", asked)
    changes = {_SHARE[name]: value for name, value in changed(old, new, "Name", "AllowExternalPrincipals").items()}
    _retag_share(arn, listed(old.get("Tags")), listed(new.get("Tags")))
    return {"resourceShareArn": arn, **changes} if changes else None


def _retag_share(arn: str, old: list[Mapping[str, str]], new: list[Mapping[str, str]]) -> None:
    """RAM spells tags in small letters, unlike templates."""
    keys = {tag["Key"] for tag in new}
    removed = [tag["Key"] for tag in old if tag["Key"] not in keys]
    if removed:
        call("ram", "UntagResource", {"resourceShareArn": arn, "tagKeys": removed})
    added = [{"key": tag["Key"], "value": tag["Value"]} for tag in new if tag not in old]
    if added:
        call("ram", "TagResource", {"resourceShareArn": arn, "tags": added})


RESOURCE_SHARE = ApiType(
    type="AWS::RAM::ResourceShare",
    service="ram",
    properties=("AllowExternalPrincipals", "Name", "PermissionArns", "Principals", "ResourceArns", "Tags"),
    required=("Name",),
    create="CreateResourceShare",
    update="UpdateResourceShare",
    delete="DeleteResourceShare",
    request=_share_request,
    change=_share_change,
    physical_id=lambda parameters, answer: answer["resourceShare"]["resourceShareArn"],
    identity=lambda arn: {"resourceShareArn": arn},
    describe=_share_attributes,
    arn=lambda arn: arn,
    missing=("UnknownResourceException",),
)


def _settings(properties: Properties) -> Properties:
    declared: Properties = properties["DataCatalogEncryptionSettings"]
    at_rest: Properties = declared.get("EncryptionAtRest") or {}
    passwords: Properties = declared.get("ConnectionPasswordEncryption") or {}
    renamed = {"KmsKeyId": "AwsKmsKeyId"}
    converted: Properties = {}
    if at_rest:
        converted["EncryptionAtRest"] = at_rest
    if passwords:
        converted["ConnectionPasswordEncryption"] = {renamed.get(k, k): v for k, v in passwords.items()}
    return {"CatalogId": properties["CatalogId"], "DataCatalogEncryptionSettings": converted}


def _put_settings(properties: Properties) -> str:
    unknown = sorted(set(properties) - {"CatalogId", "DataCatalogEncryptionSettings"})
    if unknown or "CatalogId" not in properties or "DataCatalogEncryptionSettings" not in properties:
        message = "needs CatalogId and DataCatalogEncryptionSettings, and has nothing else"
        raise RefusedError(f"AWS::Glue::DataCatalogEncryptionSettings {message}")
    wanted = _settings(properties)
    settings = wanted["DataCatalogEncryptionSettings"]
    for name, member in (("EncryptionAtRest", "SseAwsKmsKeyId"), ("ConnectionPasswordEncryption", "AwsKmsKeyId")):
        key = settings.get(name, {}).get(member)
        if key:
            references.check({"KmsKeyId": key})
    call("glue", "PutDataCatalogEncryptionSettings", wanted)
    return str(properties["CatalogId"])


def _forget_settings(catalog: str, properties: Properties) -> None:
    del properties
    unset: Properties = {"EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"}}
    call("glue", "PutDataCatalogEncryptionSettings", {"CatalogId": catalog, "DataCatalogEncryptionSettings": unset})


CATALOG_ENCRYPTION = engine.ResourceType(
    create=lambda _logical_id, properties, _stack: (_put_settings(properties), {}),
    update=lambda _physical_id, _old, new, _stack: (_put_settings(new), {}),
    delete=_forget_settings,
)

TYPES = (FEATURE_GROUP, RESOURCE_SHARE)


def register() -> None:
    """Teach the engine the type that is a setting, with nothing to create or describe."""
    engine.add_resource_type("AWS::Glue::DataCatalogEncryptionSettings", CATALOG_ENCRYPTION)

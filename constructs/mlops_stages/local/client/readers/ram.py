"""Reading feature groups, resource shares, the catalog's databases and its encryption back."""

from __future__ import annotations

from typing import Any

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, tags

_GROUP = (
    "Description",
    "EventTimeFeatureName",
    "FeatureDefinitions",
    "FeatureGroupName",
    "OfflineStoreConfig",
    "OnlineStoreConfig",
    "RecordIdentifierFeatureName",
    "RoleArn",
    "ThroughputConfig",
)


def _group(api: Api, resource: Resource) -> Properties:
    found = api.call("sagemaker", "describe_feature_group", FeatureGroupName=resource.physical_id)
    return picked(found, *_GROUP)


def _group_tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:sagemaker:{resource.region}:{resource.account}:feature-group/{resource.physical_id}"
    return picked(api.call("sagemaker", "list_tags", ResourceArn=arn), "Tags")


def _share(api: Api, resource: Resource) -> Properties:
    asked: dict[str, Any] = {"resourceOwner": "SELF", "resourceShareArns": [resource.physical_id]}
    (share,) = api.call("ram", "get_resource_shares", **asked)["resourceShares"]
    return {
        "AllowExternalPrincipals": share["allowExternalPrincipals"],
        "Name": share["name"],
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in share.get("tags", [])],
    }


def _shared(api: Api, resource: Resource) -> Properties:
    def entities(kind: str) -> list[str]:
        found = api.call(
            "ram",
            "get_resource_share_associations",
            associationType=kind,
            resourceShareArns=[resource.physical_id],
        )
        return [each["associatedEntity"] for each in found["resourceShareAssociations"]]

    return {"Principals": entities("PRINCIPAL"), "ResourceArns": entities("RESOURCE")}


def _permissions(api: Api, resource: Resource) -> Properties:
    found = api.call("ram", "list_resource_share_permissions", resourceShareArn=resource.physical_id)
    return {"PermissionArns": [each["arn"] for each in found["permissions"]]}


def _database(api: Api, resource: Resource) -> Properties:
    found = api.call("glue", "get_database", Name=resource.physical_id)["Database"]
    return {
        "CatalogId": found["CatalogId"],
        "DatabaseName": found["Name"],
        "DatabaseInput": picked(found, "Description", "LocationUri", "Name", "Parameters"),
    }


def _settings(api: Api, resource: Resource) -> Properties:
    found = api.call("glue", "get_data_catalog_encryption_settings", CatalogId=resource.physical_id)
    settings = found["DataCatalogEncryptionSettings"]
    passwords = settings.get("ConnectionPasswordEncryption", {})
    converted = {{"AwsKmsKeyId": "KmsKeyId"}.get(name, name): value for name, value in passwords.items()}
    return {
        "CatalogId": resource.physical_id,
        "DataCatalogEncryptionSettings": {**settings, "ConnectionPasswordEncryption": converted},
    }


READERS = (
    Reader(
        type="AWS::SageMaker::FeatureGroup",
        parts=(Part(properties=_GROUP, read=_group), Part(properties=("Tags",), read=_group_tags)),
        canonical={
            "OfflineStoreConfig.S3StorageConfig.KmsKeyId": key,
            "OnlineStoreConfig.SecurityConfig.KmsKeyId": key,
            "Tags": tags,
        },
    ),
    Reader(
        type="AWS::RAM::ResourceShare",
        parts=(
            Part(properties=("AllowExternalPrincipals", "Name", "Tags"), read=_share),
            Part(properties=("Principals", "ResourceArns"), read=_shared),
            Part(properties=("PermissionArns",), read=_permissions),
        ),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::Glue::Database",
        parts=(Part(properties=("CatalogId", "DatabaseInput", "DatabaseName"), read=_database),),
    ),
    Reader(
        type="AWS::Glue::DataCatalogEncryptionSettings",
        parts=(Part(properties=("CatalogId", "DataCatalogEncryptionSettings"), read=_settings),),
        canonical={
            "DataCatalogEncryptionSettings.EncryptionAtRest.SseAwsKmsKeyId": key,
            "DataCatalogEncryptionSettings.ConnectionPasswordEncryption.KmsKeyId": key,
        },
    ),
)

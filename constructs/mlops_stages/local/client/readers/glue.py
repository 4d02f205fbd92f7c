"""Reading the Glue catalog's databases, tables and its encryption back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key


def _database(api: Api, resource: Resource) -> Properties:
    found = api.call("glue", "get_database", Name=resource.physical_id)["Database"]
    return {
        "CatalogId": found["CatalogId"],
        "DatabaseName": found["Name"],
        "DatabaseInput": picked(found, "Description", "LocationUri", "Name", "Parameters"),
    }


def _table(api: Api, resource: Resource) -> Properties:
    declared = resource.properties
    found = api.call("glue", "get_table", DatabaseName=declared["DatabaseName"], Name=declared["TableInput"]["Name"])[
        "Table"
    ]
    inputs = ("Description", "Name", "Parameters", "PartitionKeys", "StorageDescriptor", "TableType")
    return {**picked(found, "CatalogId", "DatabaseName"), "TableInput": picked(found, *inputs)}


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
        type="AWS::Glue::Database",
        parts=(Part(properties=("CatalogId", "DatabaseInput", "DatabaseName"), read=_database),),
    ),
    Reader(
        type="AWS::Glue::Table",
        parts=(Part(properties=("CatalogId", "DatabaseName", "TableInput"), read=_table),),
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

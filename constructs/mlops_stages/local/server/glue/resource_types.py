"""AWS::Glue::DataCatalogEncryptionSettings, over the operations in `service`."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation import references
from mlops_stages.local.server.cloudformation.api_types import (
    Properties,
    RefusedError,
    call,
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


def register() -> None:
    """Teach the engine the type that is a setting, with nothing to create or describe."""
    engine.add_resource_type("AWS::Glue::DataCatalogEncryptionSettings", CATALOG_ENCRYPTION)

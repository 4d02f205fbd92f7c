"""Glue's encryption settings of an account's catalog, which ministack lacks; the catalog itself is ministack's."""

from __future__ import annotations

import copy
from typing import Any

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.api.records import Parameters, Record, Records, Scope, ServiceError

_UNSET: Record = {
    "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
}
_settings: dict[Scope, Record] = {}


def _place(scope: Scope, parameters: Parameters) -> Scope:
    owner = parameters.get("CatalogId") or scope.account
    if owner != scope.account:
        raise ServiceError("AccessDeniedException", f"Catalog {owner} is not of account {scope.account}.")
    return scope


def _get(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """GetDataCatalogEncryptionSettings."""
    del records
    return {"DataCatalogEncryptionSettings": copy.deepcopy(_settings.get(_place(scope, parameters), _UNSET))}


def _put(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """PutDataCatalogEncryptionSettings: what is given replaces all that was."""
    del records
    given: dict[str, Any] = parameters["DataCatalogEncryptionSettings"]
    at_rest = mapping(given.get("EncryptionAtRest"))
    by_role = at_rest.get("CatalogEncryptionMode") == "SSE-KMS-WITH-SERVICE-ROLE"
    if by_role and not at_rest.get("CatalogEncryptionServiceRole"):
        raise ServiceError("InvalidInputException", "SSE-KMS-WITH-SERVICE-ROLE needs CatalogEncryptionServiceRole.")
    _settings[_place(scope, parameters)] = {**copy.deepcopy(_UNSET), **copy.deepcopy(given)}
    return {}


EXTRAS = {"GetDataCatalogEncryptionSettings": _get, "PutDataCatalogEncryptionSettings": _put}
"""Glue's operations that are answered here."""

"""AWS::DynamoDB::Table: recovery to a point in time, the key and the time to live, which ministack's type drops."""

from __future__ import annotations

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, call, given

TABLE = "AWS::DynamoDB::Table"
_SERVICE = "dynamodb"


def _apply(name: str, old: Properties, new: Properties) -> None:
    for member, put in (
        ("PointInTimeRecoverySpecification", _recover),
        ("SSESpecification", _encrypt),
        ("TimeToLiveSpecification", _expire),
    ):
        if mapping(new.get(member)) != mapping(old.get(member)):
            put(name, mapping(old.get(member)), mapping(new.get(member)))


def _recover(name: str, _: Properties, new: Properties) -> None:
    enabled = str(new.get("PointInTimeRecoveryEnabled", False)).lower() == "true"
    wanted = {"PointInTimeRecoveryEnabled": enabled, **given(new, "RecoveryPeriodInDays")}
    call(_SERVICE, "UpdateContinuousBackups", {"TableName": name, "PointInTimeRecoverySpecification": wanted})


def _encrypt(name: str, _: Properties, new: Properties) -> None:
    if new.get("KMSMasterKeyId") is not None:
        call("kms", "DescribeKey", {"KeyId": new["KMSMasterKeyId"]})
    wanted = {"Enabled": new.get("SSEEnabled", False), **given(new, "SSEType", "KMSMasterKeyId")}
    call(_SERVICE, "UpdateTable", {"TableName": name, "SSESpecification": wanted})


def _expire(name: str, old: Properties, new: Properties) -> None:
    attributes = {each.get("AttributeName") for each in (old, new)} - {None}
    if str(old.get("Enabled", "")).lower() == "true" and len(attributes) > 1:
        raise RefusedError("Time to live: disable it before its attribute is changed")
    wanted = {"Enabled": new.get("Enabled", False), "AttributeName": new.get("AttributeName") or old["AttributeName"]}
    call(_SERVICE, "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": wanted})


def _refuse_protected(name: str, _: Properties) -> None:
    found = call(_SERVICE, "DescribeTable", {"TableName": name})["Table"]
    if found.get("DeletionProtectionEnabled"):
        raise RefusedError(
            f"Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection "
            f"of table {name} first."
        )


def register() -> None:
    """Mend the type."""
    engine.mend_resource_type(
        TABLE,
        after_create=lambda name, properties, _stack: _apply(name, {}, properties),
        after_update=lambda name, old, new, _stack: _apply(name, old, new),
        before_delete=_refuse_protected,
    )

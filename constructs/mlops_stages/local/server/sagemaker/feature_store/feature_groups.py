"""SageMaker's feature groups: what they hold, the catalog's table of their history, and who elsewhere may read them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError

_RESERVED = frozenset({"api_invocation_time", "is_deleted", "write_time"})
_GLUE_TYPES = {"String": "string", "Integral": "bigint", "Fractional": "double"}
_ADDED = {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}
"""Columns that the feature store adds to the history."""

_DEFAULT_DATABASE = "sagemaker_featurestore"


def _refuse(message: str) -> None:
    raise ServiceError("ValidationException", message)


def _prepare(scope: Scope, record: Record) -> None:
    online: dict[str, Any] | None = record.get("OnlineStoreConfig")
    if online is not None and online.get("EnableOnlineStore"):
        online.setdefault("StorageType", "Standard")
    record.setdefault("ThroughputConfig", {"ThroughputMode": "OnDemand"})
    record["FeatureGroupStatus"] = "Created"
    offline: dict[str, Any] | None = record.get("OfflineStoreConfig")
    if offline is not None:
        name = record["FeatureGroupName"]
        made = int(record["CreationTime"])
        storage = offline["S3StorageConfig"]
        where = f"{scope.account}/sagemaker/{scope.region}/offline-store/{name}-{made}/data"
        storage["ResolvedOutputS3Uri"] = f"{storage['S3Uri'].rstrip('/')}/{where}"
        offline.setdefault("DisableGlueTableCreation", False)
        offline.setdefault("TableFormat", "Glue")
        if not offline["DisableGlueTableCreation"] and "DataCatalogConfig" not in offline:
            table = f"{name}_{made}".replace("-", "_").lower()
            offline["DataCatalogConfig"] = {
                "Catalog": "AwsDataCatalog",
                "Database": _DEFAULT_DATABASE,
                "TableName": table,
            }
        record["OfflineStoreStatus"] = {"Status": "Active"}


def _check(records: Records, scope: Scope, record: Record) -> None:
    del records, scope
    definitions: list[Mapping[str, str]] = record["FeatureDefinitions"]
    types = {definition["FeatureName"]: definition["FeatureType"] for definition in definitions}
    names = [name.lower() for name in types]
    if len({*names}) != len(definitions):
        _refuse("Feature names must be unique within a feature group.")
    if _RESERVED & {*names}:
        _refuse(f"Feature names cannot be any of the following: {', '.join(sorted(_RESERVED))}.")
    identifier, when = record["RecordIdentifierFeatureName"], record["EventTimeFeatureName"]
    if identifier not in types or when not in types:
        _refuse("RecordIdentifierFeatureName and EventTimeFeatureName must be names of feature definitions.")
    if types[when] not in ("String", "Fractional"):
        _refuse("The EventTime feature must be of type String or Fractional.")
    online = mapping(record.get("OnlineStoreConfig")).get("EnableOnlineStore")
    if not online and record.get("OfflineStoreConfig") is None:
        _refuse("At least one of OnlineStoreConfig and OfflineStoreConfig must be enabled.")
    if record.get("OfflineStoreConfig") is not None and not record.get("RoleArn"):
        _refuse("RoleArn is required with OfflineStoreConfig.")


KINDS = (
    Kind(
        service="sagemaker",
        name="FeatureGroup",
        identity=("FeatureGroupName",),
        arn="arn:{partition}:sagemaker:{region}:{account}:feature-group/{FeatureGroupName}",
        arn_member="FeatureGroupArn",
        operations={"list": "ListFeatureGroups", "create": "CreateFeatureGroup", "delete": "DeleteFeatureGroup"},
        items="FeatureGroupSummaries",
        filters={
            "NameContains": Filter(member="FeatureGroupName", how="contains"),
            "FeatureGroupStatusEquals": Filter(member="FeatureGroupStatus"),
            "CreationTimeAfter": Filter(member="CreationTime", how="after"),
            "CreationTimeBefore": Filter(member="CreationTime", how="before"),
        },
        prepare=_prepare,
        check=_check,
    ),
)


def located(scope: Scope, name_or_arn: str) -> tuple[Scope, str]:
    """Where a feature group named so lives, and its name there; an ARN may be of another account."""
    parts = name_or_arn.split(":", 5)
    if len(parts) < 6:
        return scope, name_or_arn
    if parts[3] != scope.region:
        raise ServiceError("ResourceNotFound", f"{name_or_arn} is not of the region {scope.region}.")
    return Scope(account=parts[4], region=parts[3]), parts[5].partition("/")[2]


def found(records: Records, scope: Scope, name_or_arn: str) -> tuple[Scope, Record]:
    """A feature group and where it lives; ServiceError when there is none."""
    where, name = located(scope, name_or_arn)
    return where, records.get(records.kinds["FeatureGroup"], where, {"FeatureGroupName": name})


def _create(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """CreateFeatureGroup: with the table of its history in the catalog, where it has one."""
    answer = records.dispatch(scope, "sagemaker", "CreateFeatureGroup", parameters)
    _, record = found(records, scope, parameters["FeatureGroupName"])
    offline = record.get("OfflineStoreConfig")
    if offline is not None and not offline["DisableGlueTableCreation"]:
        try:
            _make_table(record, offline)
        except ServiceError:
            records.dispatch(scope, "sagemaker", "DeleteFeatureGroup", {"FeatureGroupName": record["FeatureGroupName"]})
            raise
    return answer


def _make_table(record: Record, offline: Mapping[str, Any]) -> None:
    from mlops_stages.local.server.api import calls

    place, uri = offline["DataCatalogConfig"], offline["S3StorageConfig"]["ResolvedOutputS3Uri"]
    columns = {d["FeatureName"].lower(): _GLUE_TYPES[d["FeatureType"]] for d in record["FeatureDefinitions"]}
    table = {
        "Name": place["TableName"],
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": name, "Type": "string"} for name in ("year", "month", "day", "hour")],
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": kind} for name, kind in {**columns, **_ADDED}.items()],
            "Location": uri,
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
        },
    }
    try:
        if place["Database"] == _DEFAULT_DATABASE:
            _make_default_database()
        calls.call("glue", "create_table", DatabaseName=place["Database"], TableInput=table)
    except refusals.ClientError as error:
        raise ServiceError(
            "ValidationException", f"The Glue table cannot be made: {refusals.message(error)}"
        ) from error


def _make_default_database() -> None:
    from mlops_stages.local.server.api import calls

    try:
        calls.call("glue", "create_database", DatabaseInput={"Name": _DEFAULT_DATABASE})
    except refusals.ClientError as error:
        if refusals.code(error) != "AlreadyExistsException":
            raise


def _describe(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """DescribeFeatureGroup, by name or ARN."""
    _, record = found(records, scope, parameters["FeatureGroupName"])
    shape = shapes.output_shape("sagemaker", "DescribeFeatureGroup")
    return {} if shape is None else {"NextToken": "", **shapes.shown(shape, copy.deepcopy(record))}


def _update(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """UpdateFeatureGroup: more features, the time to live and the throughput; nothing else ever changes."""
    where, record = found(records, scope, parameters["FeatureGroupName"])
    changed = copy.deepcopy(record)
    changed["FeatureDefinitions"] += parameters.get("FeatureAdditions") or []
    _check(records, where, changed)
    if parameters.get("OnlineStoreConfig"):
        if not mapping(record.get("OnlineStoreConfig")).get("EnableOnlineStore"):
            _refuse("The feature group has no online store.")
        changed["OnlineStoreConfig"] |= parameters["OnlineStoreConfig"]
    changed["ThroughputConfig"] = parameters.get("ThroughputConfig") or record["ThroughputConfig"]
    changed["LastUpdateStatus"] = {"Status": "Successful"}
    record.update(changed)
    return {"FeatureGroupArn": record["FeatureGroupArn"]}


def _metadata(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """DescribeFeatureMetadata: one feature's name and type; descriptions of single features are not kept."""
    _, record = found(records, scope, parameters["FeatureGroupName"])
    wanted = parameters["FeatureName"]
    for definition in record["FeatureDefinitions"]:
        if definition["FeatureName"] == wanted:
            times = {name: record[name] for name in ("CreationTime", "LastModifiedTime")}
            about = {name: record[name] for name in ("FeatureGroupArn", "FeatureGroupName")}
            return {**about, **times, "FeatureName": wanted, "FeatureType": definition["FeatureType"]}
    raise ServiceError("ResourceNotFound", f"Feature {wanted} does not exist in {record['FeatureGroupName']}.")


EXTRAS = {
    "CreateFeatureGroup": _create,
    "DescribeFeatureGroup": _describe,
    "UpdateFeatureGroup": _update,
    "DescribeFeatureMetadata": _metadata,
}
"""Operations that do more than the kind's own."""

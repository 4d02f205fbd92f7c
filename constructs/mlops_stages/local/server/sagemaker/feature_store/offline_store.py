"""The feature store's history: each record written, and each deletion, a Parquet file in the group's place in S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.api.records import Record, Scope, new_id
from mlops_stages.local.server.sagemaker.feature_store import parquet

_TYPES: Mapping[str, parquet.Type] = {"String": "string", "Integral": "bigint", "Fractional": "double"}
_READERS = {"String": str, "Integral": int, "Fractional": float}


def append(where: Scope, group: Record, event: float, values: Sequence[Mapping[str, Any]], *, deleted: bool) -> None:
    """Write one record; a bucket that takes no more blocks the store and says why, as AWS does, and fails no call."""
    now = int(time.time() * 1000)
    types = {definition["FeatureName"]: definition["FeatureType"] for definition in group["FeatureDefinitions"]}
    columns: dict[str, parquet.Type] = {name.lower(): _TYPES[kind] for name, kind in types.items()}
    columns |= {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}
    row: dict[str, parquet.Value] = {"write_time": now, "api_invocation_time": now, "is_deleted": deleted}
    for value in values:
        name, said = value["FeatureName"], value.get("ValueAsString")
        row[name.lower()] = None if said is None else _READERS[types[name]](said)
    storage = group["OfflineStoreConfig"]["S3StorageConfig"]
    bucket, _, prefix = str(storage["ResolvedOutputS3Uri"]).removeprefix("s3://").partition("/")
    at = datetime.datetime.fromtimestamp(event, datetime.UTC)
    name = f"{at:%Y%m%dT%H%M%SZ}_{new_id(16)}.parquet"
    key = f"{prefix}/year={at:%Y}/month={at:%m}/day={at:%d}/hour={at:%H}/{name}"
    encryption = {"ServerSideEncryption": "aws:kms"}
    if storage.get("KmsKeyId"):
        encryption["SSEKMSKeyId"] = storage["KmsKeyId"]
    try:
        with engine.within(where.account, where.region):
            calls.call("s3", "put_object", Bucket=bucket, Key=key, Body=parquet.file(columns, [row]), **encryption)
    except refusals.ClientError as error:
        group["OfflineStoreStatus"] = {"Status": "Blocked", "BlockedReason": refusals.message(error)}

"""The newest version of the dataset that a model was made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..dataset_manifest import DatasetManifest, DatasetManifestError, loads
from .codes import RetrainingError

Client = Any
"""A client of boto3, which has no types."""
_MANIFEST = re.compile(r"s3://([a-z0-9.-]{3,63})/manifests/([A-Za-z0-9][A-Za-z0-9._-]{0,62})/([0-9a-f]{16})\.json")
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A version of a dataset, as a pipeline is told of it."""

    uri: str
    manifest: str
    manifest_sha256: str

    def parameters(self) -> dict[str, str]:
        """The parameters of the pipeline."""
        return {
            "DatasetUri": self.uri,
            "DatasetManifestUri": self.manifest,
            "DatasetManifestSha256": self.manifest_sha256,
        }


def newest(s3: Client, of: str, *, buckets: Sequence[str], team: str) -> Dataset:
    """The version of a dataset whose manifest was written last; `of` is the address of any version's manifest.

    A data job writes the manifest last, and no object of these folders is ever replaced: what has no manifest is no
    version. Errors: RTR-003 for what is no such address; RTR-004 for a manifest that is none of the team's.
    """
    given = _MANIFEST.fullmatch(of)
    if given is None or given[1] not in buckets:
        raise RetrainingError("RTR-003", of[:200], "it is no manifest in a bucket that the model may read")
    bucket, name, _ = given.groups()
    found = sorted(_manifests(s3, bucket, f"manifests/{name}/"))
    if not found:
        raise RetrainingError("RTR-004", of, "no version of the dataset has a manifest")
    _, key, size = found[-1]
    address = f"s3://{bucket}/{key}"
    if size > _MOST_BYTES:
        raise RetrainingError("RTR-004", address, f"it has {size:,} bytes")
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    version = key.rpartition("/")[2].removesuffix(".json")
    uri = f"s3://{bucket}/curated/{name}/{version}/"
    _check(_read(content, address), address, uri, (name, version, team))
    return Dataset(uri=uri, manifest=address, manifest_sha256=hashlib.sha256(content).hexdigest())


def _manifests(s3: Client, bucket: str, prefix: str) -> Iterator[tuple[str, str, int]]:
    """When each manifest was written, its key and its bytes."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            if _MANIFEST.fullmatch(f"s3://{bucket}/{each['Key']}"):
                yield each["LastModified"].isoformat(), str(each["Key"]), int(each["Size"])


def _read(content: bytes, address: str) -> DatasetManifest:
    try:
        return loads(content.decode(), address)
    except (DatasetManifestError, UnicodeDecodeError) as error:
        raise RetrainingError("RTR-004", address, str(error)[:300]) from error


def _check(manifest: DatasetManifest, address: str, uri: str, named: tuple[str, str, str]) -> None:
    """Refuse a manifest that names other things than its place does."""
    if (manifest.dataset, manifest.version, manifest.team) != named:
        raise RetrainingError("RTR-004", address, "it is of another dataset, version or team than where it lies")
    elsewhere = next((each.uri for each in manifest.objects if not each.uri.startswith(uri)), None)
    if elsewhere is not None:
        raise RetrainingError("RTR-004", address, f"it names {elsewhere[:200]!a}, which is not in {uri}")

"""All versions and delete markers below a prefix, with their bytes, in the order in which a check reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .checking import Locked, Version
from .numbered import S3
from .values import MOST_BYTES

Map = Callable[[Callable[[Mapping[str, Any]], Version], Iterable[Mapping[str, Any]]], Iterable[Version]]
"""How a page's objects are read: one after the other, or many at once by the `map` of an executor."""


def versions(s3: S3, bucket: str, prefix: str, *, after: str | None = None, at_once: Map = map) -> Iterator[Version]:
    """Read all that S3 lists below a prefix: keys rising, of each key the newest first.

    What is larger than a record can be is not read. The caller needs ListBucketVersions and GetObjectVersion, and
    GetObjectRetention where `locked` is to be seen: S3 leaves it out else.
    """
    more: dict[str, str] = {} if after is None else {"KeyMarker": after}
    while True:
        page = s3.list_object_versions(Bucket=bucket, Prefix=prefix, **more)
        versions = ({**each, "marker": False} for each in page.get("Versions", []))
        markers = ({**each, "marker": True} for each in page.get("DeleteMarkers", []))
        # Two lists of one order; by time within a key, where versions of one second stay as S3 lists them.
        listed = sorted((*markers, *versions), key=lambda each: each["LastModified"], reverse=True)
        yield from at_once(_reader(s3, bucket), sorted(listed, key=lambda each: each["Key"]))
        if not page.get("IsTruncated"):
            return
        more = {"KeyMarker": page["NextKeyMarker"]}
        if page.get("NextVersionIdMarker"):
            more["VersionIdMarker"] = page["NextVersionIdMarker"]


def names(s3: S3, bucket: str, prefix: str) -> list[str]:
    """The folders below a prefix, those of hidden objects too."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    found = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
    return sorted({each.removeprefix(prefix).rstrip("/") for each in found})


def models(s3: S3, bucket: str, prefix: str) -> list[tuple[str, str]]:
    """Team and model of everything below PREFIX/TEAM/MODEL/."""
    return [
        (team, model)
        for team in names(s3, bucket, f"{prefix}/")
        for model in names(s3, bucket, f"{prefix}/{team}/")
    ]  # fmt: skip


def _reader(s3: S3, bucket: str) -> Callable[[Mapping[str, Any]], Version]:
    def read(listed: Mapping[str, Any]) -> Version:
        content, locked = None, None
        size = int(listed.get("Size", 0))
        if not listed["marker"]:
            given = {"Bucket": bucket, "Key": listed["Key"], "VersionId": listed["VersionId"]}
            answer = s3.head_object(**given) if size > MOST_BYTES else s3.get_object(**given)
            content = None if size > MOST_BYTES else answer["Body"].read()
            if answer.get("ObjectLockMode") and answer.get("ObjectLockRetainUntilDate"):
                locked = Locked(mode=answer["ObjectLockMode"], until=answer["ObjectLockRetainUntilDate"])
        return Version(
            key=listed["Key"],
            version=str(listed["VersionId"]),
            written=listed["LastModified"],
            content=content,
            is_marker=listed["marker"],
            size=size,
            locked=locked,
        )

    return read

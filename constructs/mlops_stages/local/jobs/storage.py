"""S3 as a job sees it: prefixes become directories, directories become prefixes, under the job's own credentials."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from mlops_stages.local import refusals
from mlops_stages.local.jobs.work import Download, StepError, Upload
from mlops_stages.local.jobs.workplace import Client, Role

_CHUNK = 1 << 20
_FAULTS = (refusals.ClientError, refusals.BotoCoreError, OSError)
"""OSError: an object and a prefix of one name, a directory that the step made unreadable, a full disk."""


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key (or prefix) of an `s3://` address."""
    if not uri.startswith("s3://"):
        raise StepError(f"ClientError: {uri} is no S3 address")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class Storage:
    """Reads and writes objects as one role."""

    def __init__(self, role: Role, key: str | None = None) -> None:
        self._role = role
        self._s3: Client = role.client("s3")
        self._encryption = {} if key is None else {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}

    def text(self, uri: str) -> str:
        """Return an object as text. Raises StepError."""
        bucket, key = split(uri)
        try:
            content: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except _FAULTS as error:
            raise StepError(f"ClientError: {uri} cannot be read: {_said(error)}") from error
        return content.decode("utf-8", "replace")

    def download(self, wanted: Download, directory: Path) -> int:
        """Put the objects of an input below a directory; return how many. Raises StepError."""
        bucket, prefix = split(wanted.uri)
        directory.mkdir(parents=True, exist_ok=True)
        try:
            found = list(self._named(wanted.uri) if wanted.is_manifest else self._below(bucket, prefix))
            for where, key, relative in found:
                self._fetch(where, key, _inside(directory, relative))
        except _FAULTS as error:
            raise StepError(
                f"ClientError: Data download failed for {wanted.what}: {wanted.uri}: {_said(error)}"
            ) from error
        if not found:
            raise StepError(
                f"ClientError: Data download failed for {wanted.what}: "
                f'No S3 objects found under S3 URL "{wanted.uri}". '
                f"Please ensure that objects exist under that S3 prefix, and that the role {self._role.arn} "
                f'has "s3:ListBucket" permissions on bucket "{bucket}".'
            )
        return len(found)

    def upload(self, wanted: Upload, directory: Path) -> None:
        """Put a directory, or the archive of it, under its address. Raises StepError."""
        bucket, prefix = split(wanted.uri)
        source = directory / wanted.path
        try:
            if wanted.archive:
                with tempfile.TemporaryFile(dir=directory) as archive:
                    _pack(source, archive)
                    archive.seek(0)
                    self._put(bucket, prefix, archive)
                return
            for path in sorted(source.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    relative = path.relative_to(source).as_posix()
                    with path.open("rb") as content:
                        self._put(bucket, f"{prefix.rstrip('/')}/{relative}".lstrip("/"), content)
        except _FAULTS as error:
            raise StepError(f"ClientError: Data upload failed: {wanted.uri}: {_said(error)}") from error

    def _put(self, bucket: str, key: str, content: BinaryIO) -> None:
        self._s3.put_object(Bucket=bucket, Key=key, Body=content, **self._encryption)

    def _below(self, bucket: str, prefix: str) -> Iterator[tuple[str, str, str]]:
        """Yield bucket, key and relative path of every object of a prefix, which need not end at a slash."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for item in cast("list[dict[str, Any]]", page.get("Contents") or []):
                key = str(item["Key"])
                if key.endswith("/"):
                    continue  # what consoles make in place of directories
                inside = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
                base = inside if key.startswith(inside) else prefix[: prefix.rfind("/") + 1]
                yield bucket, key, key.removeprefix(base)

    def _named(self, uri: str) -> Iterator[tuple[str, str, str]]:
        """Yield what a manifest names: a prefix, and objects relative to it.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
        """
        try:
            entries: Any = json.loads(self.text(uri))
            bucket, prefix = split(str(entries[0]["prefix"]))
            names = [str(name) for name in entries[1:]]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise StepError(f"ClientError: {uri} is no manifest of S3 objects: {error}") from error
        for name in names:
            yield bucket, prefix + name, name

    def _fetch(self, bucket: str, key: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
        with target.open("wb") as out:
            for chunk in body.iter_chunks(_CHUNK):
                out.write(chunk)


def _inside(directory: Path, relative: str) -> Path:
    """Return the place of an object; one whose key climbs out of the directory is refused."""
    target = directory / relative
    if not target.resolve().is_relative_to(directory.resolve()):
        raise StepError(f"ClientError: the key {relative!r} leaves the directory of its input")
    return target


def _pack(source: Path, archive: BinaryIO) -> None:
    """Write a directory as an archive that is the same for the same files."""
    with tarfile.open(fileobj=cast("io.BufferedRandom", archive), mode="w:gz") as packed:
        for path in sorted(source.rglob("*")):
            packed.add(path, arcname=path.relative_to(source).as_posix(), recursive=False, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _said(error: Exception) -> str:
    code = refusals.code(error)
    said = refusals.message(error) or str(error)
    return f"{code}: {said}" if code else said

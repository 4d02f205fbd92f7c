"""S3 as a job sees it: prefixes become directories, directories become prefixes, under the job's own credentials."""

from __future__ import annotations

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from mlops_stages.local import containers, refusals
from mlops_stages.local.containers import trees
from mlops_stages.local.server.sagemaker.jobs.work import Download, StepError, Upload
from mlops_stages.local.server.sagemaker.jobs.workplace import Client, Role

_CHUNK = 1 << 20
_MOST_UPLOADED = containers.GIB
_MOST_FILES = 100_000
_DEEPEST_KEY = 60
_FAULTS = (refusals.ClientError, refusals.BotoCoreError, OSError)
"""OSError: an object and a prefix of one name, a directory that the step made unreadable, a full disk."""


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key (or prefix) of an `s3://` address."""
    if not uri.startswith("s3://"):
        raise StepError(f"ClientError: {uri} is not an S3 address")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class Storage:
    """Reads and writes objects as one role."""

    def __init__(self, role: Role, key: str | None = None) -> None:
        self._role = role
        self._s3: Client = role.client("s3")
        self._uploaded = self._files = 0
        self._encryption = {} if key is None else {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}

    def text(self, uri: str) -> str:
        """Return an object as text. Raises StepError."""
        bucket, key = split(uri)
        try:
            content: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except _FAULTS as error:
            raise StepError(f"ClientError: {uri} cannot be read: {_said(error)}") from error
        return content.decode("utf-8", "replace")

    def fetch(self, uri: str, target: Path) -> None:
        """Put one object into a file. Raises StepError."""
        try:
            self._fetch(*split(uri), target)
        except _FAULTS as error:
            raise StepError(f"ClientError: {uri} cannot be read: {_said(error)}") from error

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

    def upload(self, wanted: Upload, directory: Path) -> list[str]:
        """Put a directory, or the archive of it, under its address; return what of it is not a file and is left out.

        Links, FIFOs, sockets and devices are never followed or opened. Raises StepError.
        """
        bucket, prefix = split(wanted.uri)
        skipped: list[str] = []
        try:
            if wanted.archive:
                with tempfile.TemporaryFile(dir=directory.parent) as archive:
                    skipped = self._pack(wanted.path, directory, archive)
                    archive.seek(0)
                    self._put(bucket, prefix, archive)
                return skipped
            for entry in trees.walk(directory, wanted.path):
                if entry.is_file:
                    with self._counted(entry) as content:
                        self._put(bucket, f"{prefix.rstrip('/')}/{entry.path}".lstrip("/"), content)
                elif not entry.is_folder:
                    skipped.append(f"{wanted.path}/{entry.path} ({entry.kind})")
        except (NotADirectoryError, FileNotFoundError) as error:
            raise StepError(f"ClientError: Data upload failed: {wanted.path} is not a directory any more") from error
        except _FAULTS as error:
            raise StepError(f"ClientError: Data upload failed: {wanted.uri}: {_said(error)}") from error
        return skipped

    def _pack(self, path: str, directory: Path, archive: BinaryIO) -> list[str]:
        """Write a directory as an archive of its files and directories that is the same for the same files."""
        skipped: list[str] = []
        with tarfile.open(fileobj=cast("io.BufferedRandom", archive), mode="w:gz") as packed:
            for entry in trees.walk(directory, path):
                member = tarfile.TarInfo(entry.path)
                member.mode, member.mtime = entry.status.st_mode & 0o777, int(entry.status.st_mtime)
                if entry.is_folder:
                    member.type = tarfile.DIRTYPE
                    packed.addfile(member)
                elif entry.is_file:
                    with self._counted(entry) as content:
                        member.size = os.fstat(content.fileno()).st_size
                        packed.addfile(member, content)
                else:
                    skipped.append(f"{path}/{entry.path} ({entry.kind})")
        return skipped

    def _counted(self, entry: trees.Entry) -> BinaryIO:
        """Open a file that goes up, and count it: everything that goes up is in the server's memory then."""
        content = entry.open()
        self._uploaded += os.fstat(content.fileno()).st_size
        self._files += 1
        if self._uploaded > _MOST_UPLOADED or self._files > _MOST_FILES:
            content.close()
            raise StepError(
                f"ClientError: Data upload failed: the job leaves more than {_MOST_UPLOADED // containers.MIB} MiB or "
                f"{_MOST_FILES} files, which is more than the local AWS keeps of one"
            )
        return content

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
            raise StepError(f"ClientError: {uri} is not a manifest of S3 objects: {error}") from error
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
    if relative.count("/") > _DEEPEST_KEY:
        raise StepError(f"ClientError: the key {relative!r} is nested more than {_DEEPEST_KEY} directories deep")
    return target


def _said(error: Exception) -> str:
    code = refusals.code(error)
    said = refusals.message(error) or str(error)
    return f"{code}: {said}" if code else said

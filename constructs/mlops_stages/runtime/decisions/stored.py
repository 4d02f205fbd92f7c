"""Objects of S3 that are replaced only where they still are what was seen."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..ledger.numbered import S3, error_code

_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
"""What S3 answers where a key is taken, another version is there, both are written at once, or the object is gone.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""
_SHA256 = "sha256"
"""In the object's metadata: S3 shows its own checksum to those alone who may decrypt."""
TRIES = 4
_Made = TypeVar("_Made")
_ABSENT = ("NoSuchKey", "404", "NotFound")


class LostError(Exception):
    """Another writer was faster. Also where S3 took a write and its answer was lost: what was seen is old then, too."""


class Written(NamedTuple):
    """What was written: the SHA-256 in hexadecimal digits, and the ETag by which S3 lists it."""

    sha256: str
    etag: str


@dataclass(frozen=True)
class Stored:
    """An object as it was seen; without an ETag it is not there."""

    s3: S3
    bucket: str
    key: str
    etag: str | None
    sha256: str | None = None
    """In hexadecimal digits, where the object was written by `replace`."""
    content: bytes = b""

    def replace(self, path: Path, content_type: str) -> Written:
        """Write a file's bytes in the object's place. LostError where it is not what was seen."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            file.seek(0)
            condition = {"IfNoneMatch": "*"} if self.etag is None else {"IfMatch": self.etag}
            checksum = base64.b64encode(digest.digest()).decode()
            try:
                answer: dict[str, Any] = self.s3.put_object(
                    Bucket=self.bucket, Key=self.key, Body=file, ContentType=content_type, ChecksumSHA256=checksum,
                    Metadata={_SHA256: digest.hexdigest()}, **condition,
                )  # fmt: skip
            except self.s3.exceptions.ClientError as error:
                if error_code(error) in _LOST:
                    raise LostError(self.key) from error
                raise
        return Written(digest.hexdigest(), str(answer["ETag"]))


def replaced(stored: Stored, path: Path, content: bytes, content_type: str) -> None:
    """Write an object's bytes by way of a file. LostError where it is not what was seen."""
    path.write_bytes(content)
    stored.replace(path, content_type)


def retried(made: Callable[[], _Made], pause: Callable[[float], None]) -> _Made:
    """What a function returns that may lose against another writer. LostError where it lost each time."""
    for tried in range(TRIES - 1):
        try:
            return made()
        except LostError:
            pause(random.uniform(0, 2**tried))  # noqa: S311  # no secret
    return made()


def seen(s3: S3, bucket: str, key: str) -> Stored:
    """The object as it is now, without its content."""
    found = _asked(s3, s3.head_object, {"Bucket": bucket, "Key": key})
    if found is None:
        return Stored(s3, bucket, key, None)
    return Stored(s3, bucket, key, found["ETag"], found.get("Metadata", {}).get(_SHA256))


def fetched(s3: S3, bucket: str, key: str) -> Stored:
    """The object as it is now, with its content."""
    found = _asked(s3, s3.get_object, {"Bucket": bucket, "Key": key})
    if found is None:
        return Stored(s3, bucket, key, None)
    return Stored(s3, bucket, key, found["ETag"], content=found["Body"].read())


def _asked(s3: S3, call: Any, given: dict[str, str]) -> dict[str, Any] | None:  # noqa: ANN401  # boto3 has no types
    try:
        return call(**given)
    except s3.exceptions.ClientError as error:
        if error_code(error) in _ABSENT:
            return None
        raise

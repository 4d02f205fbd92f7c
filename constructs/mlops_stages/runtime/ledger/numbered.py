"""Numbered objects of S3, each written once: what records and signed heads have in common."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from .codes import LedgerError
from .records import HIGHEST, file_name, number_of
from .values import MOST_BYTES

S3 = Any
"""A client of boto3, which has no types."""

_LOST = ("PreconditionFailed", "ConditionalRequestConflict")
"""What S3 answers where the key is taken, or is being taken by another request at this moment.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""
_ABSENT = ("NoSuchKey", "404", "NotFound")
_PAGE = 1000
"""The most that S3 lists at once: as many heads as a ledger gets in more than a year."""


@dataclass(frozen=True)
class Stored:
    """An object in its place."""

    number: int
    content: bytes

    @property
    def sha256(self) -> str:
        """What the next object has as `previous`."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class NumberedObjects:
    """The objects `PREFIX000000000001.json` and on, found from their end.

    All versions and delete markers are looked at, not what a plain listing shows: a hidden or replaced object at the
    end stops whoever would build on it. `known` is a number that was there once, from where the end is looked for.
    """

    s3: S3
    bucket: str
    prefix: str
    known: int = 0

    def last(self) -> Stored | None:
        """Return the last object; None where there is none. Errors: LED-020, LED-021."""
        number = self._last_number()
        self.known = number
        if number == 0:
            return None
        key = self._key(number)
        page = self.s3.list_object_versions(Bucket=self.bucket, Prefix=key, MaxKeys=3)
        versions, markers = page.get("Versions", []), page.get("DeleteMarkers", [])
        if markers or len(versions) != 1 or versions[0]["Key"] != key:
            raise LedgerError(
                "LED-020", f"{self.bucket}/{key}", f"it has {len(versions)} versions and {len(markers)} delete markers"
            )
        if versions[0]["Size"] > MOST_BYTES:
            raise LedgerError("LED-021", f"{self.bucket}/{key}", f"it has {versions[0]['Size']} bytes")
        return Stored(number, self._read(key, VersionId=versions[0]["VersionId"]))

    def get(self, number: int) -> bytes | None:
        """Return an object's bytes; None where it is not there."""
        try:
            return self._read(self._key(number))
        except self.s3.exceptions.ClientError as error:
            if error_code(error) in _ABSENT:
                return None
            raise

    def create(self, number: int, content: bytes) -> bool:
        """Write an object that is not there; False if another was faster. Error: LED-020 past the last number."""
        if number > HIGHEST:
            raise LedgerError("LED-020", f"{self.bucket}/{self.prefix}", f"no number comes after {HIGHEST}")
        return create(self.s3, self.bucket, self._key(number), content)

    def _key(self, number: int) -> str:
        return f"{self.prefix}{file_name(number)}"

    def _read(self, key: str, **version: str) -> bytes:
        answer = self.s3.get_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED", **version)
        content: bytes = answer["Body"].read(MOST_BYTES + 1)
        return content

    def _last_number(self) -> int:
        """One page from a known number on; where there is more, double the step until nothing is there, then halve."""
        found, is_all = self._numbers_from(self.known + 1, _PAGE)
        last, step = max(found, default=self.known), 1
        if is_all:
            return last
        while found := self._first_from(last + step):
            last, step = found, step * 2
        beyond = last + step
        while beyond - last > 1:
            middle = (last + beyond) // 2
            found = self._first_from(middle)
            last, beyond = (found, beyond) if found else (last, middle)
        return last

    def _first_from(self, number: int) -> int:
        """The first number that is there, from this one on; 0 for none. Error: LED-020 for a foreign object."""
        return min(self._numbers_from(number, 1)[0], default=0)

    def _numbers_from(self, number: int, most: int) -> tuple[list[int], bool]:
        """So many numbers that are there at most, from this one on, and whether these are all. Error: LED-020."""
        if number > HIGHEST:
            return [], True
        page = self.s3.list_object_versions(
            Bucket=self.bucket, Prefix=self.prefix, KeyMarker=self._key(number - 1), MaxKeys=most
        )
        keys = sorted({each["Key"] for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))})
        return [self._number(key) for key in keys], not page.get("IsTruncated")

    def _number(self, key: str) -> int:
        found = number_of(key.removeprefix(self.prefix))
        if found is None:
            raise LedgerError("LED-020", f"{self.bucket}/{key[:200]!a}", "no object of a ledger has that name")
        return found


def create(s3: S3, bucket: str, key: str, content: bytes) -> bool:
    """Write an object where none is, its checksum with it; False where one is."""
    try:
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=content,
            ContentType="application/json",
            IfNoneMatch="*",
            ChecksumSHA256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
        )
    except s3.exceptions.ClientError as error:
        if error_code(error) in _LOST:
            return False
        raise
    return True


def error_code(error: Exception) -> str:
    """The code of an error of AWS's."""
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def client(service: str, config: Mapping[str, Any]) -> Any:  # noqa: ANN401  # boto3 has no types
    """Return a client of boto3, loaded when it is needed: the library checks ledgers without it."""
    configuration: Any = importlib.import_module("botocore.config")
    return _session().client(service, config=configuration.Config(**config))


@cache
def _session() -> Any:  # noqa: ANN401  # boto3 has no types
    """A session that reads times as fast as Python can: botocore's own way takes 0.1 ms, half of what a listing does.

    Source: https://github.com/boto/botocore/blob/develop/botocore/parsers.py, `ResponseParserFactory`
    """
    session: Any = importlib.import_module("botocore.session").get_session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
    return importlib.import_module("boto3").Session(botocore_session=session)


def moment(value: object) -> datetime:
    """A time as AWS writes it."""
    if isinstance(value, str) and value[4:5] == "-" and value.endswith("Z"):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(value)
    utils: Any = importlib.import_module("botocore.utils")
    return utils.parse_timestamp(value)

"""Where data is: a folder here, or a prefix of an S3 bucket. Both say exactly which bytes they gave or took."""

import base64
import hashlib
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from dataset_manifest import DataObject, checksum


class Folder(Protocol):
    """A place for files."""

    def read(self, name: str) -> tuple[bytes, DataObject]:
        """The bytes of a file, and which version of it they are."""
        ...

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        ...

    def write(self, name: str, content: bytes, key: str | None = None) -> DataObject:
        """Write a file; say which version it became. `key` is its name in the dataset, where it has another."""
        ...


class LocalFolder:
    """A folder of this machine. It keeps no versions."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> tuple[bytes, DataObject]:
        """See `Folder`."""
        content = (self.path / name).read_bytes()
        return content, self._object(name, content, name)

    def exists(self, name: str) -> bool:
        """See `Folder`."""
        return (self.path / name).is_file()

    def write(self, name: str, content: bytes, key: str | None = None) -> DataObject:
        """See `Folder`."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return self._object(name, content, key or name)

    def _object(self, name: str, content: bytes, key: str) -> DataObject:
        return DataObject(key, (self.path / name).as_posix(), None, checksum(content), len(content))


class S3Folder:
    """A prefix of a versioned bucket. S3 itself checks the SHA-256 of what is written; the bucket encrypts it."""

    def __init__(self, uri: str, s3: Any) -> None:
        parts = urlsplit(uri)
        self.bucket, self.prefix, self.s3 = parts.netloc, parts.path.strip("/"), s3

    def read(self, name: str) -> tuple[bytes, DataObject]:
        """See `Folder`."""
        answer = self.s3.get_object(Bucket=self.bucket, Key=self._key(name))
        content = answer["Body"].read()
        return content, self._object(name, content, name, answer)

    def exists(self, name: str) -> bool:
        """See `Folder`."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=self._key(name), MaxKeys=1).get("Contents", [])
        return any(each["Key"] == self._key(name) for each in found)

    def write(self, name: str, content: bytes, key: str | None = None) -> DataObject:
        """See `Folder`."""
        sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
        where = {"Bucket": self.bucket, "Key": self._key(name)}
        try:
            # The bucket takes only what replaces nothing: what a manifest names stays.
            answer = self.s3.put_object(**where, Body=content, ChecksumSHA256=sha256, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            answer = self.s3.get_object(**where)  # an earlier run came so far
            if answer["Body"].read() != content:
                raise SystemExit(f"s3://{self.bucket}/{self._key(name)} holds other bytes already") from None
        return self._object(name, content, key or name, answer)

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def _object(self, name: str, content: bytes, key: str, answer: dict[str, Any]) -> DataObject:
        uri = f"s3://{self.bucket}/{self._key(name)}"
        return DataObject(key, uri, answer.get("VersionId"), checksum(content), len(content))


def folder(place: str) -> Folder:
    """The folder that a path or an `s3://` URI names."""
    if not place.startswith("s3://"):
        return LocalFolder(Path(place))
    import boto3

    return S3Folder(place, boto3.client("s3"))

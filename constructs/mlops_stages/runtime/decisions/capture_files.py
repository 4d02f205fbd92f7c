"""Files of lines in a folder of S3: which there are, and what is in them. Those of an hour that SageMaker captured."""

from __future__ import annotations

import hashlib
import io
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..ledger.numbered import S3, error_code
from .stored import LostError

MOST_BYTES = 256 * 1024 * 1024
"""Of a file that is read."""
_AHEAD_BYTES, _AHEAD_FILES, _THREADS = 64 * 1024 * 1024, 64, 8
_SUFFIX = ".jsonl"
_CHANGED = ("PreconditionFailed", "NoSuchKey")


@dataclass(frozen=True, order=True)
class CaptureFile:
    """A file as S3 lists it; its ETag changes with its content."""

    key: str
    etag: str
    size: int


class Line(NamedTuple):
    """A line of a file, or a file that is too large to be read: as line 0, without a content.

    Attributes:
        file: its place among the files, from 0.
        key: its key.
        number: of the line in it, from 1.
        content: of the line, without the line break.
        sha256: of the content.
    """

    file: int
    key: str
    number: int
    content: bytes | None
    sha256: str | None


def listed(s3: S3, bucket: str, folder: str, suffix: str = _SUFFIX, after: str = "") -> list[CaptureFile]:
    """The files of a folder whose names end so, by their keys; of those after a key alone, where one is given."""
    found = (
        CaptureFile(each["Key"], each["ETag"], each["Size"])
        for page in pages(s3, bucket, folder, **({"StartAfter": after} if after else {}))
        for each in page.get("Contents", [])
    )
    return sorted(each for each in found if each.key.endswith(suffix))


def pages(s3: S3, bucket: str, folder: str, **asked: str) -> Iterator[dict[str, Any]]:
    """The pages of a listing, as S3 answers them."""
    token: dict[str, str] = {}
    while True:
        page = s3.list_objects_v2(Bucket=bucket, Prefix=folder, **asked, **token)
        yield page
        if not page.get("IsTruncated"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


def digest(files: Sequence[CaptureFile]) -> str:
    """The SHA-256 of a listing. Keys hold no line break: SageMaker names the files."""
    text = "".join(f"{each.key}\n{each.etag}\n{each.size}\n" for each in files)
    return hashlib.sha256(text.encode()).hexdigest()


def gone(before: Sequence[CaptureFile], files: Sequence[CaptureFile]) -> str | None:
    """Which files are no longer there, in words; None where all are."""
    keys = {each.key for each in before} - {each.key for each in files}
    return f"{len(keys)} files are gone, the first of them {min(keys)}" if keys else None


def lines(s3: S3, bucket: str, files: Sequence[CaptureFile]) -> Iterator[Line]:
    """The lines of files, in their order, without those that are empty. Error: as `contents`."""
    for file, content in enumerate(contents(s3, bucket, files)):
        key = files[file].key
        if content is None:
            yield Line(file, key, 0, None, None)
            continue
        for number, line in enumerate(io.BytesIO(content), 1):
            bare = line.rstrip(b"\n")
            if bare:
                yield Line(file, key, number, bare, hashlib.sha256(bare).hexdigest())


def contents(s3: S3, bucket: str, files: Sequence[CaptureFile]) -> Iterator[bytes | None]:
    """What is in each of the files, in their order; None for one that is too large.

    A few are fetched ahead: thousands of small files take their time one by one, and many large ones do not fit into
    memory. LostError where a file is no longer what was listed.
    """
    pool = ThreadPoolExecutor(_THREADS)
    try:
        waiting: deque[tuple[CaptureFile, Future[bytes] | None]] = deque()
        ahead = 0
        for file in files:
            large = file.size > MOST_BYTES
            while waiting and (len(waiting) >= _AHEAD_FILES or ahead + file.size > _AHEAD_BYTES):
                first, found = waiting.popleft()
                ahead -= first.size
                yield found and found.result()
            waiting.append((file, None if large else pool.submit(_fetch, s3, bucket, file)))
            ahead += file.size
        for _, found in waiting:
            yield found and found.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _fetch(s3: S3, bucket: str, file: CaptureFile) -> bytes:
    try:
        return s3.get_object(Bucket=bucket, Key=file.key, IfMatch=file.etag)["Body"].read()
    except s3.exceptions.ClientError as error:
        if error_code(error) in _CHANGED:
            raise LostError(file.key) from error
        raise

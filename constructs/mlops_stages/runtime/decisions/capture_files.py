"""The capture files of an hour: which there are, and what is in them."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

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


def listed(s3: S3, bucket: str, folder: str) -> list[CaptureFile]:
    """The files of a folder, by their keys."""
    files: list[CaptureFile] = []
    token: dict[str, str] = {}
    while True:
        page = s3.list_objects_v2(Bucket=bucket, Prefix=folder, **token)
        found = [CaptureFile(each["Key"], each["ETag"], each["Size"]) for each in page.get("Contents", [])]
        files += [each for each in found if each.key.endswith(_SUFFIX)]
        if not page.get("IsTruncated"):
            return sorted(files)
        token = {"ContinuationToken": page["NextContinuationToken"]}


def digest(files: Sequence[CaptureFile]) -> str:
    """The SHA-256 of a listing. Keys hold no line break: SageMaker names the files."""
    text = "".join(f"{each.key}\n{each.etag}\n{each.size}\n" for each in files)
    return hashlib.sha256(text.encode()).hexdigest()


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

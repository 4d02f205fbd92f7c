"""The manifest of an hour: what was read, and what was found. It is written last, so that it never says too much."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from ..ledger.values import canonical
from .capture_files import CaptureFile, digest
from .settings import Input, inputs_of

VERSION = 2


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the files of an hour hold.

    Attributes:
        lines: captured lines; an empty line is none.
        requests: requests that were decided, each once.
        rows: their rows.
        failed_requests: requests whose answer is an error, each once.
        quarantined: refused lines and files, by code.
        duplicates: lines that repeat a request, byte by byte.
        repeated_ids: decision ids that several requests have.
        outside_the_hour: requests that were decided in another hour, as they say.
        first: the earliest time of a request that was decided, in UTC; None without any.
        last: the latest.
        packages: rows of each package.
    """

    lines: int
    requests: int
    rows: int
    failed_requests: int
    quarantined: dict[str, int]
    duplicates: int
    repeated_ids: int
    outside_the_hour: int
    first: str | None
    last: str | None
    packages: dict[str, int]

    @property
    def captured(self) -> int:
        """Requests that left a line: to be compared with invocations."""
        return self.requests + self.failed_requests + sum(self.quarantined.values())


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All of it.

    Attributes:
        endpoint: its name.
        variant: the folder of its captures.
        hour: its first moment.
        files: what was listed and read.
        inputs: the columns that requests were read with.
        found: what the files hold.
        invocations: of the variant in that hour, as CloudWatch counts them; None where it has no count.
        capture_percent: of invocations that are captured.
        published: whether the figures went to CloudWatch, which takes none older than two weeks.
        decisions_sha256: of the Parquet file.
        decisions_etag: by which S3 lists it.
        quarantine_sha256: of the list of refused lines; None where no such list is needed.
        quarantine_etag: by which S3 lists it.
    """

    endpoint: str
    variant: str
    hour: str
    files: Sequence[CaptureFile]
    inputs: Sequence[Input]
    found: Found
    invocations: int | None
    capture_percent: int
    published: bool
    decisions_sha256: str
    decisions_etag: str
    quarantine_sha256: str | None
    quarantine_etag: str | None
    version: int = VERSION

    @property
    def listing(self) -> str:
        """The digest of what was listed."""
        return digest(self.files)

    def is_made_of(self, files: Sequence[CaptureFile], invocations: int | None, inputs: Sequence[Input]) -> bool:
        """Whether it was made of what is listed and counted now.

        An hour without a row is read again once other inputs are declared: it may have been asked with those.
        """
        counted = invocations is None or invocations == self.invocations
        declared = self.found.rows > 0 or not self.found.quarantined or tuple(self.inputs) == tuple(inputs)
        return tuple(self.files) == tuple(files) and counted and declared

    def is_of(self, decisions_etag: str | None, quarantine_etag: str | None) -> bool:
        """Whether what was made is still there, by the ETags that S3 lists."""
        return (decisions_etag, quarantine_etag) == (self.decisions_etag, self.quarantine_etag)

    @property
    def captured_share(self) -> float | None:
        """Percent of the requests to be captured that were; None where CloudWatch has counted no invocation."""
        if not self.invocations:
            return None
        return 100 * self.found.captured / (self.invocations * self.capture_percent / 100)

    def to_json(self) -> bytes:
        """The only way to write it."""
        share = self.captured_share
        said = {"listing": self.listing, "captured_share": None if share is None else f"{share:.4f}"}
        return canonical(dataclasses.asdict(self) | said)


def read(content: bytes) -> Manifest | None:
    """The manifest that some bytes are; None where they are none of this version: the hour is read again then."""
    try:
        given = cast("dict[str, Any]", json.loads(content))
        del given["listing"], given["captured_share"]
        files = tuple(CaptureFile(**each) for each in given["files"])
        parts: dict[str, Any] = {"files": files, "inputs": inputs_of(given["inputs"]), "found": Found(**given["found"])}
        found = Manifest(**given | parts)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return found if found.version == VERSION else None

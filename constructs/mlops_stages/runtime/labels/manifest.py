"""The manifest of a day: what was read, and what was found. It is written last, so that it never says too much."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from ..decisions.capture_files import CaptureFile
from ..ledger.values import canonical
from .source import Type

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the files of a day hold.

    Attributes:
        lines: of the files; an empty line is none.
        labels: rows, each once.
        repeated: rows that are there already, the same in each column.
        corrections: rows that correct earlier ones.
        quarantined: refused lines and files, by code.
    """

    lines: int
    labels: int
    repeated: int
    corrections: int
    quarantined: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All of it.

    Attributes:
        endpoint: whose decisions are labelled.
        day: of collection, in UTC.
        type: of the labels.
        files: what was listed and read.
        found: what the files hold.
        labels_sha256: of the Parquet file.
        quarantine_sha256: of the list of refused lines; None where no such list is needed.
    """

    endpoint: str
    day: str
    type: Type
    files: Sequence[CaptureFile]
    found: Found
    labels_sha256: str
    quarantine_sha256: str | None
    version: int = VERSION

    def to_json(self) -> bytes:
        """The only way to write it."""
        return canonical(dataclasses.asdict(self))


def read(content: bytes) -> Manifest | None:
    """The manifest that some bytes are; None where they are none of this version: the day is read again then."""
    try:
        given = cast("dict[str, Any]", json.loads(content))
        files = tuple(CaptureFile(**each) for each in given["files"])
        parts: dict[str, Any] = {"files": files, "found": Found(**given["found"])}
        found = Manifest(**given | parts)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return found if found.version == VERSION else None

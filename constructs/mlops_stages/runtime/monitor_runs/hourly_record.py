"""What is kept of a run within the day: what it was made of. It is written last."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from ..decisions.capture_files import CaptureFile
from ..monitors.codes import MonitorError
from ..monitors.figures import Figure
from . import settings
from .record import figures_of, line, sha256

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class DriftRecord:
    """What an hour's run was made of.

    Attributes:
        endpoint: its name.
        hour: of the run, by its first moment in UTC: later decisions do not count.
        window: the decisions that were compared, as definitions of figures name them.
        settings: what the function was told, as JSON.
        sources: each file of decisions.
        package: the ARN of the version that is measured: the one that answered most in the last hour with decisions;
            None without any.
        decisions: of that version in the window.
        figures_sha256: of the figures.
        published: whether figures went to CloudWatch, which takes none older than two weeks.
        was_due: whether the hour's run was due by then. A record of a run before is replaced by the next.
    """

    endpoint: str
    hour: str
    window: str
    settings: str
    sources: Sequence[CaptureFile]
    package: str | None
    decisions: int
    figures_sha256: str
    published: bool
    was_due: bool
    version: int = VERSION

    def to_json(self) -> bytes:
        """The only way to write it."""
        return line(dataclasses.asdict(self))


def read(content: bytes) -> DriftRecord | None:
    """The record that some bytes are; None where they are none of this version: the hour is measured again then."""
    try:
        given = cast("dict[str, Any]", json.loads(content))
        parts: dict[str, Any] = {"sources": tuple(CaptureFile(**each) for each in given["sources"])}
        record = DriftRecord(**given | parts)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return record if record.version == VERSION else None


@dataclass(frozen=True)
class MeasuredHour:
    """A run within the day: what it was told, what it was made of, and what it has found."""

    settings: settings.Settings
    record: DriftRecord
    figures: Sequence[Figure]


def measured_hour(said: bytes, lines: bytes) -> MeasuredHour | None:
    """The run that a record and its figures are; None where they are none, or do not belong together."""
    record = read(said)
    if record is None or record.figures_sha256 != sha256(lines):
        return None
    try:
        told = settings.read({settings.VARIABLE: record.settings})
        return MeasuredHour(told, record, figures_of(lines))
    except (ValueError, TypeError, LookupError, MonitorError):
        return None

"""What is kept of a run: what it was made of, and what it found besides figures. It is written last."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from ..decisions.capture_files import CaptureFile
from ..monitors.figures import Figure

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """How much of what was to be judged has a label.

    Attributes:
        package: the ARN of the version that is judged: the one that answered most in the last hour with decisions; None
            without any.
        decisions: its decisions in the window.
        labelled: those that have a label.
        days: days of the window with such decisions.
        behind_hours: by how many hours labels lag behind decisions, more than they are declared to; None without a
            decision that is old enough to have one.
        contradictory: decisions, of the window and since, whose labels contradict each other: they have none.
        corrected: those whose label was corrected.
        unmatched: labels that are of no decision since the window began, or of several: late ones, those of unknown
            ids, those of ids that several decisions have.
        repeated_ids: decisions whose id others have, too: only labels by the request's id reach them.
    """

    package: str | None
    decisions: int
    labelled: int
    days: int
    behind_hours: float | None
    contradictory: int
    corrected: int
    unmatched: int
    repeated_ids: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """All of it.

    Attributes:
        endpoint: its name.
        day: of the run, in UTC.
        window: the days that were judged, as definitions of figures name them.
        settings: what the function was told, as JSON.
        sources: each file of decisions and labels.
        labelled: how much of it has labels.
        figures_sha256: of the figures.
        published: whether figures went to CloudWatch, which takes none older than two weeks.
    """

    endpoint: str
    day: str
    window: str
    settings: str
    sources: Sequence[CaptureFile]
    labelled: Labelled
    figures_sha256: str
    published: bool
    version: int = VERSION

    def to_json(self) -> bytes:
        """The only way to write it."""
        return _line(dataclasses.asdict(self))


def read(content: bytes) -> Record | None:
    """The record that some bytes are; None where they are none of this version: the day is run again then."""
    try:
        given = cast("dict[str, Any]", json.loads(content))
        parts: dict[str, Any] = {
            "sources": tuple(CaptureFile(**each) for each in given["sources"]),
            "labelled": Labelled(**given["labelled"]),
        }
        record = Record(**given | parts)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return record if record.version == VERSION else None


def lines(figures: Sequence[Figure]) -> bytes:
    """Figures as lines of JSON, in their order."""
    return b"".join(_line(dataclasses.asdict(figure)) for figure in figures)


def figures_of(content: bytes) -> tuple[Figure, ...]:
    """Figures from such lines. ValueError, TypeError for anything else."""
    return tuple(Figure(**json.loads(line)) for line in content.splitlines())


def sha256(content: bytes) -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"

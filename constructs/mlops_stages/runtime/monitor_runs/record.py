"""What is kept of a run: what it was made of, and what it found besides figures. It is written last."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from ..decisions.capture_files import CaptureFile
from ..monitors.figures import Figure

VERSION = 1
_Part = TypeVar("_Part")


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
        days_before: days of the window before the first that has labelled decisions; records of earlier versions of
            the monitors do not say.
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
    days_before: int = 0


@dataclass(frozen=True, kw_only=True)
class Requests:
    """The requests that a candidate is to be judged on, a file of CSV in gzip.

    Attributes:
        bucket: where it is.
        key: of the object.
        sha256: of the file.
        rows: of it, without the header: each a decision with a label.
        left_out: such decisions that it does not hold, since they are too many.
    """

    bucket: str
    key: str
    sha256: str
    rows: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What the evaluation of a candidate says of its answers to such requests.

    Attributes:
        file: beside the evaluation, with the scores.
        sha256: of that file.
        rows: how many requests it has answered.
        refused: how many it has not.
        requests: the address of the requests.
        requests_sha256: of their file.
        train_before: the first day, in UTC, that it was not trained on.
    """

    file: str
    sha256: str
    rows: int
    refused: int
    requests: str
    requests_sha256: str
    train_before: str


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What a run says of a version that waits for approval.

    Attributes:
        package: its ARN.
        is_better: than the version that answers callers, by the declared margin; None where it is not known.
        why: why it is not known.
        figure: the difference of losses that decides.
        days: of the window that it rests on.
        challenge: None where its evaluation says nothing of one, or nothing that can be read.
    """

    package: str
    is_better: bool | None
    why: str | None
    figure: Figure
    days: int
    challenge: Challenge | None


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
        requests: what candidates are to be judged on; None where the model is not retrained.
        candidates: versions that wait for approval and are newer than the judged one, the newest first.
    """

    endpoint: str
    day: str
    window: str
    settings: str
    sources: Sequence[CaptureFile]
    labelled: Labelled
    figures_sha256: str
    published: bool
    requests: Requests | None = None
    candidates: Sequence[Candidate] = ()
    version: int = VERSION

    def to_json(self) -> bytes:
        """The only way to write it."""
        return line(dataclasses.asdict(self))


def read(content: bytes) -> Record | None:
    """The record that some bytes are; None where they are none of this version: the day is run again then."""
    try:
        given = cast("dict[str, Any]", json.loads(content))
        parts: dict[str, Any] = {
            "sources": tuple(CaptureFile(**each) for each in given["sources"]),
            "labelled": Labelled(**given["labelled"]),
            "requests": _of(Requests, given.get("requests")),
            "candidates": tuple(_candidate(each) for each in given.get("candidates", [])),
        }
        record = Record(**given | parts)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return record if record.version == VERSION else None


def _of(kind: Callable[..., _Part], given: Mapping[str, Any] | None) -> _Part | None:
    return None if given is None else kind(**given)


def _candidate(given: Mapping[str, Any]) -> Candidate:
    parts: dict[str, Any] = {"figure": Figure(**given["figure"]), "challenge": _of(Challenge, given["challenge"])}
    return Candidate(**{**given, **parts})


def lines(figures: Sequence[Figure]) -> bytes:
    """Figures as lines of JSON, in their order."""
    return b"".join(line(dataclasses.asdict(figure)) for figure in figures)


def figures_of(content: bytes) -> tuple[Figure, ...]:
    """Figures from such lines. ValueError, TypeError for anything else."""
    return tuple(Figure(**json.loads(each)) for each in content.splitlines())


def sha256(content: bytes) -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def line(value: dict[str, Any]) -> bytes:
    """A line of JSON, always the same for the same values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"

"""What a drill shows: what happened and when, what was expected, and where each of it can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Kind = Literal["played", "decided", "alarm", "ok", "told", "fault", "healed"]
"""Of an event: days were played, somebody decided, an alarm went off or is OK again, somebody was told, something was
broken, or is whole again."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Where a claim can be seen: an object, an alarm, a metric, a record, a message; and what it says there."""

    kind: Literal["object", "alarm", "metric", "record", "message", "endpoint"]
    where: str
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; `at` is the clock's, `stream` the day of the stream that was played then."""

    at: datetime
    stream: date | None
    scenario: str
    kind: Kind
    text: str
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that was expected, and what was found."""

    scenario: str
    claim: str
    expected: str
    found: str
    holds: bool
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day of the stream that was played: requests, the decisions in them, and how many were labelled late."""

    stream: date
    clock: date
    requests: int
    decisions: int
    late: int


@dataclass(frozen=True, kw_only=True)
class Bounded:
    """A figure and its 95 % interval, as far as they are known."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the monitors' run of a morning said.

    Attributes:
        clock: the day of the run.
        stream: the day of the stream that was played on that day, or last before it.
        version: the version that it judged.
        decisions: of the window.
        labelled: those of them that have a label.
        calibration: the sum of scores divided by the sum of labels.
        quality: the metric that is promised.
        drift: of the scores of the last week, against the version's baseline.
        is_known: whether enough days have labels to say anything.
        breaches: the figures whose whole interval lies beyond what is allowed.
        proofs: the objects that say so.
    """

    clock: date
    stream: date
    version: str
    decisions: int
    labelled: int
    calibration: Bounded
    quality: Bounded
    drift: float | None
    is_known: bool
    breaches: tuple[str, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, kw_only=True)
class Ring:
    """How long an alarm was in ALARM; `ended` is None where it still was at the end."""

    alarm: str
    began: datetime
    ended: datetime | None
    reason: str

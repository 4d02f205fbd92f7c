"""Which call in CloudTrail each decision was: what the platform recorded, beside what AWS recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlops_stages.audit.ledger import Line

_CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much SageMaker's time of a change and CloudTrail's of the call may differ."""

_ONE_CHANGE = timedelta(seconds=2)
"""How far apart the times of one change are at most, to tell it from another person's shortly before or after it."""

_LONGEST_ROLLBACK = timedelta(hours=12)
"""A rollback is recorded once it is through, and its call when it was asked for."""

_CALLED: Mapping[tuple[str, object], str] = {
    ("approved", "staging"): "approved",
    ("rejected", "staging"): "rejected",
    ("approved", "production"): "released",
    ("rejected", "production"): "refused",
    ("rolled-back", "production"): "restored",
}
"""What the call decides, by the kind of the record and its environment."""


@dataclass(frozen=True, kw_only=True)
class Called:
    """A decision in the ledger, and the call that CloudTrail has of it: None where none is recorded."""

    decision: Line
    call: Line | None

    @property
    def event(self) -> str | None:
        """CloudTrail's id of the call."""
        return None if self.call is None else str(self.call.record.body["who"]["cloudtrail_event"])

    @property
    def agrees(self) -> bool:
        """Whether both name the same person; a decision without a call contradicts nothing."""
        return self.call is None or _same(self.decision, self.call)

    def to_json(self) -> dict[str, object]:
        """Everything, for programs."""
        return {
            "number": self.decision.number,
            "call": None if self.call is None else self.call.number,
            "cloudtrail_event": self.event,
            "agrees": self.agrees,
        }

    def __str__(self) -> str:
        """As a reader wants it, in one line."""
        said = f"record {self.decision.number}, {self.decision.kind} by {self.decision.who}"
        if self.call is None:
            return f"{said}: no call in CloudTrail is recorded"
        found = f"CloudTrail's event {self.event} (record {self.call.number})"
        return f"{said}: {found}" if self.agrees else f"{said}: CONTRADICTED, {found} names {self.call.who}"


def called(lines: Iterable[Line]) -> tuple[Called, ...]:
    """The decisions of persons, in the ledger's order, each with its call.

    It is the same person's call about the same version that decides the same, the nearest in time; where there is none,
    another person's at the very time, which contradicts the record.
    """
    held = list(lines)
    calls = [line for line in held if line.kind == "called"]
    return tuple(
        Called(decision=line, call=_call(line, calls))
        for line in held
        if line.who is not None and _decides(line) is not None
    )


def _decides(line: Line) -> str | None:
    body = line.record.body
    return _CALLED.get((line.kind, body.get("for", body.get("environment"))))


def _call(line: Line, calls: Iterable[Line]) -> Line | None:
    at, decides = datetime.fromisoformat(line.at), _decides(line)
    earliest = _LONGEST_ROLLBACK if line.kind == "rolled-back" else _CLOCKS_DIFFER
    found: list[tuple[bool, timedelta, Line]] = []
    for call in calls:
        if (call.version, call.record.body["decision"]) != (line.version, decides):
            continue
        before, others = at - datetime.fromisoformat(call.at), not _same(line, call)
        if abs(before) <= _ONE_CHANGE if others else -_CLOCKS_DIFFER <= before <= earliest:
            found.append((others, abs(before), call))
    return min(found, key=lambda each: each[:2])[2] if found else None


def _same(one: Line, other: Line) -> bool:
    """Whether two records name one person: addresses differ by more than their case."""
    return (one.who or "").casefold() == (other.who or "").casefold()

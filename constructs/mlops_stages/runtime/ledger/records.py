"""A record of a model's ledger, and the entry that becomes one."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from .codes import LedgerError
from .kinds import EVENT, NAME, SHA256, TIME, check_body, check_value
from .values import MOST_BYTES, Json, canonical, read_object, shown

FORMAT = "mlops-stages/ledger/1"
BEFORE_THE_FIRST = "0" * 64
"""What the first record has in the place of its predecessor's SHA-256."""

RECORDS, EVENTS = "ledger", "events"
"""The bucket's prefixes: the records, and which event is in which record."""

HIGHEST = 10**12 - 1
"""The highest number that a key has room for."""

_KEY = re.compile(r"([0-9]{12})\.json")
_ENTRY_FIELDS = {"kind", "event", "at", "body"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What somebody wants to have recorded: once, whoever sends it how often.

    Attributes:
        kind: one of `kinds.KINDS`.
        event: what makes it the same: two entries of one event are one record.
        at: when it happened, in UTC, as 2026-11-27T02:00:00Z.
        body: the fields of its kind.
    """

    kind: str
    event: str
    at: str
    body: Json

    def to_message(self) -> str:
        """The body of the message to the model's queue."""
        return canonical(dataclasses.asdict(self)).decode()


@dataclass(frozen=True, kw_only=True)
class Record(Entry):
    """An entry in its place: its number, and the SHA-256 of the bytes of the record before it.

    `recorded` is when the writer wrote it, by its clock; the bucket has S3's own.
    """

    team: str
    model: str
    number: int
    previous: str
    recorded: str

    def to_bytes(self) -> bytes:
        """The record's bytes: always the same for the same record. Error: LED-008."""
        content = canonical({"format": FORMAT, **dataclasses.asdict(self)})
        if len(content) > MOST_BYTES:
            raise LedgerError("LED-008", self.event, f"the record has {len(content)} bytes, at most {MOST_BYTES}")
        return content

    def says_the_same(self, entry: Entry) -> bool:
        """Whether this is the record of that entry."""
        return (self.kind, self.event, self.at, self.body) == (entry.kind, entry.event, entry.at, entry.body)


def read_entry(content: bytes, where: str) -> Entry:
    """Return the entry that a message holds. Errors: LED-001 to LED-008."""
    found = read_object(content, where)
    if found.keys() != _ENTRY_FIELDS:
        odd = sorted(found.keys() ^ _ENTRY_FIELDS)
        raise LedgerError("LED-002", where, f"missing or unknown: {', '.join(map(shown, odd[:5]))}")
    return Entry(**_checked(found, where))


def read_record(content: bytes, where: str) -> Record:
    """Return the record that an object holds, in canonical form. Errors: LED-001 to LED-008."""
    found = read_object(content, where)
    names = {"format", *(field.name for field in dataclasses.fields(Record))}
    if found.keys() != names:
        odd = sorted(found.keys() ^ names)
        raise LedgerError("LED-002", where, f"missing or unknown: {', '.join(map(shown, odd[:5]))}")
    if found.pop("format") != FORMAT:
        raise LedgerError("LED-005", f"{where}.format", f"it is not {FORMAT}")
    _checked(found, where)
    check_value(NAME, found["team"], f"{where}.team")
    check_value(NAME, found["model"], f"{where}.model")
    check_value(SHA256, found["previous"], f"{where}.previous")
    check_value(TIME, found["recorded"], f"{where}.recorded")
    if type(found["number"]) is not int or found["number"] < 1:
        raise LedgerError("LED-005", f"{where}.number", f"{shown(found['number'])} is not a number from 1 up")
    record = Record(**found)
    if record.to_bytes() != content:
        raise LedgerError("LED-001", where, "it is not in canonical form")
    return record


def _checked(found: dict[str, Any], where: str) -> dict[str, Any]:
    if not isinstance(found["kind"], str):
        raise LedgerError("LED-003", where, f"{shown(found['kind'])} is not a text")
    check_value(EVENT, found["event"], f"{where}.event")
    check_value(TIME, found["at"], f"{where}.at")
    check_body(found["kind"], found["body"], where)
    return found


def checksum(content: bytes) -> str:
    """The SHA-256 of some bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def file_name(number: int) -> str:
    """The last part of a record's key: as wide for every number, so that S3 lists records in order."""
    return f"{number:012d}.json"


def number_of(name: str) -> int | None:
    """The number that the last part of a key says; None where no record has such a name."""
    found = _KEY.fullmatch(name)
    return int(found[1]) or None if found is not None else None


def event_key(team: str, model: str, event: str) -> str:
    """Where it stands which record holds an event."""
    return f"{EVENTS}/{team}/{model}/{checksum(event.encode())}.json"

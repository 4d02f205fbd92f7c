"""A model's ledger in S3, to append to: an event becomes one record, however often it arrives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .codes import LedgerError
from .numbered import S3, NumberedObjects, Stored, create, error_code
from .records import BEFORE_THE_FIRST, RECORDS, Entry, Record, checksum, event_key, read_record
from .values import canonical, read_object, shown

_MOST_RACES = 8
_PAUSE_S = 0.05


@dataclass(frozen=True)
class Appended:
    """Where an entry is; `new` says whether this call wrote it."""

    number: int
    sha256: str
    new: bool


def utc_now() -> str:
    """The time, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Ledger:
    """The ledger of one model.

    Two writes make a record, and each of them may be the last that a writer makes: the record itself, under the next
    number, and an index entry under the event's hash, which says what record holds the event. Before record N+1 is
    written, the event of record N is indexed. So an event that is neither in the last record nor in the index is in no
    record, also after a writer that died in between. Two writers are as safe as one: the number is taken by
    `If-None-Match`, and who comes second begins anew.
    """

    s3: S3
    bucket: str
    team: str
    model: str
    now: Callable[[], str] = utc_now
    pause: Callable[[float], None] = time.sleep
    _objects: NumberedObjects = field(init=False)

    def __post_init__(self) -> None:
        """Find the ledger's place."""
        self._objects = NumberedObjects(self.s3, self.bucket, f"{RECORDS}/{self.team}/{self.model}/")

    def append(self, entry: Entry) -> Appended:
        """Record an entry, unless its event is recorded. Errors: LED-008, LED-020 to LED-024."""
        for race in range(_MOST_RACES):
            if race:
                self.pause(_PAUSE_S * 2**race)
            last = self._objects.last()
            if last is not None:
                record = self._record(last)
                self._index(record.event, last.number)
                if record.event == entry.event:
                    return self._known(entry, record, last)
            found = self._indexed(entry.event)
            if found is not None:
                return self._known(entry, *found)
            number = 1 if last is None else last.number + 1
            record = Record(
                team=self.team,
                model=self.model,
                number=number,
                previous=BEFORE_THE_FIRST if last is None else last.sha256,
                recorded=self.now(),
                kind=entry.kind,
                event=entry.event,
                at=entry.at,
                body=entry.body,
            )
            content = record.to_bytes()
            if self._objects.create(number, content):
                self._index(entry.event, number)
                return Appended(number, checksum(content), new=True)
        raise LedgerError("LED-024", self._where, f"{_MOST_RACES} times in a row")

    @property
    def _where(self) -> str:
        return f"{self.team}/{self.model}"

    def _record(self, stored: Stored) -> Record:
        where = f"{self._where} {stored.number}"
        try:
            record = read_record(stored.content, where)
        except LedgerError as error:
            raise LedgerError("LED-021", where, error.message) from error
        if (record.team, record.model, record.number) != (self.team, self.model, stored.number):
            raise LedgerError("LED-021", where, f"it says that it is {record.number} of {record.team}/{record.model}")
        return record

    def _known(self, entry: Entry, record: Record, stored: Stored) -> Appended:
        if not record.says_the_same(entry):
            raise LedgerError("LED-022", f"{self._where} {stored.number}", shown(entry.event))
        return Appended(stored.number, stored.sha256, new=False)

    def _index(self, event: str, number: int) -> None:
        content = canonical({"event": event, "number": number})
        create(self.s3, self.bucket, event_key(self.team, self.model, event), content)

    def _indexed(self, event: str) -> tuple[Record, Stored] | None:
        """The record that the index names, read and compared: an index that lies silences no event."""
        key = event_key(self.team, self.model, event)
        try:
            content: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read(4096)
        except self.s3.exceptions.ClientError as error:
            if error_code(error) == "NoSuchKey":
                return None
            raise
        where = f"{self.bucket}/{key}"
        try:
            number = read_object(content, where).get("number")
        except LedgerError as error:
            raise LedgerError("LED-023", where, error.message) from error
        if type(number) is not int or number < 1:
            raise LedgerError("LED-023", where, f"{shown(number)} is not the number of a record")
        found = self._objects.get(number)
        if found is None:
            raise LedgerError("LED-023", where, f"record {number} is not there")
        stored = Stored(number, found)
        record = self._record(stored)
        if record.event != event:
            raise LedgerError("LED-023", where, f"record {number} holds the event {shown(record.event)}")
        return record, stored

"""Whether a ledger is what its writer wrote: one pass over all versions, without AWS and without keys.

Nothing is kept of a record but the hash of its event: the memory grows by some 100 bytes a record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

from .codes import CODES, LedgerError
from .heads import HEADS, Head, SignedHead, read_head
from .records import BEFORE_THE_FIRST, RECORDS, Record, checksum, file_name, number_of, read_record
from .values import MOST_BYTES, shown

COMPLIANCE, GOVERNANCE = "COMPLIANCE", "GOVERNANCE"
STALE = timedelta(days=2)
"""How old the newest head may be: it is signed at least daily, and one run may fail."""

CLOCKS_DIFFER = timedelta(minutes=15)
"""By how much the writer's clock and S3's may differ: AWS refuses requests that are signed further off.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
"""

_SLACK = timedelta(days=1)  # S3 counts a retention from when it took the object, in whole days


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong: its code, the object, and what was seen."""

    code: str
    where: str
    what: str

    @property
    def fix(self) -> str:
        """What to do."""
        return CODES[self.code].fix

    def to_json(self) -> dict[str, str]:
        """Everything, for programs."""
        return {"code": self.code, "where": self.where, "what": self.what, "fix": self.fix}


@dataclass(frozen=True, kw_only=True)
class Locked:
    """The Object Lock of a version: COMPLIANCE or GOVERNANCE, and until when."""

    mode: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of an object, or a delete marker, as S3 lists it.

    `locked` is the version's Object Lock, None without one; it is compared where a retention is declared. `content` is
    None for a delete marker, and for what is larger than a record can be.
    """

    key: str
    version: str
    written: datetime
    content: bytes | None
    is_marker: bool = False
    size: int = 0
    locked: Locked | None = None


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What every version must be locked by."""

    mode: str
    days: int


@dataclass(frozen=True)
class Position:
    """The end of what was checked: the number of the last object and the SHA-256 of its bytes, None if unknown."""

    number: int = 0
    sha256: str | None = BEFORE_THE_FIRST


START = Position()


class _Linked(Protocol):
    @property
    def team(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def previous(self) -> str: ...


@dataclass
class _Chain:
    """Numbered objects under a prefix, each of which names its predecessor: records, or heads."""

    team: str
    model: str
    prefix: str
    retention: Retention | None
    position: Position = START
    _latest: str = ""

    def walk(
        self, versions: Iterable[Version], look: Callable[[Version, bytes, str], Iterator[Finding]]
    ) -> Iterator[Finding]:
        """Check keys, versions and order of a listing; `look` into each object that is there."""
        for key, group in groupby(versions, key=lambda each: each.key):
            found = list(group)
            number = number_of(key.removeprefix(self.prefix)) if key.startswith(self.prefix) else None
            if number is None:
                yield Finding(code="LED-109", where=shown(key), what=f"it has {len(found)} versions")
                continue
            yield from self._gap(number)
            original = yield from self._original(key, found)
            if original is None or original.content is None:
                self.position = Position(number, None)
                continue
            yield from look(original, original.content, key)
            self.position = Position(number, checksum(original.content))

    def link(self, linked: _Linked, key: str) -> Iterator[Finding]:
        """Compare what an object says of itself with where it is."""
        number = number_of(key.removeprefix(self.prefix))
        if linked.number != number:
            yield Finding(code="LED-106", where=key, what=f"it says that it is number {linked.number}")
        if (linked.team, linked.model) != (self.team, self.model):
            yield Finding(code="LED-107", where=key, what=f"it says that it is of {linked.team}/{linked.model}")
        if self.position.sha256 is not None and linked.previous != self.position.sha256:
            said = f"it names {linked.previous}, the SHA-256 before it is {self.position.sha256}"
            yield Finding(code="LED-104", where=key, what=said)

    def time(self, said: str, version: Version) -> Iterator[Finding]:
        """Compare the time that an object says with the one before it, and with when S3 took it."""
        if said < self._latest:
            yield Finding(code="LED-112", where=version.key, what=f"{said} is before {self._latest}")
        self._latest = max(said, self._latest)
        if abs(datetime.fromisoformat(said) - version.written) > CLOCKS_DIFFER:
            what = f"it says {said}, S3 took it at {_time(version.written)}"
            yield Finding(code="LED-113", where=version.key, what=what)

    def _gap(self, number: int) -> Iterator[Finding]:
        first, last = self.position.number + 1, number - 1
        if first <= last:
            missing = file_name(first) if first == last else f"{file_name(first)} to {file_name(last)}"
            yield Finding(code="LED-103", where=f"{self.prefix}{missing}", what=f"{last - first + 1} not there")
            self.position = Position(last, None)

    def _original(self, key: str, found: Sequence[Version]) -> Generator[Finding, None, Version | None]:
        """The version that was there first; S3 lists the newest first."""
        for marker in (each for each in found if each.is_marker):
            yield Finding(code="LED-102", where=f"{key}@{marker.version}", what=f"set at {_time(marker.written)}")
        versions = [each for each in reversed(found) if not each.is_marker]
        if not versions:
            return None
        original = min(versions, key=lambda each: each.written)
        others = [each for each in versions if each is not original]
        if others:
            told = ", ".join(f"{each.version} of {_time(each.written)}" for each in others[:5])
            yield Finding(code="LED-101", where=f"{key}@{original.version}", what=f"{len(others)} more: {told}")
        for each in versions:
            yield from self._lock(each)
        if original.content is None:
            yield Finding(code="LED-105", where=key, what=f"it has {original.size} bytes, at most {MOST_BYTES}")
        return original

    def _lock(self, version: Version) -> Iterator[Finding]:
        if self.retention is None:
            return
        where = f"{version.key}@{version.version}"
        if version.locked is None:
            yield Finding(code="LED-110", where=where, what="it has no Object Lock")
            return
        least = version.written + timedelta(days=self.retention.days) - _SLACK
        if version.locked.until < least:
            what = f"locked until {_time(version.locked.until)}, declared are {self.retention.days} days"
            yield Finding(code="LED-111", where=where, what=what)
        if self.retention.mode == COMPLIANCE != version.locked.mode:
            yield Finding(code="LED-111", where=where, what=f"locked in mode {version.locked.mode}")


@dataclass
class LedgerCheck:
    """A check of one model's ledger; `after` begins behind a record that is known.

    `position` is the end, once `findings` is through. `also` looks at each valid record, too, with its key.
    """

    team: str
    model: str
    retention: Retention | None = None
    heads: Sequence[Head] = ()
    after: Position = START
    also: Callable[[Record, str], Iterator[Finding]] | None = None
    position: Position = field(init=False, default=START)
    _events: set[int] = field(init=False, default_factory=set[int])

    def findings(self, versions: Iterable[Version]) -> Iterator[Finding]:
        """Check all versions and delete markers of the ledger's prefix, in S3's order: keys rising, newest first."""
        chain = _Chain(self.team, self.model, f"{RECORDS}/{self.team}/{self.model}/", self.retention, self.after)
        signed: dict[int, list[Head]] = {}
        for head in self.heads:
            signed.setdefault(head.records, []).append(head)

        def look(version: Version, content: bytes, key: str) -> Iterator[Finding]:
            try:
                record = read_record(content, key)
            except LedgerError as error:
                yield Finding(code="LED-105", where=key, what=f"{error.code}: {error.message}")
            else:
                yield from chain.link(record, key)
                yield from chain.time(record.recorded, version)
                yield from self._once(record, key)
                if self.also is not None:
                    yield from self.also(record, key)
            for head in signed.pop(number_of(key.removeprefix(chain.prefix)) or 0, ()):
                if head.sha256 != checksum(content):
                    what = f"head {head.number} of {head.at} names {head.sha256}"
                    yield Finding(code="LED-122", where=key, what=what)

        yield from chain.walk(versions, look)
        self.position = chain.position
        for records, heads in sorted(signed.items()):
            if records > chain.position.number:
                what = f"the last is {chain.position.number}; head {heads[0].number} of {heads[0].at} names {records}"
                yield Finding(code="LED-121", where=f"{chain.prefix}{file_name(records)}", what=what)

    def _once(self, record: Record, key: str) -> Iterator[Finding]:
        # Half of a SHA-256 tells apart what no attacker can make alike, in a fifth of the memory.
        event = int.from_bytes(hashlib.sha256(record.event.encode()).digest()[:16])
        if event in self._events:
            yield Finding(code="LED-108", where=key, what=f"the event is {shown(record.event)}")
        self._events.add(event)


@dataclass
class HeadsCheck:
    """A check of the signed heads of one model's ledger; `heads` are those that hold, once `findings` is through."""

    team: str
    model: str
    bucket: str
    holds: Callable[[bytes, bytes], bool]
    """Whether a signature (second) is the signer's, of some bytes (first)."""
    now: datetime
    retention: Retention | None = None
    heads: list[Head] = field(init=False, default_factory=list[Head])

    def findings(self, versions: Iterable[Version]) -> Iterator[Finding]:
        """Check all versions and delete markers of the heads' prefix, in S3's order."""
        chain = _Chain(self.team, self.model, f"{HEADS}/{self.team}/{self.model}/", self.retention)

        def look(version: Version, content: bytes, key: str) -> Iterator[Finding]:
            try:
                signed = read_head(content, key)
            except LedgerError as error:
                yield Finding(code="LED-105", where=key, what=f"{error.code}: {error.message}")
                return
            yield from chain.link(signed.head, key)
            yield from chain.time(signed.head.at, version)
            yield from self._signature(signed, key)

        yield from chain.walk(versions, look)
        if self.heads:
            newest = max(self.heads, key=lambda each: each.at)
            if self.now - datetime.fromisoformat(newest.at) > STALE:
                yield Finding(code="LED-124", where=chain.prefix, what=f"head {newest.number} is of {newest.at}")
        elif chain.position.number == 0:
            yield Finding(code="LED-124", where=chain.prefix, what="there is no head at all")

    def _signature(self, signed: SignedHead, key: str) -> Iterator[Finding]:
        if not self.holds(signed.head.to_bytes(), signed.signature):
            yield Finding(code="LED-120", where=key, what=f"head of {signed.head.at}, {signed.head.records} records")
            return
        if signed.head.bucket != self.bucket:
            yield Finding(code="LED-123", where=key, what=f"it is of the bucket {signed.head.bucket}")
        elif (signed.head.team, signed.head.model) == (self.team, self.model):
            self.heads.append(signed.head)


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")

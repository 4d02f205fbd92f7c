"""Reading and verifying the ledgers of a platform: as a stream, from the buckets of records and of signed heads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

from mlops_stages.audit.one_approval import Declared, OneApprovals
from mlops_stages.audit.public_key import PublicKey
from mlops_stages.runtime.ledger.checking import STALE, Finding, HeadsCheck, LedgerCheck, Retention, Version
from mlops_stages.runtime.ledger.codes import LedgerError
from mlops_stages.runtime.ledger.heads import HEADS
from mlops_stages.runtime.ledger.listing import Map, models, versions
from mlops_stages.runtime.ledger.numbered import S3
from mlops_stages.runtime.ledger.records import RECORDS, Record, read_record

MOST_FINDINGS = 500
"""Of one ledger: who replaced everything is found out by the first."""

_NEVER_SIGNED = "LED-124"


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a verification of one ledger found.

    Attributes:
        team: whose ledger it is.
        model: as well.
        records: how many records there are.
        signed: how many of them the newest sound head covers.
        signed_at: when that was signed; None without a head.
        findings: what is wrong, at most `MOST_FINDINGS`.
    """

    team: str
    model: str
    records: int
    signed: int
    signed_at: str | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def to_json(self) -> dict[str, object]:
        """Everything, for programs."""
        return {
            "team": self.team,
            "model": self.model,
            "sound": self.sound,
            "records": self.records,
            "signed": self.signed,
            "signed_at": self.signed_at,
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, kw_only=True)
class Line:
    """A record as a reader wants it: what happened to which version, when, and by whom."""

    number: int
    at: str
    kind: str
    version: str | None
    who: str | None
    record: Record

    @classmethod
    def of(cls, record: Record) -> Line:
        """The line of a record."""
        package, who = record.body.get("package_arn"), _mapping(record.body.get("who"))
        return cls(
            number=record.number,
            at=record.at,
            kind=record.kind,
            version=str(package).rpartition("/")[2] if package is not None else None,
            who=who.get("source_identity"),
            record=record,
        )


@dataclass
class _Seen:
    """Versions on their way to a check, with what is needed of them afterwards."""

    first: datetime | None = None

    def through(self, found: Iterable[Version]) -> Iterator[Version]:
        for version in found:
            if self.first is None or version.written < self.first:
                self.first = version.written
            yield version


@dataclass(frozen=True, kw_only=True)
class Ledgers:
    """The ledgers of a platform, where they are.

    `ledger_s3` and `heads_s3` are clients for the two buckets, of one caller or of two. `at_once` reads several objects
    at the same time. `declared` is what platform.yaml says of each model, as TEAM/MODEL, about releases without a
    second approval; of one that it lacks, two are asked for. Nothing is compared with it where it is None.
    """

    ledger_s3: S3
    heads_s3: S3
    ledger_bucket: str
    heads_bucket: str
    retention: Retention | None
    at_once: Map = field(default=map)
    declared: Mapping[str, Declared] | None = None

    def models(self) -> list[tuple[str, str]]:
        """Team and model of every ledger of which there is a record or a head, in order."""
        found = {
            *models(self.ledger_s3, self.ledger_bucket, RECORDS),
            *models(self.heads_s3, self.heads_bucket, HEADS),
        }
        return sorted(found)

    def verify(self, team: str, model: str, key: PublicKey, *, now: datetime | None = None) -> Verified:
        """Check heads and records of one ledger: signatures, chain, order, times, versions, markers, gaps and locks."""
        now = datetime.now(UTC) if now is None else now
        prefix = f"{HEADS}/{team}/{model}/"
        heads = HeadsCheck(team, model, self.ledger_bucket, key.holds, now, self.retention)
        listed = versions(self.heads_s3, self.heads_bucket, prefix, at_once=self.at_once)
        findings = list(islice(heads.findings(listed), MOST_FINDINGS))
        declared = None if self.declared is None else self.declared.get(f"{team}/{model}", Declared(risk=None))
        releases = OneApprovals(model, declared)
        check = LedgerCheck(team, model, self.retention, heads.heads, also=releases.look)
        seen = _Seen()
        records = seen.through(self._versions(team, model))
        findings += islice(check.findings(records), MOST_FINDINGS - len(findings))
        if not heads.heads and seen.first is not None and now - seen.first <= STALE:
            # It is younger than the signer's turn.
            findings = [finding for finding in findings if finding.code != _NEVER_SIGNED]
        newest = max(heads.heads, key=lambda head: head.number, default=None)
        return Verified(
            team=team,
            model=model,
            records=check.position.number,
            signed=0 if newest is None else newest.records,
            signed_at=None if newest is None else newest.at,
            findings=tuple(findings),
        )

    def records(self, team: str, model: str) -> Iterator[Line | Finding]:
        """The records of one ledger in order, and a finding in the place of each that is not valid.

        Of an object with several versions the oldest counts, as a verification says.
        """
        held: list[Version] = []
        for version in self._versions(team, model):
            if held and held[0].key != version.key:
                yield _line(held)
                held = []
            held.append(version)
        if held:
            yield _line(held)

    def _versions(self, team: str, model: str) -> Iterator[Version]:
        prefix = f"{RECORDS}/{team}/{model}/"
        return versions(self.ledger_s3, self.ledger_bucket, prefix, at_once=self.at_once)


def _mapping(value: object) -> dict[str, Any]:
    """A JSON object as it is; anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _line(held: list[Version]) -> Line | Finding:
    written = [each for each in held if not each.is_marker and each.content is not None]
    key = held[0].key
    if not written:
        return Finding(code="LED-105", where=key, what="nothing of it can be read")
    oldest = min(written, key=lambda each: each.written)
    try:
        return Line.of(read_record(oldest.content or b"", key))
    except LedgerError as error:
        return Finding(code="LED-105", where=key, what=f"{error.code}: {error.message}")

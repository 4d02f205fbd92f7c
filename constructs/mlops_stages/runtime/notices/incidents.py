"""What is kept of an alarm that went off: that it was held back, told, acknowledged, told on, and that it is over.

Each is an object of its own, written once, beside the figures of the monitors. Whoever acknowledges writes an object
that bears their name: IAM lets nobody write one under another's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from ..decisions.capture_files import listed
from ..ledger.numbered import S3, create

NOTICES = "notices"
"""The folder of the bucket of decisions."""
HELD, TOLD, TOLD_ON, OVER = "held-back.json", "told.json", "told-on.json", "over.json"
ACKNOWLEDGED = "acknowledged-by"
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"notices/endpoint=([^/]+)/alarm=([^/]+)/since=(\d{8}T\d{6}Z)/(.+)")
_PERSON = re.compile(r"acknowledged-by/[A-Z0-9]{1,128}:([A-Za-z0-9_+=,.@-]{2,64})\.json")
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Incident:
    """An alarm of an endpoint, and the moment in UTC at which it went off."""

    endpoint: str
    alarm: str
    since: datetime

    @property
    def folder(self) -> str:
        """Where all of it is kept, with a slash at its end."""
        return f"{folder_of(self.endpoint)}alarm={self.alarm}/since={self.since.astimezone(UTC).strftime(_STAMP)}/"

    def acknowledged_by(self, user_id: str) -> str:
        """The key under which somebody acknowledges, by what IAM calls `aws:userid`: ROLE-ID:SESSION."""
        return f"{self.folder}{ACKNOWLEDGED}/{user_id}.json"


@dataclass(frozen=True)
class Known:
    """An incident, and the names of what is kept of it."""

    incident: Incident
    kept: frozenset[str]

    @property
    def is_over(self) -> bool:
        """Whether the alarm was OK since, whether anybody was told or not."""
        return OVER in self.kept

    @property
    def is_open(self) -> bool:
        """Whether it was told and is not over."""
        return TOLD in self.kept and not self.is_over

    @property
    def is_held_back(self) -> bool:
        """Whether it waits for the end of a deployment, and nobody was told of it."""
        return HELD in self.kept and TOLD not in self.kept and not self.is_over

    @property
    def was_told_on(self) -> bool:
        """Whether those who come next were told."""
        return TOLD_ON in self.kept

    @property
    def acknowledged_by(self) -> tuple[str, ...]:
        """Who has acknowledged it."""
        return tuple(found[1] for each in sorted(self.kept) if (found := _PERSON.fullmatch(each)) is not None)


def short(alarm: str, prefixes: Mapping[str, str]) -> str | None:
    """How people name an alarm, by what its name begins with; None for one that is not the model's."""
    found = ((begin, said) for begin, said in prefixes.items() if alarm.startswith(begin) and alarm != begin)
    return next((said + alarm.removeprefix(begin) for begin, said in found), None)


def folder_of(endpoint: str) -> str:
    """Where the incidents of an endpoint are kept."""
    return f"{NOTICES}/endpoint={endpoint}/"


def known(s3: S3, bucket: str, endpoint: str, alarm: str | None = None) -> tuple[Known, ...]:
    """The incidents of an endpoint, or of one of its alarms, the newest first."""
    folder = folder_of(endpoint) + ("" if alarm is None else f"alarm={alarm}/")
    return from_keys(each.key for each in listed(s3, bucket, folder, ".json"))


def from_keys(keys: Iterable[str]) -> tuple[Known, ...]:
    """The incidents that objects are of, the newest first; other objects are passed over."""
    found: dict[Incident, set[str]] = {}
    for key in keys:
        if (parts := _NAME.fullmatch(key)) is None:
            continue
        try:
            since = datetime.strptime(parts[3], _STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.setdefault(Incident(parts[1], parts[2], since), set()).add(parts[4])
    ordered = sorted(found.items(), key=lambda each: (each[0].since, each[0].alarm), reverse=True)
    return tuple(Known(incident, frozenset(kept)) for incident, kept in ordered)


def keep(s3: S3, bucket: str, key: str, content: Mapping[str, Any]) -> bool:
    """Keep a record; False where it is there already."""
    return create(s3, bucket, key, json.dumps(content, sort_keys=True, separators=(",", ":")).encode() + b"\n")


def record(content: bytes) -> Mapping[str, Any]:
    """What a record says; nothing where it is none."""
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


def open_ones(every: Iterable[Known]) -> Iterator[Known]:
    """Those that are open."""
    return (each for each in every if each.is_open)

"""Hours in UTC, and where the objects of an hour lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .settings import Settings

ONE = timedelta(hours=1)
DECISIONS, MANIFESTS, QUARANTINE = FOLDERS = ("decisions", "manifests", "quarantine")
"""The folders of the bucket of decisions."""
LOCKED_DAYS = 184
"""How long nobody can delete from it. Half a year, whichever half: Articles 19 and 26 of the EU's AI Act ask for six
months of a high-risk system's logs.

Source: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
"""
_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:00:00Z")


@dataclass(frozen=True, order=True)
class Hour:
    """An hour by its first moment, which has the time zone UTC."""

    start: datetime

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + ONE

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H}:00:00Z"


def hour_of(text: str) -> Hour:
    """The hour that is written like 2026-11-27T09:00:00Z. ValueError for another text."""
    if not _FORM.fullmatch(text):
        message = "it is no hour"
        raise ValueError(message)
    return Hour(datetime.fromisoformat(text))


def hours_back(now: datetime, settings: Settings) -> list[Hour]:
    """The hours that are looked back at, the earliest first; the last is over for the time of settling."""
    last = (now.astimezone(UTC) - settings.settling).replace(minute=0, second=0, microsecond=0)
    return [Hour(last - ONE * back) for back in range(settings.look_back_hours, 0, -1)]


@dataclass(frozen=True)
class Place:
    """A variant's hour: where its files are captured, and where what becomes of them is kept."""

    settings: Settings
    variant: str
    hour: Hour

    @property
    def captured(self) -> str:
        """The folder of the bucket of captures."""
        return f"{self.captures}{self.hour.start:%Y/%m/%d/%H}/"

    @property
    def captures(self) -> str:
        """The folder that holds those of all hours, in their order."""
        return f"{self.settings.capture_prefix}/{self.settings.endpoint}/{self.variant}/"

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """What the keys of all that is kept of the variant start with, in the order of days, and those of the day."""
        return tuple((f"{folder}/{self._variant}/", f"{folder}/{self._day}/") for folder in FOLDERS)

    @property
    def decisions(self) -> str:
        """The key of the rows."""
        return self._key(DECISIONS, "decisions.parquet")

    @property
    def manifest(self) -> str:
        """The key of what was read."""
        return self._key(MANIFESTS, "hour.json")

    @property
    def quarantine(self) -> str:
        """The key of the list of refused lines."""
        return self._key(QUARANTINE, "hour.jsonl")

    def _key(self, kind: str, name: str) -> str:
        return f"{kind}/{self._day}/utc_hour={self.hour.start:%H}/{name}"

    @property
    def _variant(self) -> str:
        return f"endpoint={self.settings.endpoint}/variant={self.variant}"

    @property
    def _day(self) -> str:
        # `utc_`: a model's input may well be called `hour`, as one of the reference's is.
        return f"{self._variant}/utc_day={self.hour.start:%Y-%m-%d}"

    def __str__(self) -> str:
        return f"{self.settings.endpoint}/{self.variant} {self.hour}"

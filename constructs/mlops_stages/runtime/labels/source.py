"""Where the labels of an endpoint's decisions come from, and where those of a day are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args

from ..decisions.hours import MANIFESTS, QUARANTINE
from .codes import LabelsError

LABELS = "labels"
Type = Literal["binary", "number"]
"""Binary labels are 0 or 1, others are any finite number."""
MOST_DAYS = 400
_ENDPOINT = re.compile(r"[A-Za-z0-9](?:-*[A-Za-z0-9]){0,62}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]{1,100}(?:/[A-Za-z0-9_.-]{1,100}){0,9}")
_DAY = re.compile(r"/([0-9]{4})/([0-9]{2})/([0-9]{2})/")
_IN_DAY = re.compile(r"([01][0-9]|2[0-3])/[^/]+\.jsonl")
_HIDDEN = ("_", ".")


@dataclass(frozen=True, kw_only=True)
class LabelSource:
    """All of it. Error: LBL-001.

    Attributes:
        endpoint: whose decisions are labelled.
        bucket: where decisions are kept, and labels beside them.
        source_bucket: where the team puts its files.
        source_prefix: the folder in it that holds the years, such as `labels/late-arrival`.
        type: of the labels. Once it changes, the days of the look-back are read again.
        look_back_days: how many days, today's with it, are looked at for new files. Files have to stay for as long.
    """

    endpoint: str
    bucket: str
    source_bucket: str
    source_prefix: str
    type: Type
    look_back_days: int = 40

    def __post_init__(self) -> None:
        texts = {
            "endpoint": (_ENDPOINT, self.endpoint),
            "bucket": (_BUCKET, self.bucket),
            "source_bucket": (_BUCKET, self.source_bucket),
            "source_prefix": (_PREFIX, self.source_prefix),
        }
        for name, (form, value) in texts.items():
            if not isinstance(value, str) or not form.fullmatch(value):  # pyright: ignore[reportUnnecessaryIsInstance]  # from JSON
                raise LabelsError("LBL-001", "source", f"{name} cannot be {str(value)[:100]!a}")
        if self.type not in get_args(Type):
            raise LabelsError("LBL-001", self.endpoint, f"types of labels are {', '.join(get_args(Type))}")
        if type(self.look_back_days) is not int or not 1 <= self.look_back_days <= MOST_DAYS:
            raise LabelsError("LBL-001", self.endpoint, f"look_back_days is not 1 to {MOST_DAYS}")

    def days_back(self, now: datetime) -> list[date]:
        """The days that are looked at, in UTC, the earliest first, today the last."""
        today = now.astimezone(UTC).date()
        return [today - timedelta(days=back) for back in range(self.look_back_days - 1, -1, -1)]

    def day_of(self, key: str) -> date | None:
        """The day in whose folder a key of the source is; None where it is in none."""
        found = _DAY.match(key.removeprefix(self.source_prefix))
        try:
            return None if found is None else date.fromisoformat("-".join(found.groups()))
        except ValueError:
            return None

    def is_hidden(self, key: str) -> bool:
        """Whether a key of the source is no file of the team's: a folder's mark, or what Spark leaves."""
        parts = key.removeprefix(f"{self.source_prefix}/").split("/")
        return not parts[-1] or any(each.startswith(_HIDDEN) for each in parts)


@dataclass(frozen=True)
class Place:
    """A day of collection, in UTC: where its files are put, and where what becomes of them is kept."""

    source: LabelSource
    day: date

    @property
    def collected(self) -> str:
        """The folder of the source's bucket."""
        return f"{self.source.source_prefix}/{self.day:%Y/%m/%d}/"

    @property
    def labels(self) -> str:
        """The key of the rows."""
        return self._key(LABELS, "labels.parquet")

    @property
    def manifest(self) -> str:
        """The key of what was read."""
        return self._key(f"{MANIFESTS}/{LABELS}", "day.json")

    @property
    def quarantine(self) -> str:
        """The key of the list of refused lines."""
        return self._key(f"{QUARANTINE}/{LABELS}", "day.jsonl")

    def hour_of(self, key: str) -> datetime | None:
        """The hour, in UTC without a time zone, in which a file of the day's folder was collected; None for no such."""
        found = _IN_DAY.fullmatch(key.removeprefix(self.collected))
        return None if found is None else datetime.combine(self.day, time(int(found[1])))

    def _key(self, folder: str, name: str) -> str:
        return f"{folder}/endpoint={self.source.endpoint}/utc_day={self.day:%Y-%m-%d}/{name}"

    def __str__(self) -> str:
        return f"{self.source.endpoint} {self.day}"

"""The days or hours whose decisions are judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from .codes import MonitorError
from .sql import text

MOST_DAYS = 100
"""Of a window: AUC's interval takes time by the square of the days, half a second for 100."""


class Period(Protocol):
    """A span of time that decisions are taken from; as a text, what definitions of figures call it."""

    def holds(self, column: str) -> str:
        """The condition, in SQL, that a timestamp lies in it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Window:
    """Whole days, in UTC, by the time of the decision. Error: MON-003."""

    first: date
    days: int

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            raise MonitorError("MON-003", "window", f"it has {self.days} days, not 1 to {MOST_DAYS}")

    @property
    def end(self) -> date:
        """The first day that is not part of it."""
        return self.first + timedelta(days=self.days)

    def holds(self, column: str) -> str:
        """The condition, in SQL, that a timestamp lies in the window."""
        return _between(column, f"{self.first} 00:00:00", f"{self.end} 00:00:00")

    def __str__(self) -> str:
        """As definitions have it."""
        return f"{self.first} to {self.end - timedelta(days=1)}"


@dataclass(frozen=True, kw_only=True)
class LastHours:
    """Whole hours before a moment, in UTC, by the time of the decision."""

    end: datetime
    hours: int

    @property
    def first(self) -> datetime:
        """The first moment that is part of it."""
        return self.end - timedelta(hours=self.hours)

    def holds(self, column: str) -> str:
        """The condition, in SQL, that a timestamp lies in it."""
        since, until = (f"{each.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for each in (self.first, self.end))
        return _between(column, since, until)

    def __str__(self) -> str:
        """As definitions have it; the end is not part of it."""
        since, until = (f"{each.astimezone(UTC):%Y-%m-%d %H:%M}" for each in (self.first, self.end))
        return f"{since} to {until} UTC"


def _between(column: str, since: str, until: str) -> str:
    first, end = (f"CAST({text(each)} AS TIMESTAMP)" for each in (since, until))
    return f"({column} >= {first} AND {column} < {end})"

"""The days whose decisions are judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .codes import MonitorError
from .sql import text

MOST_DAYS = 100
"""Of a window: AUC's interval takes time by the square of the days, half a second for 100."""


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
        since, until = (f"CAST({text(f'{day} 00:00:00')} AS TIMESTAMP)" for day in (self.first, self.end))
        return f"({column} >= {since} AND {column} < {until})"

    def __str__(self) -> str:
        """As definitions have it."""
        return f"{self.first} to {self.end - timedelta(days=1)}"

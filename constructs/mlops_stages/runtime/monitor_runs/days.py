"""The day of a run: which decisions it judges, and where what it finds is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ..decisions.hours import DECISIONS, LOCKED_DAYS, MANIFESTS
from ..labels.source import LABELS
from ..monitors.codes import MonitorError
from ..monitors.window import Window
from .intervals import DAY_HOURS, hours_known
from .settings import Settings

MONITORS = "monitors"
"""The folder of the bucket of decisions."""
CHALLENGES = "challenges"
"""The folder of the bucket of requests that candidates are judged on."""
RUNS_AT = time(5, 30)
"""When the monitors run each day, in UTC."""
HOURS_KNOWN = hours_known(DAY_HOURS)
"""How long a day's figures count."""


@dataclass(frozen=True)
class Folders:
    """The folders of days or hours in a folder, which sort as those do: how keys in the first and the last begin."""

    folder: str
    first: str
    last: str

    def holds(self, key: str) -> bool:
        """Whether a key of the folder is in one of them."""
        return self.first <= key and (key < self.last or key.startswith(self.last))


@dataclass(frozen=True)
class RunDay:
    """A day in UTC on which the monitors run once, and the moment that it stands for."""

    settings: Settings
    at: datetime

    @property
    def day(self) -> date:
        """The day."""
        return self.at.astimezone(UTC).date()

    @property
    def window(self) -> Window:
        """The days that are judged: all of their labels have come by now, if they come when they are declared to."""
        return window_of(self.at, self.settings.delay, self.settings.window_days)

    def decisions(self, variant: str) -> Folders:
        """The folders of a variant's decisions, day by day: of the window and since."""
        return self._of(f"{DECISIONS}/endpoint={self.settings.endpoint}/variant={variant}/")

    @property
    def labels(self) -> Folders:
        """The folders of the labels that may be of those decisions, by the day on which they were collected."""
        return self._of(f"{LABELS}/endpoint={self.settings.endpoint}/")

    @property
    def figures(self) -> str:
        """The key of the figures: a line of JSON each."""
        return figures_of(self.settings.endpoint, self.day)

    @property
    def record(self) -> str:
        """The key of what the run was made of."""
        return record_of(self.settings.endpoint, self.day)

    @property
    def requests(self) -> str:
        """The key of the requests that candidates are judged on, in the bucket for them."""
        return f"{CHALLENGES}/endpoint={self.settings.endpoint}/utc_day={self.day}/requests.csv.gz"

    def _of(self, folder: str) -> Folders:
        first, last = (f"{folder}utc_day={day}/" for day in (self.window.first, self.day))
        return Folders(folder, first, last)

    def __str__(self) -> str:
        return f"{self.settings.endpoint} {self.day}"


def window_of(at: datetime, delay: timedelta, days: int) -> Window:
    """The days that a run judges, which stands for a moment. OverflowError where there are no such days."""
    end = (at.astimezone(UTC) - delay).date()
    return Window(first=end - timedelta(days=days), days=days)


def figures_of(endpoint: str, day: date) -> str:
    """The key of what an endpoint's run of a day has found."""
    return f"{MONITORS}/endpoint={endpoint}/utc_day={day}/figures.jsonl"


def record_of(endpoint: str, day: date) -> str:
    """The key of what that run was made of."""
    return f"{MANIFESTS}/{MONITORS}/endpoint={endpoint}/utc_day={day}/run.json"


def run_day(settings: Settings, at: str, now: datetime | None = None) -> RunDay:
    """The day in UTC of a moment, as EventBridge Scheduler writes it; it stands for the same time on every day.

    People may name the moment, too: what is judged follows from the day alone. With `now`, a day is refused of whose
    decisions some may be gone: fewer of them would take the place of what was found.
    Errors: MON-031, MON-039.
    """
    try:
        moment = datetime.fromisoformat(at)
        day = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()
        found = RunDay(settings, datetime.combine(day, RUNS_AT, UTC))
        first = found.window.first
    except (ValueError, OverflowError) as error:
        raise MonitorError("MON-031", settings.endpoint, f"{at[:40]!a} is no time") from error
    if now is not None and first < now.astimezone(UTC).date() - timedelta(days=LOCKED_DAYS):
        raise MonitorError("MON-039", str(found), f"it judges decisions since {first}")
    return found

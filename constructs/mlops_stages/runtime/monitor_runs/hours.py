"""The hour of a run that measures drift alone: which decisions it is about, and where what it finds is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..decisions.hours import DECISIONS, LOCKED_DAYS, MANIFESTS, ONE, Hour
from ..monitors.codes import MonitorError
from ..monitors.window import LastHours
from .days import MONITORS, Folders
from .intervals import DAYS
from .settings import Settings

DRIFT = "drift"
"""The folder of an endpoint's figures by the hour, and what an event names to have them measured.

Not in the folder of a day: the table of the days' figures reads all that lies there.
"""
MINUTE = 42
"""When an hour's run is due. The hour before is read by then: its reader looks at 12 past, for 15 minutes at most."""
WINDOW_HOURS = 24 * DAYS


@dataclass(frozen=True)
class RunHour:
    """An hour in UTC in which drift is measured, of decisions that were made before it."""

    settings: Settings
    hour: Hour

    @property
    def at(self) -> datetime:
        """The moment that it stands for."""
        return self.hour.start + timedelta(minutes=MINUTE)

    @property
    def window(self) -> LastHours:
        """The decisions that are compared with the baseline: as many hours as a day's run takes, up to this hour."""
        return LastHours(end=self.hour.start, hours=WINDOW_HOURS)

    @property
    def decisions(self) -> Folders:
        """The folders of the decisions that callers got, hour by hour."""
        folder = f"{DECISIONS}/endpoint={self.settings.endpoint}/variant={self.settings.variant}/"
        first, last = (f"{folder}{_folders(each)}/" for each in (self.window.first, self.hour.start - ONE))
        return Folders(folder, first, last)

    @property
    def figures(self) -> str:
        """The key of the figures: a line of JSON each."""
        return figures_at(self.settings.endpoint, self.hour)

    @property
    def record(self) -> str:
        """The key of what the run was made of."""
        return record_at(self.settings.endpoint, self.hour)

    def __str__(self) -> str:
        return f"{self.settings.endpoint} {self.hour}"


def folder_of(endpoint: str) -> str:
    """What keys of an endpoint's figures by the hour start with; those of their records, after `manifests/`."""
    return f"{MONITORS}/endpoint={endpoint}/{DRIFT}/"


def figures_at(endpoint: str, hour: Hour) -> str:
    """The key of what an endpoint's run of an hour has found."""
    return f"{folder_of(endpoint)}{_folders(hour.start)}/figures.jsonl"


def record_at(endpoint: str, hour: Hour) -> str:
    """The key of what that run was made of."""
    return f"{MANIFESTS}/{folder_of(endpoint)}{_folders(hour.start)}/run.json"


def hour_at(moment: datetime) -> Hour:
    """The hour in UTC that a moment is in."""
    return Hour(moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))


def run_hour(settings: Settings, at: str, now: datetime) -> RunHour:
    """The hour in UTC of a moment, as EventBridge Scheduler writes it; it stands for the same minute of every hour.

    People may name the moment, too: what is measured follows from the hour alone.
    Errors: MON-031; MON-039 where some of its decisions may be gone; MON-040 where drift is not measured at that hour.
    """
    try:
        moment = datetime.fromisoformat(at)
        found = RunHour(settings, hour_at(moment if moment.tzinfo else moment.replace(tzinfo=UTC)))
        first = found.window.first.date()
    except (ValueError, OverflowError) as error:
        raise MonitorError("MON-031", settings.endpoint, f"{at[:40]!a} is no time") from error
    drift = settings.drift
    if drift is None or not drift.is_hourly:
        raise MonitorError("MON-040", settings.endpoint, "its drift is not measured by the hour")
    if found.hour.start.hour % drift.every_hours:
        raise MonitorError("MON-040", str(found), f"its drift is measured every {drift.every_hours} hours from 00:00")
    if first < now.astimezone(UTC).date() - timedelta(days=LOCKED_DAYS):
        raise MonitorError("MON-039", str(found), f"it judges decisions since {first}")
    return found


def _folders(moment: datetime) -> str:
    return f"utc_day={moment:%Y-%m-%d}/utc_hour={moment:%H}"

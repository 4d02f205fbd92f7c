"""What is known of a model where it serves its callers: releases, monitors, alarms, captured decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mlops_stages.model_page.cost import Cost
from mlops_stages.runtime.monitor_runs.days import RUNS_AT
from mlops_stages.runtime.monitor_runs.hourly_record import MeasuredHour
from mlops_stages.runtime.monitor_runs.record import Candidate, Labelled
from mlops_stages.runtime.monitor_runs.settings import Settings
from mlops_stages.runtime.monitor_runs.verdict import Verdict
from mlops_stages.runtime.monitors.figures import Figure

MOST_RUNS = 60
"""The newest that are looked at."""
MOST_NOTICES = 10
"""Alarms that went off, whose notices are looked at."""
MOST_REFUSED = 5
"""Lines in quarantine that are named."""
HOURS = 24
"""Of captured decisions."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of the monitors: what it judged, by what, and what it said."""

    day: date
    window: str
    settings: Settings
    labelled: Labelled
    figures: tuple[Figure, ...]
    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()

    @property
    def at(self) -> datetime:
        """When it was due."""
        return datetime.combine(self.day, RUNS_AT, UTC)

    @property
    def version(self) -> str | None:
        """The number of the version that it judged."""
        return None if self.labelled.package is None else version_of(self.labelled.package)


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What serves production since when, and who let it; as the releases say.

    `risk` is the class by which it needed no second approval; None where it had one.
    """

    version: int
    package: str
    since: str
    configuration: str
    approved_by: str | None
    released_by: str | None
    risk: str | None = None


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm of the model; `since` is None for one that is deployed and that CloudWatch does not know."""

    name: str
    state: str
    since: datetime | None
    reason: str
    topics: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody should look at it."""
        return self.state != "OK"


@dataclass(frozen=True, kw_only=True)
class Gap:
    """An hour of which less was captured than is to be, in percent."""

    hour: datetime
    share: float


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A line in quarantine: its file, its number in it, and why; line 0 is the whole file."""

    file: str
    line: int
    code: str


@dataclass(frozen=True, kw_only=True)
class Captured:
    """The decisions of the last whole hours, as far as they were read.

    Attributes:
        end: the first moment after them.
        read: hours that have a manifest. An hour without requests has none.
        rows: decisions.
        refused: lines in quarantine.
        packages: decisions by the version that made them.
        gaps: hours that are not whole.
        refused_lines: the first of the lines in quarantine, at most `MOST_REFUSED`, of the newest hours.
    """

    end: datetime
    read: int
    rows: int
    refused: int
    packages: Mapping[str, int]
    gaps: tuple[Gap, ...]
    refused_lines: tuple[Refused, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What was told of an alarm that went off, or why nobody was told.

    Attributes:
        alarm: as people name it.
        since: when it went off.
        told: who was told first; empty where nobody was, since it was held back.
        held_back: the version during whose deployment it was held back; None where it was not.
        sentence: what has happened.
        told_on: who was told next; None where nobody was.
        acknowledged_by: who takes care of it.
        over: whether it is over.
    """

    alarm: str
    since: datetime
    told: str
    sentence: str
    told_on: str | None
    acknowledged_by: tuple[str, ...]
    over: bool
    held_back: str | None = None


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What the account that the model serves in says: its monitors, alarms and decisions.

    Attributes:
        runs: the newest, at most `MOST_RUNS`, the newest first.
        unread: days of those whose record or figures are none, or do not belong together.
        alarms: all of the model.
        refused_labels: lines and files of labels in quarantine, of the newest run's day and the day before.
        captured: decisions of the last hours.
        notices: what was told of the newest alarms, at most `MOST_NOTICES`, the newest first.
        hour: the newest measurement of drift within the day, of this day or the one before; None without one.
        refused_label_lines: the first of the lines that `refused_labels` counts, at most `MOST_REFUSED`.
    """

    runs: tuple[Run, ...]
    unread: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    refused_labels: int
    captured: Captured
    notices: tuple[Notice, ...] = ()
    hour: MeasuredHour | None = None
    refused_label_lines: tuple[Refused, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it.

    Attributes:
        model: TEAM/MODEL.
        owner: who answers for it.
        now: the moment that it is told at.
        serving: None where nothing was released.
        releases_unread: why the releases were not read; None where they were.
        watched: None where platform.yaml declares no labels.
        retraining: `runs` and `next`, as the releases say; None where it is not declared, or was not read.
        cost: what it costs a month, estimated; None where it serves nobody.
    """

    model: str
    owner: str
    now: datetime
    serving: Serving | None
    releases_unread: str | None
    watched: Watched | None
    retraining: Mapping[str, Any] | None = None
    cost: Cost | None = None


def version_of(package: str) -> str:
    """The number at the end of a package's ARN."""
    return package.rpartition("/")[2]


def next_run(now: datetime) -> datetime:
    """When the monitors run next."""
    today = datetime.combine(now.astimezone(UTC).date(), RUNS_AT, UTC)
    return today if today > now else today + timedelta(days=1)


def open_alarms(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Those that somebody should look at: what rings first, then what knows nothing, each by its name."""
    return sorted((each for each in alarms if each.is_open), key=lambda each: (each.state != "ALARM", each.name))

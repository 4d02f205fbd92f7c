"""What the newest run of the monitors says of what an alarm is about, as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..decisions.stored import fetched
from ..ledger.numbered import S3
from ..monitor_runs import record as records
from ..monitor_runs import settings as monitors
from ..monitor_runs.days import figures_of, record_of
from ..monitor_runs.hourly_record import measured_hour
from ..monitor_runs.hours import figures_at, hour_at, record_at
from ..monitor_runs.intervals import HOURS, hours_known
from ..monitor_runs.numbers import counted
from ..monitor_runs.record import Record
from ..monitor_runs.sentences import basis, moved, said
from ..monitor_runs.verdict import CALIBRATION_RATIO, verdict
from ..monitors.codes import MonitorError
from ..monitors.figures import Figure

_WAITS = (0.0, 1.0, 3.0)
"""Seconds before each look for the run of the day on which the alarm went off; then that of the day before counts."""
_ONE_DAY, _ONE_HOUR = timedelta(days=1), timedelta(hours=1)
_DRIFT = "score-drift"


@dataclass(frozen=True)
class Run:
    """A run: what it was told, what it was made of, and what it has found."""

    settings: monitors.Settings
    record: Record
    figures: Sequence[Figure]

    @property
    def is_hourly(self) -> bool:
        """Whether drift is measured within the day, too."""
        return self.settings.drift is not None and self.settings.drift.is_hourly

    def figure(self, name: str, of: str) -> Figure | None:
        """One of its figures."""
        return next((each for each in self.figures if (each.name, each.of) == (name, of)), None)


def evidence(
    s3: S3, bucket: str, endpoint: str, short: str, since: datetime, pause: Callable[[float], None]
) -> str | None:
    """What the newest run says of what an alarm is about; None where it says nothing of that, or there is none.

    `short` is how people name the alarm, which says what it is about. A run publishes its metrics before it writes its
    record, so that an alarm may be faster than the record of its day.
    """
    say = _SAY.get(short)
    if say is None:
        return None
    run = None
    for wait in _WAITS:
        pause(wait)
        found = _of_the_hour(s3, bucket, endpoint, since) if short == _DRIFT else None
        if found is not None:
            return found
        run = _run(s3, bucket, endpoint, since.date())
        if run is not None and not (short == _DRIFT and run.is_hourly):
            return say(run)
    if short == _DRIFT:
        # As many hours as the alarm looks at.
        for back in range(1, hours_known(max(HOURS))):
            found = _of_the_hour(s3, bucket, endpoint, since - back * _ONE_HOUR)
            if found is not None:
                return found
    run = run or _run(s3, bucket, endpoint, since.date() - _ONE_DAY)
    return None if run is None else say(run)


def _of_the_hour(s3: S3, bucket: str, endpoint: str, at: datetime) -> str | None:
    """What was measured within the day, in the hour of a moment; None where nothing was."""
    hour = hour_at(at)
    record, figures = (fetched(s3, bucket, key(endpoint, hour)).content for key in (record_at, figures_at))
    found = measured_hour(record, figures)
    said_of_it = None if found is None else moved(found.settings, found.figures)
    return None if found is None or said_of_it is None else f"{said_of_it}; {found.record.window}"


def _run(s3: S3, bucket: str, endpoint: str, day: date) -> Run | None:
    """The run of a day; None where there is none, or what is kept of it does not belong together."""
    record = records.read(fetched(s3, bucket, record_of(endpoint, day)).content)
    if record is None:
        return None
    lines = fetched(s3, bucket, figures_of(endpoint, day)).content
    if records.sha256(lines) != record.figures_sha256:
        return None
    try:
        settings = monitors.read({monitors.VARIABLE: record.settings})
        return Run(settings, record, records.figures_of(lines))
    except (ValueError, TypeError, LookupError, MonitorError):
        return None


def _calibration(run: Run) -> str | None:
    return _deciding(run, CALIBRATION_RATIO)


def _quality(run: Run) -> str | None:
    return None if run.settings.quality is None else _deciding(run, run.settings.quality.metric)


def _deciding(run: Run, name: str) -> str | None:
    figure = run.figure(name, run.settings.endpoint)
    if figure is None:
        return None
    return f"{said(run.settings, figure)}; {basis(run.settings, run.record.window, run.record.labelled)}"


def _bias(run: Run) -> str | None:
    """The gaps that are too wide."""
    breaches = verdict(run.settings, run.record.labelled, run.figures).breaches
    told = [said(run.settings, each.figure) for each in breaches if each.kind == "bias"]
    if not told:
        return None
    return f"{', and '.join(told)}; {basis(run.settings, run.record.window, run.record.labelled)}"


def _drift(run: Run) -> str | None:
    return moved(run.settings, run.figures)


def _labels(run: Run) -> str:
    labelled = run.record.labelled
    told = (
        f"{labelled.labelled:,} of {counted(labelled.decisions, 'decision')} in the window have a label; labels of "
        f"{labelled.contradictory:,} contradict each other"
    )
    if labelled.repeated_ids:
        told += f"; {labelled.repeated_ids:,} share their id with others, so that no label reaches them by it"
    if labelled.behind_hours is None:
        return told
    return f"{told}; labels are {labelled.behind_hours:.0f} hours later than declared"


_SAY = {
    "overestimates": _calibration,
    "underestimates": _calibration,
    "quality": _quality,
    "bias": _bias,
    _DRIFT: _drift,
    "labels-behind": _labels,
    "labels-contradict": _labels,
    "labels-refused": _labels,
}

"""What a model's page says, in its order: for a terminal, a browser, and programs alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_stages.model_page.answer import Answer, answer
from mlops_stages.model_page.cost import PRICES_OF, bill
from mlops_stages.model_page.facts import (
    HOURS,
    Alarm,
    Captured,
    Facts,
    Notice,
    Refused,
    Run,
    next_run,
    open_alarms,
    version_of,
)
from mlops_stages.runtime.monitor_runs.numbers import between, counted, moment, number, percent
from mlops_stages.runtime.monitor_runs.record import Candidate
from mlops_stages.runtime.monitor_runs.sentences import moved
from mlops_stages.runtime.monitors.figures import Figure
from mlops_stages.runtime.retraining.overview import sentences

WITHOUT_LABELS = "No alarm is read, and no figure: a model without labels has no role that sees them."


@dataclass(frozen=True, kw_only=True)
class Row:
    """A figure as it is shown."""

    figure: Figure
    endpoint: str

    @property
    def of(self) -> str:
        """What it is about: the version that is judged, or a part of what it decided."""
        return "the version" if self.figure.of == self.endpoint else self.figure.of

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Name, of, value, interval, rows; why, where there is none."""
        each = self.figure
        interval = between(each) if each.low is not None and each.high is not None else each.why or between(each)
        return each.name, self.of, number(each.value), interval, f"{each.rows:,}"


COLUMNS = ("figure", "of", "value", "95 % interval", "rows")


@dataclass(frozen=True, kw_only=True)
class Page:
    """The facts, and what follows from them."""

    facts: Facts

    @property
    def answer(self) -> Answer:
        """Whether the model is right."""
        return answer(self.facts)

    @property
    def newest(self) -> Run | None:
        """The newest run of the monitors."""
        watched = self.facts.watched
        return watched.runs[0] if watched is not None and watched.runs else None

    @property
    def open(self) -> list[Alarm]:
        """Alarms that somebody should look at."""
        return [] if self.facts.watched is None else open_alarms(self.facts.watched.alarms)

    @property
    def rows(self) -> list[Row]:
        """The figures of the newest run."""
        newest = self.newest
        if newest is None:
            return []
        return [Row(figure=each, endpoint=newest.settings.endpoint) for each in newest.figures]

    def serving(self) -> Iterator[str]:
        """What serves production."""
        facts = self.facts
        if facts.releases_unread is not None:
            yield facts.releases_unread
        elif facts.serving is None:
            yield "Nothing was released to production."
        else:
            found = facts.serving
            yield f"Version {found.version} since {found.since}, by {found.configuration}."
            yield f"Package {found.package}."
            first = f"Approved for staging by {found.approved_by or 'nobody named'}, for production by "
            if found.risk is None:
                yield f"{first}{found.released_by or 'nobody named'}."
            else:
                yield f"{first}nobody: retraining has trained it, and the model was of {found.risk} risk."
        captured = None if facts.watched is None else facts.watched.captured
        if captured is not None and captured.packages:
            yield f"In the last {HOURS} hours {_answered(captured)}."

    def alarms(self) -> str:
        """How many are open."""
        if self.facts.watched is None:
            return WITHOUT_LABELS
        count, known = len(self.open), len(self.facts.watched.alarms)
        if not count:
            return f"None is open, of {counted(known, 'alarm')}."
        return (
            f"{count} of {counted(known, 'alarm')} {'is' if count == 1 else 'are'} open. {self.facts.owner} is told by "
            f"mail of those in ALARM, and acknowledges them: mlops-stages ack {self.facts.model} ALARM"
        )

    def told(self) -> Iterator[str]:
        """What was told to whom, and who takes care of it, the newest first."""
        for each in () if self.facts.watched is None else self.facts.watched.notices:
            state = "over" if each.over else "open"
            yield f"{each.alarm} of {moment(each.since)}, {state}: {_told(each)}. {each.sentence}"

    def labels(self) -> Iterator[tuple[str, str]]:
        """How much is known about what became of decisions, and about the decisions themselves."""
        watched, run = self.facts.watched, self.newest
        if watched is None:
            return
        if run is not None:
            found = run.labelled
            yield "labelled", f"{percent(found.labelled, found.decisions)} of {counted(found.decisions, 'decision')}"
            yield "days with labels", f"{found.days} of {run.settings.window_days}"
            yield "labels behind", _behind(found.behind_hours, run.settings.delay_hours)
            yield "contradictory", counted(found.contradictory, "decision")
            yield "corrected", counted(found.corrected, "decision")
            yield "unmatched", counted(found.unmatched, "label")
            if found.repeated_ids:
                of = counted(found.repeated_ids, "decision")
                yield "ids that are not unique", f"{of}: labels reach such a decision by the request's id alone"
            yield "labels in quarantine", counted(watched.refused_labels, "line")
            yield from map(_refused, watched.refused_label_lines)
            for each in run.candidates:
                yield f"candidate version {version_of(each.package)}", _said_of(each)
        hour = watched.hour
        drift = None if hour is None else moved(hour.settings, hour.figures)
        if hour is not None:
            yield "drift by the hour", f"{drift or 'not known: there are no decisions'}; {hour.record.window}"
        captured = watched.captured
        yield f"captured in {HOURS} hours", f"{counted(captured.rows, 'decision')} in {counted(captured.read, 'hour')}"
        yield "refused as decisions", counted(captured.refused, "line")
        yield from map(_refused, captured.refused_lines)
        gaps = ", ".join(f"{each.hour:%Y-%m-%d %H}:00 ({each.share:.1f} %)" for each in captured.gaps)
        yield "hours with gaps", gaps or "none"

    def costs(self) -> Iterator[tuple[str, str]]:
        """What it costs a month in production: an estimate, and how to see the bill."""
        cost = self.facts.cost
        if cost is None:
            return
        for part in cost.parts:
            yield part.name, f"{part.usd:.2f} USD: {part.of}"
        yield "together", f"{cost.usd:.2f} USD a month, an estimate by {PRICES_OF}"
        yield "besides, by use", cost.by_use
        name = self.facts.model.rpartition("/")[2]
        yield "the bill", f"in the account that pays, where the tag `model` is active: {bill(name, self.facts.now)}"

    def next(self) -> str:
        """When it is judged next."""
        if self.facts.watched is None:
            return "It is not judged."
        return f"It is judged next on {moment(next_run(self.facts.now))}."

    def retraining(self) -> tuple[str, ...]:
        """When it was trained again, what became of that, and when it is next."""
        return () if self.facts.retraining is None else tuple(sentences(self.facts.retraining))

    def unread(self) -> str | None:
        """Runs that say nothing."""
        days = () if self.facts.watched is None else self.facts.watched.unread
        return f"Runs whose files are not what was kept: {', '.join(days)}. Run these days again." if days else None


def _told(notice: Notice) -> str:
    """Who was told, and who takes care of it; or why nobody was told."""
    held = None if notice.held_back is None else f"held back while {notice.held_back} was being deployed"
    if not notice.told and held is not None:
        return f"{held}, not told"
    people = notice.acknowledged_by
    parts = [
        *([] if held is None else [held]),
        f"told {notice.told}",
        *([] if notice.told_on is None else [f"told on to {notice.told_on}"]),
        f"acknowledged by {', '.join(people)}" if people else "not acknowledged",
    ]
    return ", ".join(parts)


def _refused(line: Refused) -> tuple[str, str]:
    return line.code, f"{line.file}, {f'line {line.line}' if line.line else 'the whole file'}"


def _behind(hours: float | None, declared: int) -> str:
    if hours is None:
        return "not known: no decision is old enough"
    return f"{hours:.1f} h more than the {declared} h that are declared" if hours else "no"


def _said_of(candidate: Candidate) -> str:
    if candidate.is_better is None:
        return f"not known: {candidate.why}"
    difference = f"{candidate.figure.name} {number(candidate.figure.value)} ({between(candidate.figure)})"
    return f"{'better' if candidate.is_better else 'not better'}: {difference}"


def _answered(captured: Captured) -> str:
    by_rows = sorted(captured.packages.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"version {version_of(package)} made {counted(rows, 'decision')}" for package, rows in by_rows)

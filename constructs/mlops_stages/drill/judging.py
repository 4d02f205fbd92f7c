"""What the monitors said on each morning of a drill, read back from the objects that their runs have kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from mlops_stages.drill.facts import Bounded, Day, Judged, Proof
from mlops_stages.drill.stage import Stage
from mlops_stages.model_page import Run
from mlops_stages.runtime.decisions.hours import MANIFESTS
from mlops_stages.runtime.monitor_runs.days import MONITORS
from mlops_stages.runtime.monitor_runs.settings import DRIFTS
from mlops_stages.runtime.monitor_runs.verdict import CALIBRATION_RATIO, is_enough
from mlops_stages.runtime.monitors.figures import Figure

_MOST = 400
"""Runs: a year and a month."""


def judged(stage: Stage) -> list[Judged]:
    """The runs since the drill began, the earliest first."""
    if stage.first_day is None:
        return []
    runs, _ = stage.source.runs(stage.bucket, _MOST)
    return [_judged(stage, run) for run in reversed(runs) if run.day > stage.first_day]


def _judged(stage: Stage, run: Run) -> Judged:
    figures = {each.name: each for each in run.figures if each.of == stage.endpoint}
    quality, drift = run.settings.quality, run.settings.drift
    moved = None if drift is None else _of(run.figures, DRIFTS[drift.metric], "score")
    return Judged(
        clock=run.day,
        stream=stream_of(stage.days, run.day),
        version=run.version or "",
        decisions=run.labelled.decisions,
        labelled=run.labelled.labelled,
        calibration=_bounded(figures.get(CALIBRATION_RATIO)),
        quality=_bounded(None if quality is None else figures.get(quality.metric)),
        drift=None if moved is None else moved.value,
        is_known=is_enough(run.settings, run.labelled),
        breaches=tuple(sorted(breach.figure.name for breach in run.verdict.breaches)),
        proofs=tuple(_proofs(stage, run)),
    )


def _proofs(stage: Stage, run: Run) -> Iterator[Proof]:
    own = f"endpoint={stage.endpoint}/utc_day={run.day}"
    where = f"s3://{stage.bucket}"
    yield Proof(kind="object", where=f"{where}/{MONITORS}/{own}/figures.jsonl")
    yield Proof(kind="object", where=f"{where}/{MANIFESTS}/{MONITORS}/{own}/run.json", says=f"window {run.window}")


def stream_of(days: Sequence[Day], clock: date) -> date:
    """The day of the stream that was played on a day of the clock, or last before it."""
    return max((day for day in days if day.clock <= clock), key=lambda day: day.clock, default=days[0]).stream


def sent_within(days: Sequence[Day], first: date, last: date) -> int:
    """The decisions of days of the clock, both included."""
    return sum(day.decisions for day in days if first <= day.clock <= last)


def in_words(figure: Bounded) -> str:
    """A figure with its interval."""
    if figure.value is None or figure.low is None or figure.high is None:
        return "not known"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def _of(figures: Sequence[Figure], name: str, of: str) -> Figure | None:
    return next((each for each in figures if (each.name, each.of) == (name, of)), None)


def _bounded(figure: Figure | None) -> Bounded:
    if figure is None:
        return Bounded(value=None, low=None, high=None)
    return Bounded(value=figure.value, low=figure.low, high=figure.high)

"""The scenarios in their order, and how those that are chosen are played one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mlops_stages.drill.scenarios import faults, retraining, rollback, september, summer
from mlops_stages.drill.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A part of a drill: what it is, the first and the last day of the stream that it may need, and its play."""

    name: str
    about: str
    first: date
    last: date
    play: Callable[[Stage], None]


SCENARIOS: Mapping[str, Scenario] = {
    each.name: each
    for each in (
        Scenario(name="summer", about=summer.ABOUT, first=summer.FIRST, last=summer.LAST, play=summer.play),
        Scenario(
            name="september", about=september.ABOUT, first=september.BEFORE, last=september.LAST, play=september.play
        ),
        Scenario(
            name="retraining",
            about=retraining.ABOUT,
            first=retraining.FIRST,
            last=retraining.LAST,
            play=retraining.play,
        ),
        Scenario(name="rollback", about=rollback.ABOUT, first=september.LAST, last=september.LAST, play=rollback.play),
        Scenario(name="faults", about=faults.ABOUT, first=faults.FIRST, last=faults.LAST, play=faults.play),
    )
}
"""By name, in the order in which they are played."""


def chosen(names: Sequence[str]) -> list[Scenario]:
    """The scenarios of these names in their order; all of them where none is named."""
    return [each for name, each in SCENARIOS.items() if not names or name in names]


def span(scenarios: Sequence[Scenario]) -> tuple[date, date]:
    """The days of the stream that they may need."""
    return min(each.first for each in scenarios), max(each.last for each in scenarios)


def play(stage: Stage, scenarios: Sequence[Scenario]) -> None:
    """Play scenarios, out of the way of what was decided before."""
    stage.scenario = scenarios[0].name
    _leave_behind(stage)
    if "retraining" in (each.name for each in scenarios):
        stage.mails()  # taken from here on
    for each in scenarios:
        stage.scenario = each.name
        each.play(stage)
    if stage.more_labels:
        stage.rest()  # else the next drill finds decisions that nobody has labelled, and that no run has seen


def _leave_behind(stage: Stage) -> None:
    """Let earlier decisions leave the window of the monitors: the figures are those of the drill alone."""
    runs, _ = stage.source.runs(stage.bucket, 1)
    if not runs or not runs[0].labelled.decisions:
        return
    window = timedelta(days=runs[0].settings.window_days + 2) + runs[0].settings.delay
    stage.watcher.step(f"{stage.name}: {window.days} days without a request, so that earlier decisions do not count")
    stage.clock.to(stage.clock.now + window)

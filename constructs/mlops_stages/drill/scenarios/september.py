"""September: the model expects twice what happens, and its owner is told, with the figure and its interval."""

from __future__ import annotations

from datetime import date, datetime

from mlops_stages.drill.facts import Proof
from mlops_stages.drill.inbox import NOT_ACKNOWLEDGED
from mlops_stages.drill.judging import in_words, judged
from mlops_stages.drill.scenarios.completeness import check_complete
from mlops_stages.drill.stage import Stage

BEFORE, FIRST, LAST = date(2013, 8, 4), date(2013, 9, 1), date(2013, 9, 30)
"""28 days of August come first where summer was not played: the window of the monitors."""
ABOUT = "September of the stream: calibration leaves its bounds, and the owner is told with figure and interval"
ALARM = "overestimates"
_AFTER = 2
"""Days that are played after the alarm."""


def play(stage: Stage) -> None:
    """Play August where nothing was played, and September until two days after the alarm."""
    until_told(stage)
    _check(stage)
    check_complete(stage)


def until_told(stage: Stage) -> None:
    """Play the days."""
    played = bool(stage.days)
    days = stage.stream.days(FIRST if played else BEFORE, LAST)
    stage.note("played", f"{days[0]} of the stream begins")
    after = 0
    for day in days:
        stage.play([day])
        after += any(each.alarm.endswith(ALARM) and each.state == "ALARM" for each in stage.messages)
        if after > _AFTER:
            break


def _check(stage: Stage) -> None:
    told = [each for each in stage.messages if each.state == "ALARM" and each.alarm.endswith(ALARM)]
    found = {each.clock: each for each in judged(stage)}
    first = told[0] if told else None
    run = None if first is None else found.get(first.at.date())
    stage.check(
        "The owner is told in September, and not before",
        "one message of the calibration alarm, in September of the stream",
        "none"
        if run is None
        else f"{len(told)}, on the morning of {run.stream} of the stream, {run.clock} by the clock",
        run is not None and len(told) == 1 and run.stream >= FIRST,
        *(() if first is None else (Proof(kind="message", where=first.topic, says=f"message {first.id}"),)),
    )
    if first is None or run is None:
        return
    mailed = stage.inbox.mailed(first.topic)
    stage.check(
        "The model's owner is told by mail",
        stage.model.owner,
        ", ".join(mailed) or "nobody",
        mailed == [stage.model.owner],
        Proof(kind="message", where=first.topic, says=f"message {first.id}"),
    )
    found_figure, low = run.calibration, run.calibration.low
    told_figure = next((line for line in first.text.splitlines() if line.startswith("Figure: ")), "no figure")
    shown = all(
        each is not None and f"{each:.2f}" in told_figure
        for each in (found_figure.value, found_figure.low, found_figure.high)
    )
    stage.check(
        "The message gives the figure with its interval, as the objects of the run have them",
        f"{in_words(found_figure)}, beyond {stage.most:g}",
        told_figure.removesuffix("."),
        shown and low is not None and low > stage.most,
        *run.proofs,
    )
    _check_next(stage, first.at)


def _check_next(stage: Stage, at: datetime) -> None:
    """Nobody has acknowledged it: the next were told. Then the owner does."""
    others = [each for each in stage.messages if each.state == NOT_ACKNOWLEDGED and each.alarm.endswith(ALARM)]
    mailed = stage.inbox.mailed(others[0].topic) if others else []
    expected = stage.team.told_next(stage.model)
    stage.check(
        "As nobody acknowledges it, those who come next are told",
        ", ".join(expected),
        f"{', '.join(mailed) or 'nobody'}, of the alarm of {at:%Y-%m-%d %H:%M}",
        len(others) == 1 and sorted(expected) == mailed,
        *(Proof(kind="message", where=each.topic, says=f"message {each.id}") for each in others),
    )
    done = stage.people.acknowledge(ALARM, "the model is trained anew")
    stage.note("decided", f"{done.by} acknowledges {ALARM}", Proof(kind="object", where=done.record))

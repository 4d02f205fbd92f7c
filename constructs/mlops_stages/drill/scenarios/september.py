"""September: the model expects twice what happens, and its owner is told, with the figure and its interval."""

from __future__ import annotations

from datetime import date

from mlops_stages.drill.facts import Proof
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
    played = bool(stage.days)
    days = stage.stream.days(FIRST if played else BEFORE, LAST)
    stage.note("played", f"{days[0]} of the stream begins")
    after = 0
    for day in days:
        stage.play([day])
        after += any(each.alarm.endswith(ALARM) and each.state == "ALARM" for each in stage.messages)
        if after > _AFTER:
            break
    _check(stage)
    check_complete(stage)


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
    named = f"owner {stage.model.owner}" in first.description
    stage.check(
        "The alarm names the owner, and its topic tells them by mail",
        f"owner {stage.model.owner}",
        f"{'named' if named else 'not named'} in the alarm's description; by mail: {', '.join(mailed) or 'nobody'}",
        named and stage.model.owner in mailed,
        Proof(kind="alarm", where=first.alarm, says=first.description),
    )
    low = run.calibration.low
    shown = low is not None and f"{low}"[:6] in first.reason
    stage.check(
        "The message gives the figure, and the objects of the run give it with its interval",
        "the low end of the interval, beyond 1.15",
        f"{in_words(run.calibration)}; the message: {first.reason}",
        shown and low is not None and low > stage.most,
        *run.proofs,
    )

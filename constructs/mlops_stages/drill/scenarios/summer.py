"""May to August: the model is right, and its owner is left in peace."""

from __future__ import annotations

from datetime import date

from mlops_stages.drill.inbox import NOT_ACKNOWLEDGED
from mlops_stages.drill.judging import in_words, judged
from mlops_stages.drill.scenarios.completeness import check_complete
from mlops_stages.drill.stage import Stage

FIRST, LAST = date(2013, 5, 1), date(2013, 8, 31)
ABOUT = "May to August of the stream: the model is right, and nobody is told anything"


def play(stage: Stage) -> None:
    """Play the days, and look at what was said."""
    days = stage.stream.days(FIRST, LAST)
    stage.note("played", f"{FIRST} to {LAST} of the stream begin: an hour of flights a request, labels a day later")
    stage.play(days)
    _check_silence(stage, f"{FIRST} to {LAST}")


def _check_silence(stage: Stage, when: str) -> None:
    """Check that nobody was told anything, that the model was judged at all, and that nothing is missing."""
    told = [each for each in stage.messages if each.state in ("ALARM", NOT_ACKNOWLEDGED)]
    stage.check(
        f"Nobody is told anything, {when}",
        "no message",
        ", ".join(f"{stage.short(each.alarm)} at {each.at:%Y-%m-%d %H:%M}" for each in told) or "none",
        not told,
    )
    found = judged(stage)
    known = [each for each in found if each.is_known]
    outside = [each for each in known if each.breaches]
    last = known[-1] if known else None
    stage.check(
        "It was judged, and no interval lay wholly beyond what is allowed",
        "at least one morning with enough labels to decide, none of them beyond",
        f"{len(known)} mornings judged, {len(outside)} beyond"
        + ("" if last is None else f"; the last: {in_words(last.calibration)}"),
        bool(known) and not outside,
        *(() if last is None else last.proofs),
    )
    check_complete(stage)

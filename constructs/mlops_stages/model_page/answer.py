"""Is the model right? One sentence, with the figures that decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from mlops_stages.model_page.facts import MOST_RUNS, Facts, Run
from mlops_stages.runtime.monitor_runs.days import HOURS_KNOWN
from mlops_stages.runtime.monitor_runs.numbers import counted
from mlops_stages.runtime.monitor_runs.sentences import basis, said

Kind = Literal["right", "not right", "not known", "not judged"]
_KNOWN_FOR = timedelta(hours=HOURS_KNOWN)
NOT_JUDGED = "Nothing judges it: platform.yaml declares no labels."
NEVER_RAN = "Not known: the monitors have not run yet."


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The sentence, what it says in a word, and since when."""

    kind: Kind
    sentence: str
    since: date | None = None


def answer(facts: Facts) -> Answer:
    """What the newest run says; a run that is older than a day and two hours says nothing of now."""
    if facts.watched is None:
        return Answer(kind="not judged", sentence=NOT_JUDGED)
    runs = facts.watched.runs
    if not runs:
        return Answer(kind="not known", sentence=NEVER_RAN)
    newest = runs[0]
    if facts.now - newest.at >= _KNOWN_FOR:
        days = (facts.now - newest.at).days
        was = {True: "right", False: "not right", None: "not known"}[newest.verdict.is_right]
        sentence = f"Not known: the newest run is of {newest.day}, {counted(days, 'day')} ago; it was {was} then."
        return Answer(kind="not known", sentence=sentence)
    first = since(runs)
    if newest.verdict.is_right is None:
        return Answer(kind="not known", sentence=f"Not known: {newest.verdict.why}.", since=first)
    kind: Kind = "right" if newest.verdict.is_right else "not right"
    deciding = (
        list(newest.verdict.figures) if newest.verdict.is_right else [each.figure for each in newest.verdict.breaches]
    )
    figures = ", and ".join(said(newest.settings, each) for each in deciding)
    at_least = " at least" if len(runs) == MOST_RUNS and first == runs[-1].day else ""
    rests_on = basis(newest.settings, newest.window, newest.labelled)
    sentence = f"{kind.capitalize()} since {first}{at_least}: {figures}; {rests_on}."
    return Answer(kind=kind, sentence=sentence, since=first)


def since(runs: Sequence[Run]) -> date:
    """The first day of the unbroken row of runs that say the same of the same version, the newest run first."""
    first = runs[0]
    for each in runs[1:]:
        if (each.verdict.is_right, each.labelled.package) != (first.verdict.is_right, runs[0].labelled.package):
            break
        first = each
    return first.day

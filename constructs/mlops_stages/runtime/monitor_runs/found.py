"""What a run tells retraining, in the tooling account: no decision and no label, figures as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..findings import Asked, Finding, Findings, key_of
from ..monitors.figures import Figure
from .candidates import number_of
from .days import RunDay
from .numbers import between, counted, number
from .record import Candidate, Labelled, Requests
from .sentences import said
from .verdict import HOURS_BEHIND, verdict

_LOSSES = {"log_loss_difference": "log loss", "rmse_difference": "RMSE"}


def findings_key(day: RunDay) -> str:
    """Where it is kept, in the bucket of requests."""
    return key_of(day.settings.endpoint, day.day)


def findings(
    day: RunDay, labelled: Labelled, figures: Sequence[Figure], requests: Requests | None, judged: Sequence[Candidate]
) -> Findings:
    """What retraining goes by, of one run."""
    settings = day.settings
    found = verdict(settings, labelled, figures)
    return Findings(
        endpoint=settings.endpoint,
        day=str(day.day),
        window_first=str(day.window.first),
        package=labelled.package,
        is_right=found.is_right,
        wrong=tuple(f"{each.kind}: {said(settings, each.figure)}" for each in found.breaches),
        labels=tuple(_labels(labelled)),
        asked=None
        if requests is None
        else Asked(bucket=requests.bucket, key=requests.key, sha256=requests.sha256, rows=requests.rows),
        candidates=tuple(
            Finding(package=each.package, is_better=each.is_better, said=_judged(each, labelled.package))
            for each in judged
        ),
    )


def _labels(labelled: Labelled) -> Iterator[str]:
    """Why labels cannot be trusted, by the limits of the alarms."""
    if labelled.behind_hours is not None and labelled.behind_hours > HOURS_BEHIND:
        yield f"labels are {labelled.behind_hours:.0f} hours later than declared"
    if labelled.contradictory:
        yield f"labels of {counted(labelled.contradictory, 'decision')} contradict each other"


def _judged(candidate: Candidate, serving: str | None) -> str:
    of = f"version {number_of(candidate.package)}"
    figure = candidate.figure
    if candidate.is_better is None or figure.value is None:
        return _short(f"{of} cannot be judged: {candidate.why}")
    less = "lower" if figure.value < 0 else "higher"
    against = "the version that serves" if serving is None else f"version {number_of(serving)}"
    return (
        f"the {_LOSSES[figure.name]} of {of} is {number(abs(figure.value))} {less} than that of {against} "
        f"(95 % of the difference: {between(figure)}), on {counted(figure.rows, 'decision')} of "
        f"{counted(candidate.days, 'day')}"
    )


def _short(text: str) -> str:
    """As long and as plain as whoever reads it takes."""
    return "".join(each if each.isprintable() else "?" for each in text)[:800]

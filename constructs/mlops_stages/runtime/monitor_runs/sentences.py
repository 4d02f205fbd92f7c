"""What a run says of a model, in the words of the model's page and of notices."""

from __future__ import annotations

from collections.abc import Sequence

from ..monitors.figures import Figure
from .numbers import allowed, between, counted, number
from .record import Labelled
from .settings import DRIFTS, Settings
from .verdict import CALIBRATION_RATIO


def said(settings: Settings, figure: Figure) -> str:
    """A figure that decides, with its interval and what is allowed."""
    if figure.value is None:
        return f"its {figure.name} is not known"
    interval = f"95 %: {between(figure)}; {allowed(settings, figure)}"
    if figure.name == CALIBRATION_RATIO:
        return f"it expects {number(figure.value)} times what happens ({interval})"
    of = "" if figure.of == settings.endpoint else f" of {figure.of}"
    return f"its {figure.name}{of} is {number(figure.value)} ({interval})"


def basis(settings: Settings, window: str, labelled: Labelled) -> str:
    """What the figures of a run rest on."""
    end = window.rpartition(" ")[2]
    version = "none" if labelled.package is None else labelled.package.rpartition("/")[2]
    decisions = counted(labelled.labelled, "labelled decision")
    return f"{counted(settings.window_days, 'day')} to {end}, {decisions} of version {version}"


def moved(settings: Settings, figures: Sequence[Figure]) -> str | None:
    """How far scores have moved, and what is allowed; None where that is not measured."""
    drift = settings.drift
    name = None if drift is None else DRIFTS[drift.metric]
    found = next((each for each in figures if (each.name, each.of) == (name, "score")), None)
    if drift is None or found is None:
        return None
    if found.value is None:
        return f"{found.name} of the scores is not known: {found.why}"
    decisions = counted(found.rows, "decision")
    return f"{found.name} of the scores of {decisions} is {number(found.value)}; at most {number(drift.maximum)}"

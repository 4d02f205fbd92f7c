"""What a run says of the model: that it is right, that it is not, or that it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..monitors.figures import Figure
from ..monitors.rows import Kind as ModelKind
from .record import Labelled
from .settings import BiasLimit, Settings

CALIBRATION_RATIO = "calibration_ratio"
"""The figure that decides of every model."""
HOURS_BEHIND = 24
"""By how much labels may lag behind decisions, besides their declared delay."""
Kind = Literal["overestimates", "underestimates", "quality", "bias"]
"""As the alarms are called."""


@dataclass(frozen=True, kw_only=True)
class Breach:
    """A figure whose interval lies wholly beyond a limit."""

    kind: Kind
    figure: Figure
    limit: float


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a run says.

    Attributes:
        is_right: None where it is not known.
        figures: those that decide, as far as they are known.
        breaches: what is wrong. One figure is enough, whatever the others are.
        why: why it is not known.
    """

    is_right: bool | None
    figures: tuple[Figure, ...]
    breaches: tuple[Breach, ...] = ()
    why: str | None = None


def deciding(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The figures that decide: their names, and what they are of."""
    of_the_version = (CALIBRATION_RATIO, *(() if settings.quality is None else (settings.quality.metric,)))
    return (
        *((name, settings.endpoint) for name in of_the_version),
        *((each.metric, str(each.segment)) for each in settings.bias),
    )


def limit_of(settings: Settings, figure: Figure) -> BiasLimit | None:
    """The limit of bias that a figure is judged by; None where it is another figure."""
    return next((each for each in settings.bias if (each.metric, str(each.segment)) == (figure.name, figure.of)), None)


def nearest(figure: Figure) -> float:
    """How far from 0 a gap is at least, by its interval: 0 where that holds 0. ValueError without an interval."""
    if figure.low is None or figure.high is None:
        raise ValueError(figure.name)
    return max(figure.low, -figure.high, 0.0)


def known(settings: Settings, labelled: Labelled, figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures that decide and have an interval; none where too few of the window's days have labels."""
    if not is_enough(settings, labelled):
        return ()
    found = _decisive(settings, figures)
    return tuple(each for each in found if None not in (each.value, each.low, each.high))


def is_enough(settings: Settings, labelled: Labelled) -> bool:
    """Whether half of the window's days have labelled decisions, the first of them in the window's first quarter."""
    return labelled.days >= settings.fewest_days and _days_back(settings, labelled) >= settings.fewest_days_back


def _days_back(settings: Settings, labelled: Labelled) -> int:
    return settings.window_days - labelled.days_before


def verdict(settings: Settings, labelled: Labelled, figures: Sequence[Figure]) -> Verdict:
    """What the figures of a run say, by the limits of the alarms."""
    decided = known(settings, labelled, figures)
    breaches = tuple(breach for each in decided if (breach := _breach(settings, each)) is not None)
    if breaches:
        return Verdict(is_right=False, figures=decided, breaches=breaches)
    if len(decided) == len(deciding(settings)):
        return Verdict(is_right=True, figures=decided)
    return Verdict(is_right=None, figures=decided, why=_unknown(settings, labelled, figures, decided))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Whether a candidate is better than the version that answers callers; None and why where it is not known."""

    is_better: bool | None
    why: str | None = None


def deciding_difference(kind: ModelKind) -> str:
    """The name of the figure that decides about a candidate: a difference of losses, below 0 where its is lower."""
    return {"classifier": "log_loss_difference", "regression": "rmse_difference"}[kind]


def comparison(settings: Settings, difference: Figure, days: int) -> Comparison:
    """What the difference of a candidate's loss says, of so many days of the window. ValueError without retraining."""
    if settings.retraining is None:
        raise ValueError(settings.endpoint)
    if difference.value is None or difference.high is None:
        return Comparison(is_better=None, why=difference.why)
    if days < settings.fewest_days:
        has = "has" if days == 1 else "have"
        why = f"{days} of the {settings.fewest_days} days that are needed {has} decisions that both have scored"
        return Comparison(is_better=None, why=why)
    return Comparison(is_better=difference.high < -settings.retraining.margin)


def _decisive(settings: Settings, figures: Sequence[Figure]) -> list[Figure]:
    found = {(each.name, each.of): each for each in figures}
    return [found[each] for each in deciding(settings) if each in found]


def _breach(settings: Settings, figure: Figure) -> Breach | None:
    if figure.low is None or figure.high is None:
        return None
    if figure.name == CALIBRATION_RATIO:
        most, least = 1 + settings.margin, 1 / (1 + settings.margin)
        if figure.low > most:
            return Breach(kind="overestimates", figure=figure, limit=most)
        return Breach(kind="underestimates", figure=figure, limit=least) if figure.high < least else None
    limit = limit_of(settings, figure)
    if limit is not None:
        beyond = limit.maximum if figure.low > 0 else -limit.maximum
        return Breach(kind="bias", figure=figure, limit=beyond) if nearest(figure) > limit.maximum else None
    bound = settings.quality
    if bound is not None and bound.maximum is not None and figure.low > bound.maximum:
        return Breach(kind="quality", figure=figure, limit=bound.maximum)
    if bound is not None and bound.minimum is not None and figure.high < bound.minimum:
        return Breach(kind="quality", figure=figure, limit=bound.minimum)
    return None


def _unknown(settings: Settings, labelled: Labelled, figures: Sequence[Figure], decided: Sequence[Figure]) -> str:
    if labelled.days < settings.fewest_days:
        has = "has" if labelled.days == 1 else "have"
        return f"{labelled.days} of the {settings.fewest_days} days that are needed {has} labelled decisions"
    if not is_enough(settings, labelled):
        back, needed = _days_back(settings, labelled), settings.fewest_days_back
        return f"labelled decisions go back {back} of the {needed} days that are needed"
    have = {(each.name, each.of) for each in decided}
    missing = {(each.name, each.of): each for each in _decisive(settings, figures)}
    name, of = next(each for each in deciding(settings) if each not in have)
    why = missing[name, of].why if (name, of) in missing else None
    what = name if of == settings.endpoint else f"{name} of {of}"
    return f"{what}: {why or 'the run has no such figure'}"

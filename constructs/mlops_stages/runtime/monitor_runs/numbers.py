"""Numbers and moments as a reader wants them."""

from __future__ import annotations

from datetime import UTC, datetime

from ..monitors.figures import Figure
from .settings import Settings
from .verdict import CALIBRATION_RATIO, limit_of

_LARGE, _SMALL = 1000, 0.01
NONE = "-"


def number(value: float | None) -> str:
    """A figure with two or three decimals; a large one with none.

    >>> number(1.8512), number(0.66), number(7564.2), number(0.00012), number(None)
    ('1.85', '0.660', '7,564', '0.00012', '-')
    """
    if value is None:
        return NONE
    size = abs(value)
    if size >= _LARGE:
        return f"{value:,.0f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}" if size >= _SMALL or not size else f"{value:.2g}"


def between(figure: Figure) -> str:
    """Its interval."""
    return NONE if figure.low is None or figure.high is None else f"{number(figure.low)} to {number(figure.high)}"


def allowed(settings: Settings, figure: Figure) -> str:
    """What a figure that decides may be."""
    if figure.name == CALIBRATION_RATIO:
        return f"allowed {number(1 / (1 + settings.margin))} to {number(1 + settings.margin)}"
    limit = limit_of(settings, figure)
    if limit is not None:
        return f"allowed {number(-limit.maximum)} to {number(limit.maximum)}"
    bound = settings.quality
    if bound is None:
        return "nothing is promised"
    if bound.maximum is not None:
        return f"at most {number(bound.maximum)}"
    return f"at least {number(bound.minimum)}"


def counted(count: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "day"), counted(7564, "decision")
    ('1 day', '7,564 decisions')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(part: int, whole: int) -> str:
    """A share, never rounded up to all of it."""
    if not whole:
        return NONE
    return "100 %" if part == whole else f"{min(100 * part / whole, 99.9):.1f} %"


def moment(at: datetime) -> str:
    """To the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

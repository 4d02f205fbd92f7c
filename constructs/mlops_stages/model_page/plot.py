"""The calibration ratio by the day of the run, as a drawing in a page of HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mlops_stages.model_page.facts import Run
from mlops_stages.runtime.monitor_runs.numbers import counted, number
from mlops_stages.runtime.monitor_runs.verdict import CALIBRATION_RATIO
from mlops_stages.runtime.monitors.figures import Figure

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 14, 14, 34
_TICKS = (0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10)
_LEAST, _MOST = 0.1, 10.0
"""What is drawn of a ratio: beyond, a figure of few labels would squeeze all others."""
_ALWAYS = (0.8, 1.25)
"""What is always in sight: small figures do not look large."""
_APART = 18
"""Between the labels of the left axis, at least."""
_DAYS_SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class Point:
    """A day's ratio."""

    day: date
    figure: Figure
    is_outside: bool


def ratios(runs: Sequence[Run]) -> list[Point]:
    """The ratios of runs that have one with its interval, the earliest first."""
    found: list[Point] = []
    for run in reversed(runs):
        for each in run.figures:
            if each.name == CALIBRATION_RATIO and each.of == run.settings.endpoint and None not in _ends(each):
                outside = any(breach.figure.name == CALIBRATION_RATIO for breach in run.verdict.breaches)
                found.append(Point(day=run.day, figure=each, is_outside=outside))
    return found


def _ends(figure: Figure) -> tuple[float | None, ...]:
    return figure.value, figure.low, figure.high


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Points, and what of a ratio is allowed; all in pixels of the drawing."""

    points: Sequence[Point]
    least: float
    most: float

    def svg(self) -> str:
        """The drawing, with a title and a description for who hears it. Without points, nothing."""
        if not self.points:
            return ""
        parts = [
            f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="plot-title plot-desc">',
            '<title id="plot-title">Calibration ratio by day of the run</title>',
            f'<desc id="plot-desc">{self._described()}</desc>',
            *self._frame(),
            *(part for point in self.points for part in self._point(point)),
            "</svg>",
        ]
        return "\n".join(parts)

    def _described(self) -> str:
        first, last = self.points[0], self.points[-1]
        outside = sum(each.is_outside for each in self.points)
        return (
            f"{counted(len(self.points), 'run')} from {first.day} to {last.day}. "
            f"The ratio was {number(first.figure.value)} on the first day and {number(last.figure.value)} on the last; "
            f"{number(self.least)} to {number(self.most)} is allowed. "
            f"The whole interval lay beyond that in {counted(outside, 'run')}. The table below has each number."
        )

    def _bounds(self) -> tuple[float, float]:
        ends = [end for each in self.points for end in _ends(each.figure) if end is not None]
        low, high = min(*ends, self.least, _ALWAYS[0]) / 1.03, max(*ends, self.most, _ALWAYS[1]) * 1.03
        return max(low, _LEAST), min(high, _MOST)

    def _y(self, value: float | None) -> float:
        low, high = self._bounds()
        held = min(max(low if value is None else value, low), high)
        share = (math.log(held) - math.log(low)) / (math.log(high) - math.log(low))
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def _x(self, day: date) -> float:
        first, last = self.points[0].day, self.points[-1].day
        share = 0.5 if first == last else (day - first) / (last - first)
        return round(LEFT + 10 + share * (WIDTH - LEFT - RIGHT - 20), 1)

    def _frame(self) -> Iterator[str]:
        left, right, low, high = LEFT, WIDTH - RIGHT, self._y(self.least), self._y(self.most)
        yield f'<rect class="allowed" x="{left}" y="{high}" width="{right - left}" height="{round(low - high, 1)}"/>'
        before: float | None = None
        for tick in _TICKS:
            y = self._y(tick)
            bottom, top = self._bounds()
            if not bottom <= tick <= top or (before is not None and before - y < _APART):
                continue
            before = y
            yield f'<line class="{"one" if tick == 1 else "grid"}" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
            yield f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>'
        first, last = self.points[0].day, self.points[-1].day
        step = max(1, math.ceil(((last - first).days + 1) / _DAYS_SHOWN))
        day = last
        while day >= first:
            yield f'<text x="{self._x(day)}" y="{HEIGHT - 12}" text-anchor="middle">{day:%m-%d}</text>'
            day -= timedelta(days=step)

    def _point(self, point: Point) -> Iterator[str]:
        x, figure = self._x(point.day), point.figure
        y, low, high = (self._y(end) for end in _ends(figure))
        kind = "outside" if point.is_outside else "inside"
        yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="{low}" y2="{high}"/>'
        # Told apart by more than a color: a circle within, a square beyond.
        if point.is_outside:
            yield f'<rect class="{kind}" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'
        else:
            yield f'<circle class="{kind}" cx="{x}" cy="{y}" r="3.5"/>'

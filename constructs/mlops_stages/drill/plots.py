"""What a drill has shown over time, drawn: calibration, quality and drift, alarms and decisions on one axis of days."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from mlops_stages.drill.facts import Bounded, Judged
from mlops_stages.drill.report import Report
from mlops_stages.runtime.monitor_runs.numbers import counted, number
from mlops_stages.terminal import one_line

WIDTH, LEFT, RIGHT = 960, 132, 16
_RATIO_HEIGHT, _LINE_HEIGHT, _ROW = 250, 130, 26
_TOP, _BOTTOM = 14, 30
_RATIOS = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
_TICKS = 10
"""Days that are named on the axis, at most."""
_LONGEST_NAME = 19
_SHAPES = {"decided": "diamond", "told": "circle", "fault": "cross", "healed": "square"}


@dataclass(frozen=True)
class Axis:
    """Days of the clock, from left to right; each is named by the day of the stream."""

    first: date
    last: date
    streams: dict[date, date]

    def x(self, moment: date | datetime) -> float:
        """The place of a day, or of a moment in it."""
        day = moment.date() if isinstance(moment, datetime) else moment
        hours = moment.hour / 24 + moment.minute / 1440 if isinstance(moment, datetime) else 0.0
        share = ((day - self.first).days + hours) / max((self.last - self.first).days + 1, 1)
        return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)

    def named(self, height: float) -> Iterator[str]:
        """The names of days below a drawing."""
        days = sorted(self.streams)
        step = max(1, math.ceil(len(days) / _TICKS))
        for day in days[::step]:
            yield f'<line class="grid" x1="{self.x(day)}" x2="{self.x(day)}" y1="{_TOP}" y2="{height - _BOTTOM}"/>'
            yield f'<text x="{self.x(day)}" y="{height - 10}" text-anchor="middle">{self.streams[day]:%d %b}</text>'


def axis(found: Report) -> Axis | None:
    """The axis of a report; None where nothing was played."""
    if not found.days:
        return None
    ended = found.ended
    last = max(found.days[-1].clock, found.days[-1].clock if ended is None else ended.date())
    return Axis(found.days[0].clock, last, {day.clock: day.stream for day in found.days})


def calibration(found: Report) -> str:
    """The calibration ratio of each morning with its interval."""
    days = axis(found)
    points = [(each, each.calibration) for each in found.judged if None not in _ends(each.calibration)]
    if days is None or not points:
        return ""
    high = _RATIO_HEIGHT
    inner = (*_scale([ratio for _, ratio in points], found.least, found.most),)

    def y(value: float) -> float:
        low, top = inner
        share = (math.log(min(max(value, low), top)) - math.log(low)) / (math.log(top) - math.log(low))
        return round(high - _BOTTOM - share * (high - _TOP - _BOTTOM), 1)

    beyond = [each for each, _ in points if each.breaches]
    said = (
        f"{counted(len(points), 'morning')}. The ratio was {number(points[0][1].value)} on the first and "
        f"{number(points[-1][1].value)} on the last; {number(found.least)} to {number(found.most)} is allowed. "
        f"The whole interval lay beyond that on {counted(len(beyond), 'morning')}"
        + (f", first on {beyond[0].stream} of the stream." if beyond else ".")
    )
    parts = [*_opened("calibration", "Calibration ratio by day", said, high)]
    parts.append(
        f'<rect class="allowed" x="{LEFT}" y="{y(found.most)}" width="{WIDTH - LEFT - RIGHT}" '
        f'height="{round(y(found.least) - y(found.most), 1)}"/>'
    )
    for tick in _RATIOS:
        if inner[0] <= tick <= inner[1]:
            kind = "one" if tick == 1 else "grid"
            parts.append(f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick)}" y2="{y(tick)}"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    parts += days.named(high)
    parts += (part for each, ratio in points for part in _interval(days.x(each.clock), each, ratio, y))
    return "\n".join([*parts, "</svg>"])


def _interval(x: float, each: Judged, ratio: Bounded, y: Callable[[float], float]) -> Iterator[str]:
    low, value, high = (y(end) for end in (ratio.low or 0.0, ratio.value or 0.0, ratio.high or 0.0))
    kind = "outside" if each.breaches else "inside" if each.is_known else "unknown"
    yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="{low}" y2="{high}"/>'
    # Told apart by more than a color: a square beyond, a circle within, a ring where too little is known.
    if each.breaches:
        yield f'<rect class="{kind}" x="{x - 3:.1f}" y="{value - 3:.1f}" width="6" height="6"/>'
    else:
        yield f'<circle class="{kind}" cx="{x}" cy="{value}" r="2.6"/>'


def _scale(ratios: Sequence[Bounded], least: float, most: float) -> tuple[float, float]:
    ends = [end for ratio in ratios for end in _ends(ratio) if end is not None]
    return max(min([*ends, least, 0.8]) / 1.05, 0.2), min(max([*ends, most, 1.25]) * 1.05, 5.0)


def _ends(figure: Bounded) -> tuple[float | None, ...]:
    return figure.value, figure.low, figure.high


def scores(found: Report) -> str:
    """The promised metric of each morning, and how far scores have drifted."""
    days = axis(found)
    lines = {
        "quality": [(each.clock, each.quality.value) for each in found.judged if each.quality.value is not None],
        "drift": [(each.clock, each.drift) for each in found.judged if each.drift is not None],
    }
    if days is None or not any(lines.values()):
        return ""
    high = _LINE_HEIGHT + _TOP + _BOTTOM
    top = max([0.8, *(value for points in lines.values() for _, value in points)]) * 1.05

    def y(value: float) -> float:
        return round(high - _BOTTOM - value / top * (high - _TOP - _BOTTOM), 1)

    said = "; ".join(
        f"{name} from {number(points[0][1])} to {number(points[-1][1])}" for name, points in lines.items() if points
    )
    parts = [*_opened("scores", "Quality of the model, and drift of its scores, by day", said, high)]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick)}" y2="{y(tick)}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    parts += days.named(high)
    for name, points in lines.items():
        if points:
            path = " ".join(f"{days.x(day)},{y(value)}" for day, value in points)
            parts.append(f'<polyline class="{name}" points="{path}"/>')
            parts.append(f'<text class="name" x="8" y="{y(points[-1][1]) + 4}">{name}</text>')
    return "\n".join([*parts, "</svg>"])


def alarms(found: Report) -> str:
    """Alarms as bars from when they went off to when they were over, and what people and the drill did as marks."""
    days = axis(found)
    marked = [each for each in found.events if each.kind in _SHAPES]
    if days is None or not (found.rings or marked):
        return ""
    names = sorted({ring.alarm for ring in found.rings})
    rows = [*names, *(kind for kind in _SHAPES if any(each.kind == kind for each in marked))]
    high = _TOP + _ROW * len(rows) + _BOTTOM
    said = (
        f"{counted(len(found.rings), 'alarm')} of {counted(len(names), 'kind')} went off; "
        f"{counted(len(marked), 'other event')}. The timeline below has each."
    )
    parts = [*_opened("alarms", "Alarms, messages and decisions by day", said, high), *days.named(high)]
    for place, name in enumerate(rows):
        y = _TOP + _ROW * place + _ROW / 2
        parts.append(f'<text class="name" x="8" y="{y + 4}">{_named(name)}</text>')
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        for ring in found.rings:
            if ring.alarm == name:
                end = ring.ended or datetime.combine(
                    days.last + timedelta(days=1), datetime.min.time(), ring.began.tzinfo
                )
                width = max(days.x(end) - days.x(ring.began), 4)
                parts.append(
                    f'<rect class="ring" x="{days.x(ring.began)}" y="{y - 6}" width="{width:.1f}" height="12"/>'
                )
        parts += (_mark(name, days.x(each.at), y) for each in marked if each.kind == name)
    return "\n".join([*parts, "</svg>"])


def _named(alarm: str) -> str:
    """The name of an alarm as there is room for it; nothing in it is obeyed."""
    return escape(one_line(alarm.removeprefix("monitors-"))[:_LONGEST_NAME])


def _mark(kind: str, x: float, y: float) -> str:
    match _SHAPES[kind]:
        case "diamond":
            return f'<path class="{kind}" d="M{x} {y - 6}L{x + 6} {y}L{x} {y + 6}L{x - 6} {y}Z"/>'
        case "cross":
            return f'<path class="{kind}" d="M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}"/>'
        case "square":
            return f'<rect class="{kind}" x="{x - 5}" y="{y - 5}" width="10" height="10"/>'
        case _:
            return f'<circle class="{kind}" cx="{x}" cy="{y}" r="5"/>'


def _opened(name: str, title: str, said: str, height: float) -> Iterator[str]:
    yield (f'<svg class="plot" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-title {name}-desc">')
    yield f'<title id="{name}-title">{title}</title>'
    yield f'<desc id="{name}-desc">{escape(said)}</desc>'

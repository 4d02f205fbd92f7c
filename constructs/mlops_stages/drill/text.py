"""A drill as a timeline in a terminal, and what was expected of it."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_stages.drill.facts import Judged
from mlops_stages.drill.report import Report
from mlops_stages.runtime.monitor_runs.numbers import counted, number
from mlops_stages.terminal import one_line

_WIDTH = 31
"""Characters of a drawn interval."""
_LEAST, _MOST = 0.4, 2.8
_MARKS = {"played": "  ", "decided": "--", "alarm": "!!", "ok": "ok", "told": "->", "fault": "xx", "healed": "++"}
_EVERY = 7


def lines(found: Report) -> Iterator[str]:
    """The whole text."""
    decisions = sum(day.decisions for day in found.days)
    requests = sum(day.requests for day in found.days)
    yield one_line(f"{found.model}, owner {found.owner}: {', '.join(name for name, _ in found.scenarios)}")
    if found.days:
        yield (
            f"{counted(len(found.days), 'day')} of the stream, {found.days[0].stream} to {found.days[-1].stream}: "
            f"{counted(requests, 'request')}, {counted(decisions, 'decision')}"
        )
    if found.judged:
        yield ""
        yield from _calibration(found)
    yield ""
    yield "Timeline (the clock's time, then the stream's day)"
    for event in found.events:
        stream = "" if event.stream is None else f"{event.stream:%m-%d}"
        yield one_line(f"  {event.at:%Y-%m-%d %H:%M}  {stream:>5}  {_MARKS[event.kind]}  {event.text}")
    yield ""
    held = sum(each.holds for each in found.checks)
    yield f"Expected: {held} of {counted(len(found.checks), 'claim')} hold"
    for each in found.checks:
        yield one_line(f"  {'holds ' if each.holds else 'FAILED'}  {each.scenario}: {each.claim}")
        yield one_line(f"          {each.found}")
        if not each.holds:
            yield one_line(f"          expected: {each.expected}")
    yield ""
    yield f"Played in {found.seconds:.0f} s of this machine."


def _calibration(found: Report) -> Iterator[str]:
    """A line a week, and one for each morning on which something was beyond."""
    yield f"Calibration by the morning of the run; {number(found.least)} to {number(found.most)}, between |, is allowed"
    beyond = False
    for place, each in enumerate(found.judged):
        if place % _EVERY == 0 or bool(each.breaches) != beyond or place == len(found.judged) - 1:
            yield f"  {each.stream}  {_drawn(each, found)}  {_said(each)}"
        beyond = bool(each.breaches)


def _said(each: Judged) -> str:
    ratio = each.calibration
    if ratio.value is None or ratio.low is None or ratio.high is None:
        return "no labels yet"
    told = f"{number(ratio.value)} ({number(ratio.low)} to {number(ratio.high)})"
    if not each.is_known:
        return f"{told}, too few days to decide"
    return f"{told}{', BEYOND' if each.breaches else ''}"


def _drawn(each: Judged, found: Report) -> str:
    cells = [" "] * _WIDTH
    for bound in (found.least, found.most):
        cells[_place(bound)] = "|"
    ratio = each.calibration
    if ratio.value is not None and ratio.low is not None and ratio.high is not None:
        low, high = _place(ratio.low), _place(ratio.high)
        cells[low : high + 1] = "-" * (high - low + 1)
        cells[_place(ratio.value)] = "#" if each.breaches else "o"
    return "".join(cells)


def _place(value: float) -> int:
    share = (min(max(value, _LEAST), _MOST) - _LEAST) / (_MOST - _LEAST)
    return round(share * (_WIDTH - 1))

"""The page for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_stages.model_page.facts import Alarm
from mlops_stages.model_page.page import COLUMNS, Page
from mlops_stages.runtime.monitor_runs.numbers import moment
from mlops_stages.terminal import one_line

_LEFT = 2
"""Columns of figures whose cells are texts; those of numbers end at one edge."""
_INDENT = "  "


def lines(page: Page) -> Iterator[str]:
    """Each line; what others wrote stays within its own."""
    facts = page.facts
    yield one_line(f"{facts.model}, owner {facts.owner}, {moment(facts.now)}")
    yield ""
    yield one_line(page.answer.sentence)
    yield from _section("Serves production", page.serving())
    yield from _section("Open alarms", (page.alarms(),))
    for each in page.open:
        yield from map(one_line, _alarm(each))
    notices = list(page.told())
    if notices:
        yield from _section("Told", notices)
    if page.newest is not None:
        yield from _section(f"Figures of {page.newest.day}, decisions of {page.newest.window}", _table(page))
    yield from _pairs("Labels and decisions", list(page.labels()))
    yield from _pairs("Cost a month", list(page.costs()))
    unread = page.unread()
    yield from _section("Next", (page.next(), *page.retraining(), *(() if unread is None else (unread,))))


def _section(title: str, body: Iterator[str] | Sequence[str]) -> Iterator[str]:
    yield ""
    yield title
    for each in body:
        yield one_line(f"{_INDENT}{each}".rstrip())


def _pairs(title: str, told: Sequence[tuple[str, str]]) -> Iterator[str]:
    if told:
        width = max(len(name) for name, _ in told)
        yield from _section(title, [f"{name:<{width}}  {text}" for name, text in told])


def _alarm(alarm: Alarm) -> Iterator[str]:
    since = "" if alarm.since is None else f" since {moment(alarm.since)}"
    yield f"{_INDENT}{alarm.state}{since}  {alarm.name}"
    yield f"{_INDENT * 2}{alarm.reason}"
    if alarm.topics:
        yield f"{_INDENT * 2}told by {', '.join(each.rpartition(':')[2] for each in alarm.topics)}"


def _table(page: Page) -> Iterator[str]:
    cells = [COLUMNS, *(tuple(map(one_line, row.cells)) for row in page.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(COLUMNS))]
    for row in cells:
        padded = [
            f"{cell:<{width}}" if column < _LEFT else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield _INDENT.join(padded)

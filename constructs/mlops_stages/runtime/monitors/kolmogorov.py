"""How the values of two samples lie: counts by bin, and the exact Kolmogorov-Smirnov statistic, without sorting all.

Both samples are counted in narrow cells whose order is that of the values. At a cell's end the distributions are known
exactly. Inside, they can differ by no more than what the cell holds: only cells in which that could exceed the largest
difference at any end are sorted, and those that an edge of the bins divides. All in whole numbers, so that the result
is exact.
"""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from .bins import NumberBins
from .cells import Cells, cells
from .sql import Ask, finite, identifier, table
from .window import Period

_MOST_LISTED = 1000
"""Cells that a statement lists; where more are to be sorted, all are."""


@dataclass(frozen=True)
class Compared:
    """The finite values of both samples by bin, and the largest difference of their distribution functions.

    The difference is None where one of the samples has no finite value.
    """

    counts: tuple[Sequence[int], Sequence[int]]
    statistic: float | None


def _values(name: str, of: Cells, window: Period | None) -> str:
    """The finite values of a table with their cells."""
    column = identifier(of.column)
    within = "" if window is None else f" AND {window.holds(identifier('decided_at'))}"
    return f"SELECT {of.of_row()} AS cell, {column} AS v FROM {table(name)} WHERE {finite(column)}{within}"


def cells_statement(name: str, of: Cells, window: Period | None = None) -> str:
    """Return how many finite values each cell has."""
    return f"SELECT cell, count(*) FROM ({_values(name, of, window)}) AS c GROUP BY cell"


def inside_statement(
    tables: tuple[str, str], of: Cells, bins: NumberBins, window: Period, sizes: tuple[int, int], listed: Sequence[int]
) -> str:
    """Return what some cells or all hold by bin: values of both samples, highest and lowest difference in the cell.

    The difference is that of the two running counts from the cell's beginning, each times the other sample's size.
    """
    within = f" WHERE cell IN ({', '.join(map(str, listed))})" if listed else ""
    ordered = "PARTITION BY cell ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return (
        f"WITH pooled AS (SELECT cell, v, 1 AS ours, 0 AS theirs FROM ({_values(tables[0], of, None)}) AS a{within} "
        f"UNION ALL SELECT cell, v, 0, 1 FROM ({_values(tables[1], of, window)}) AS b{within}), "
        "steps AS (SELECT cell, v, sum(ours) AS ours, sum(theirs) AS theirs FROM pooled GROUP BY cell, v), "
        f"running AS (SELECT cell, {bins.bin('v')} AS bin, ours, theirs, "
        f"sum(ours * {sizes[1]} - theirs * {sizes[0]}) OVER ({ordered}) AS height FROM steps) "
        "SELECT cell, bin, sum(ours), sum(theirs), max(height), min(height) FROM running GROUP BY cell, bin"
    )


def compare(asks: tuple[Ask, Ask], baseline: str, decisions: str, bins: NumberBins, window: Period) -> Compared:
    """Return how the baseline's values of a column lie, and those of a window's decisions.

    `asks` are for statements about the baseline alone, and for all others.
    """
    of, ask = cells(bins), asks[1]
    ours = {int(at): int(count) for at, count in asks[0](cells_statement(baseline, of))}
    theirs = {int(at): int(count) for at, count in ask(cells_statement(decisions, of, window))}
    sizes = sum(ours.values()), sum(theirs.values())
    order = sorted(ours.keys() | theirs.keys())
    begins, largest = _begins(order, ours, theirs, sizes)
    divided = [of.of(edge) for edge in bins.edges]
    opened = {at for at in divided if at in begins} | _open(begins, largest, ours, theirs, sizes)
    before, now = _by_bin(order, ours, divided), _by_bin(order, theirs, divided)
    if opened:
        listed = sorted(opened) if len(opened) <= _MOST_LISTED else []
        for at, place, some, others, highest, lowest in ask(
            inside_statement((baseline, decisions), of, bins, window, sizes, listed)
        ):
            begin = begins[at]
            largest = max(largest, begin + int(highest), -(begin + int(lowest)))
            if at in divided:
                before[place] += int(some)
                now[place] += int(others)
    return Compared((before, now), None if 0 in sizes else largest / (sizes[0] * sizes[1]))


def _begins(
    order: Sequence[int], ours: Mapping[int, int], theirs: Mapping[int, int], sizes: tuple[int, int]
) -> tuple[dict[int, int], int]:
    """The difference where each cell begins, and the largest at any end."""
    steps = (ours.get(at, 0) * sizes[1] - theirs.get(at, 0) * sizes[0] for at in order)
    heights = list(accumulate(steps, initial=0))
    highest, lowest = max(heights), min(heights)
    return dict(zip(order, heights, strict=False)), max(highest, -lowest)


def _open(
    begins: Mapping[int, int], largest: int, ours: Mapping[int, int], theirs: Mapping[int, int], sizes: tuple[int, int]
) -> set[int]:
    """Cells in which the difference may be larger.

    It rises by all of one sample at most, and falls by all of the other.
    """
    return {
        at
        for at, begin in begins.items()
        if begin + ours.get(at, 0) * sizes[1] > largest or theirs.get(at, 0) * sizes[0] - begin > largest
    }


def _by_bin(order: Sequence[int], counts: Mapping[int, int], divided: Sequence[int]) -> list[int]:
    """What lies in each bin, without the cells that an edge divides."""
    before = list(accumulate((counts.get(at, 0) for at in order), initial=0))
    found: list[int] = []
    start = 0
    for cell in divided:
        stop = bisect_left(order, cell)
        found.append(max(before[stop] - before[start], 0))
        start = bisect_right(order, cell)
    return [*found, before[-1] - before[start]]

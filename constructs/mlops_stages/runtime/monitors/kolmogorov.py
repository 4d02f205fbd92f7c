"""The exact Kolmogorov-Smirnov statistic without sorting all values.

Both samples are counted in narrow cells whose order is that of the values. At a cell's end the distributions are known
exactly. Inside, they can differ by no more than what the cell holds: only cells in which that could exceed the largest
difference at any end are sorted. All in whole numbers, so that the result is exact.
"""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from .bins import NumberBins
from .sql import Ask, finite, identifier, number, table
from .window import Window

CELLS = 16_384
_MOST_LISTED = 1000
"""Cells that a statement lists; where more are to be sorted, all are."""


def cell(bins: NumberBins) -> str:
    """The cell of a finite value, in SQL.

    Cells are equally wide between two edges, not over the whole range: one outlier would leave all else in one cell.
    """
    column = identifier(bins.column)
    bounds = sorted({each for each in (bins.lowest, *bins.edges, bins.highest) if each is not None})
    parts = max(CELLS // max(len(bounds) - 1, 1), 1)
    steps = [f"WHEN {column} < {number(bounds[0])} THEN 0"] if bounds else []
    for section, (low, high) in enumerate(pairwise(bounds)):
        slope = parts / (high - low)  # 0 where the difference overflows
        inside = f"least(CAST(floor(({column} - {number(low)}) * {number(slope)}) AS INTEGER), {parts - 1})"
        place = inside if slope and math.isfinite(slope) else "0"
        steps.append(f"WHEN {column} < {number(high)} THEN {1 + section * parts} + {place}")
    return f"CASE {' '.join(steps)} ELSE {CELLS + 1} END" if steps else "0"


def _values(name: str, bins: NumberBins, window: Window | None) -> str:
    """The finite values of a table with their cells."""
    column = identifier(bins.column)
    within = "" if window is None else f" AND {window.holds(identifier('decided_at'))}"
    return f"SELECT {cell(bins)} AS cell, {column} AS v FROM {table(name)} WHERE {finite(column)}{within}"


def cells_statement(name: str, bins: NumberBins, window: Window | None = None) -> str:
    """Return how many finite values each cell has."""
    return f"SELECT cell, count(*) FROM ({_values(name, bins, window)}) AS c GROUP BY cell"


def inside_statement(
    baseline: str, decisions: str, bins: NumberBins, window: Window, sizes: tuple[int, int], cells: Sequence[int]
) -> str:
    """Return, of some cells or all, the highest and the lowest difference inside, from the cell's beginning.

    The difference is that of the two running counts, each times the other sample's size.
    """
    listed = f" WHERE cell IN ({', '.join(map(str, cells))})" if cells else ""
    ordered = "PARTITION BY cell ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return (
        f"WITH pooled AS (SELECT cell, v, {sizes[1]} AS step FROM ({_values(baseline, bins, None)}) AS a "
        f"UNION ALL SELECT cell, v, {-sizes[0]} FROM ({_values(decisions, bins, window)}) AS b), "
        f"steps AS (SELECT cell, v, sum(step) AS step FROM pooled{listed} GROUP BY cell, v), "
        f"running AS (SELECT cell, sum(step) OVER ({ordered}) AS height FROM steps) "
        "SELECT cell, max(height), min(height) FROM running GROUP BY cell"
    )


def statistic(
    asks: tuple[Ask, Ask], baseline: str, decisions: str, bins: NumberBins, window: Window
) -> tuple[float | None, int]:
    """Return the largest difference of the two distribution functions, and how many decisions have a value.

    `asks` are for statements about the baseline alone, and for all others. None where one of the samples has no finite
    value.
    """
    ask = asks[1]
    ours = {int(at): int(count) for at, count in asks[0](cells_statement(baseline, bins))}
    theirs = {int(at): int(count) for at, count in ask(cells_statement(decisions, bins, window))}
    sizes = sum(ours.values()), sum(theirs.values())
    if 0 in sizes:
        return None, sizes[1]
    begins, largest = _begins(ours, theirs, sizes)
    # Inside a cell the difference rises by all of one sample at most, and falls by all of the other.
    open_cells = [
        at
        for at, begin in begins.items()
        if max(begin + ours.get(at, 0) * sizes[1], theirs.get(at, 0) * sizes[0] - begin) > largest
    ]
    if open_cells:
        listed = open_cells if len(open_cells) <= _MOST_LISTED else []
        for at, highest, lowest in ask(inside_statement(baseline, decisions, bins, window, sizes, listed)):
            begin = begins[int(at)]
            largest = max(largest, begin + int(highest), -(begin + int(lowest)))
    return largest / (sizes[0] * sizes[1]), sizes[1]


def _begins(ours: Mapping[int, int], theirs: Mapping[int, int], sizes: tuple[int, int]) -> tuple[dict[int, int], int]:
    """The difference where each cell begins, and the largest at any end."""
    begins: dict[int, int] = {}
    height = largest = 0
    for at in sorted(ours.keys() | theirs.keys()):
        begins[at] = height
        height += ours.get(at, 0) * sizes[1] - theirs.get(at, 0) * sizes[0]
        largest = max(largest, abs(height))
    return begins, largest

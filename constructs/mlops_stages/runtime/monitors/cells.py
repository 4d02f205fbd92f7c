"""Narrow cells of a number's values, in their order: how two samples lie is known from the counts of cells.

Cells are equally wide inside a piece, not over the whole range: one outlier would leave all else in one cell. A piece
goes from one edge of the bins to another, over as many bins as are about equally wide: each costs a comparison a row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .bins import NumberBins
from .sql import identifier, number

CELLS = 65_536
"""Of all pieces together."""
UNEVEN = 6
"""How many times as many values a cell may hold as it would if each bin had its share of the cells."""


@dataclass(frozen=True)
class Piece:
    """Values from `low` up to `high`, which is not part of it, in the cells from `first` on."""

    low: float
    high: float
    first: int
    parts: int

    @property
    def slope(self) -> float:
        """Cells by the unit of the values; 0 where all are in one cell, since their distance is not a number then."""
        slope = self.parts / (self.high - self.low)
        return slope if math.isfinite(slope) else 0.0

    @property
    def end(self) -> int:
        """The cell after the last: rounded up, the largest value is one further than `parts` says."""
        return self.first + self.parts + 1


@dataclass(frozen=True)
class Cells:
    """The cells of a column: one below the pieces, theirs, one above."""

    column: str
    lowest: float | None
    pieces: tuple[Piece, ...]

    def of_row(self) -> str:
        """The cell of a finite value, in SQL."""
        if self.lowest is None:
            return "0"
        column = identifier(self.column)
        steps = [f"WHEN {column} < {number(self.lowest)} THEN 0"]
        for piece in self.pieces:
            inside = f"CAST(floor(({column} - {number(piece.low)}) * {number(piece.slope)}) AS INTEGER)"
            place = f"{piece.first} + {inside}" if piece.slope else str(piece.first)
            steps.append(f"WHEN {column} < {number(piece.high)} THEN {place}")
        return f"CASE {' '.join(steps)} ELSE {self._last} END"

    def of(self, value: float) -> int:
        """The cell of a finite value: what `of_row` gives, by the same arithmetic."""
        if self.lowest is None or value < self.lowest:
            return 0
        for piece in self.pieces:
            if value < piece.high:
                return piece.first + math.floor((value - piece.low) * piece.slope) if piece.slope else piece.first
        return self._last

    @property
    def _last(self) -> int:
        return self.pieces[-1].end if self.pieces else 1


def cells(bins: NumberBins) -> Cells:
    """The cells of a column."""
    bounds = sorted({each for each in (bins.lowest, *bins.edges, bins.highest) if each is not None})
    return Cells(bins.column, bounds[0] if bounds else None, tuple(_pieces(bounds)))


def _pieces(bounds: Sequence[float]) -> Iterator[Piece]:
    share = max(CELLS // max(len(bounds) - 1, 1), 1)
    start, first = 0, 1
    while start < len(bounds) - 1:
        stop = next(stop for stop in range(len(bounds) - 1, start, -1) if _even(bounds[start : stop + 1]))
        piece = Piece(bounds[start], bounds[stop], first, share * (stop - start))
        yield piece
        start, first = stop, piece.end


def _even(bounds: Sequence[float]) -> bool:
    """Whether the narrowest bin has enough of the cells of a piece with these bounds."""
    narrowest = min(high - low for low, high in pairwise(bounds))
    return len(bounds) == 2 or narrowest * (len(bounds) - 1) * UNEVEN >= bounds[-1] - bounds[0]

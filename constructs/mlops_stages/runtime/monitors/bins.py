"""The bins in which a column is counted: set by the baseline alone, so that each window is counted alike.

A number's bins end at the baseline's deciles; a category's are the baseline's values, and one for all others. Missing
values are a bin of their own in both.
"""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .codes import MonitorError
from .quantiles import between, spot
from .sql import Ask, finite, identifier, number, table, text, texts

DECILES = tuple(part / 10 for part in range(1, 10))
MOST_CATEGORIES = 1000


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns that are watched: the score and the model's inputs. Errors: MON-001, MON-005."""

    numbers: tuple[str, ...] = ("score",)
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = [*self.numbers, *self.categories]
        for name in named:
            identifier(name)
            if named.count(name) > 1:
                raise MonitorError("MON-005", name, f"it is there {named.count(name)} times")


@dataclass(frozen=True, kw_only=True)
class NumberBins:
    """A number's bins: below the first edge, up to the last, from the last on. A value on an edge is in the upper bin.

    `lowest` and `highest` are the baseline's; None where it has no finite value.
    """

    column: str
    edges: tuple[float, ...] = ()
    lowest: float | None = None
    highest: float | None = None

    @property
    def keys(self) -> tuple[int, ...]:
        """The bins, besides NULL for missing values."""
        return tuple(range(len(self.edges) + 1))

    def bin(self, value: str) -> str:
        """The bin of a finite value, in SQL."""
        steps = "".join(f" WHEN {value} < {number(edge)} THEN {place}" for place, edge in enumerate(self.edges))
        return f"CASE{steps} ELSE {len(self.edges)} END" if steps else "0"


@dataclass(frozen=True, kw_only=True)
class CategoryBins:
    """A category's bins: each value of the baseline, and `new` for all others."""

    column: str
    values: tuple[str, ...] = ()

    @property
    def new(self) -> str:
        """A text that is none of the values."""
        marker = "new"
        while marker in self.values:
            marker += "+"
        return marker

    @property
    def keys(self) -> tuple[str, ...]:
        """The bins, besides NULL for missing values."""
        return (*self.values, self.new)

    def bin(self, value: str) -> str:
        """The bin of a value, in SQL: NULL of a missing one."""
        known = f" OR {value} IN ({texts(self.values)})" if self.values else ""
        return f"CASE WHEN {value} IS NULL{known} THEN {value} ELSE {text(self.new)} END"


Bins = NumberBins | CategoryBins


def extent_statement(baseline: str, columns: Sequence[str]) -> str:
    """Return, for each number column, how many finite values it has, the lowest and the highest."""
    of = [
        f"sum(CASE WHEN {finite(name)} THEN 1 ELSE 0 END), "
        f"min(CASE WHEN {finite(name)} THEN {name} END), max(CASE WHEN {finite(name)} THEN {name} END)"
        for name in map(identifier, columns)
    ]
    return f"SELECT {', '.join(of)} FROM {table(baseline)}"


def ranks_statement(baseline: str, column: str, places: Sequence[int]) -> str:
    """Return the finite values at some places of a column's order, the lowest being at 1.

    Neither engine shares an exact quantile with the other: Athena's is approximate, DuckDB's has no counterpart.
    """
    name = identifier(column)
    return (
        f"SELECT place, value FROM (SELECT {name} AS value, row_number() OVER (ORDER BY {name}) AS place "
        f"FROM {table(baseline)} WHERE {finite(name)}) AS r WHERE place IN ({', '.join(map(str, places))})"
    )


def categories_statement(baseline: str, column: str) -> str:
    """Return the values of a category column, one more than are taken."""
    name = identifier(column)
    return f"SELECT {name} FROM {table(baseline)} WHERE {name} IS NOT NULL GROUP BY {name} LIMIT {MOST_CATEGORIES + 1}"


def read_bins(ask: Ask, baseline: str, columns: Columns) -> tuple[Bins, ...]:
    """Return the bins of each column; they stay the same as long as the baseline does. Errors: MON-002, MON-013."""
    found: list[Bins] = []
    if columns.numbers:
        (extents,) = ask(extent_statement(baseline, columns.numbers))
        for place, column in enumerate(columns.numbers):
            count, lowest, highest = extents[3 * place : 3 * place + 3]
            found.append(_number_bins(ask, baseline, column, int(count or 0), lowest, highest))
    for column in columns.categories:
        values = sorted(row[0] for row in ask(categories_statement(baseline, column)))
        if len(values) > MOST_CATEGORIES:
            raise MonitorError("MON-013", column, f"it has more than {MOST_CATEGORIES} values in {baseline}")
        found.append(CategoryBins(column=column, values=tuple(values)))
    return tuple(found)


def _number_bins(
    ask: Ask, baseline: str, column: str, count: int, lowest: float | None, highest: float | None
) -> NumberBins:
    if count == 0:
        return NumberBins(column=column)
    spots = [spot(count, share) for share in DECILES]
    places = sorted({place + 1 for below, above, _ in spots for place in (below, above)})
    values = {int(place) - 1: float(value) for place, value in ask(ranks_statement(baseline, column, places))}
    edges = {between(values[below], values[above], part) for below, above, part in spots}
    return NumberBins(column=column, edges=tuple(sorted(edges)), lowest=lowest, highest=highest)

"""How many rows each bin of each column has."""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

from .bins import CategoryBins
from .sql import Ask, identifier, table
from .window import Period


def rows_statement(name: str, window: Period | None = None) -> str:
    """Return how many rows a table has; with a window, a table of decisions in it."""
    return f"SELECT count(*) FROM {table(name)}{_within(window)}"


def counts_statement(name: str, of: CategoryBins, window: Period | None = None) -> str:
    """Return a category's bins, NULL for missing values, and how many rows each has."""
    # Values are counted, then looked up among the baseline's: to look each row up takes 30 times as long.
    values = f"SELECT {identifier(of.column)} AS v FROM {table(name)}{_within(window)}"
    counted = f"SELECT v, count(*) AS n FROM ({values}) AS r GROUP BY v"
    return f"SELECT bin, sum(n) FROM (SELECT {of.bin('v')} AS bin, n FROM ({counted}) AS c) AS b GROUP BY bin"


def _within(window: Period | None) -> str:
    return "" if window is None else f" WHERE {window.holds(identifier('decided_at'))}"


def read_rows(ask: Ask, name: str, window: Period | None = None) -> int:
    """Return how many rows there are."""
    ((rows,),) = ask(rows_statement(name, window))
    return int(rows)


def read_categories(ask: Ask, name: str, of: CategoryBins, window: Period | None = None) -> tuple[int, ...]:
    """Return a category's counts in the order of its bins' keys, then the missing values."""
    counts = {key: int(count) for key, count in ask(counts_statement(name, of, window))}
    return tuple(counts.get(key, 0) for key in (*of.keys, None))

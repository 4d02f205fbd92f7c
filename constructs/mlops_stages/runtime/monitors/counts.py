"""How many rows each bin of each column has, all columns in one pass."""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

from collections.abc import Sequence

from .bins import Bins
from .sql import Ask, Row, identifier, table
from .window import Window

_AT_ONCE = 30
"""Columns of one statement: GROUPING's answer has 63 bits, and Athena takes 262,144 bytes of SQL."""


def counts_statement(name: str, bins: Sequence[Bins], window: Window | None = None) -> str:
    """Return one row for each bin of each column: the bins, GROUPING of them, how many rows there are.

    With a window, the rows of a table of decisions that lie in it.
    """
    columns = [f"c{place}" for place in range(len(bins))]  # not their own names: one of them may be n
    listed = ", ".join(columns)
    of_rows = ", ".join(f"{of.of_row()} AS {column}" for of, column in zip(bins, columns, strict=True))
    of_counts = ", ".join(f"{of.of_count(column)} AS {column}" for of, column in zip(bins, columns, strict=True))
    within = "" if window is None else f" WHERE {window.holds(identifier('decided_at'))}"
    return (
        f"WITH counted AS (SELECT {listed}, grouping({listed}) AS g, count(*) AS n "
        f"FROM (SELECT {of_rows} FROM {table(name)}{within}) AS r "
        f"GROUP BY GROUPING SETS ({', '.join(f'({column})' for column in columns)})), "
        f"binned AS (SELECT {of_counts}, g, n FROM counted) "
        f"SELECT {listed}, g, sum(n) FROM binned GROUP BY {listed}, g"
    )


def read_counts(ask: Ask, name: str, bins: Sequence[Bins], window: Window | None = None) -> list[list[int]]:
    """Return each column's counts, in the order of its bins' keys, then the missing values."""
    found: list[list[int]] = []
    for first in range(0, len(bins), _AT_ONCE):
        part = bins[first : first + _AT_ONCE]
        found += _ordered(ask(counts_statement(name, part, window)), part)
    return found


def _ordered(rows: Sequence[Row], bins: Sequence[Bins]) -> list[list[int]]:
    places = [{key: place for place, key in enumerate((*of.keys, None))} for of in bins]
    counts = [[0] * len(each) for each in places]
    for *keys, grouping, count in rows:
        # GROUPING has one bit for each column, the first column's highest; that of the row's own column is 0.
        column = next(place for place in range(len(bins)) if not grouping >> (len(bins) - 1 - place) & 1)
        counts[column][places[column][keys[column]]] += int(count)
    return counts

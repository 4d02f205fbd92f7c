"""What statements are made of: names, literals, and the SQL that DuckDB and Athena (Trino) understand alike."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from .codes import MonitorError

Row = Sequence[Any]
Ask = Callable[[str], Sequence[Row]]
"""Runs a statement and returns its rows: numbers as int or float, days as date, NULL as None."""

ALLOWED = frozenset(
    (
        # Functions
        *("abs", "avg", "count", "floor", "greatest", "least", "ln", "max", "min", "rownumber", "sum"),
        # Structure of a statement
        *("select", "with", "cte", "from", "join", "subquery", "table", "tablealias", "where", "union", "star"),
        *("group", "order", "ordered", "limit", "distinct", "window", "windowspec"),
        # Expressions
        *(
            "alias",
            "column",
            "identifier",
            "literal",
            "null",
            "paren",
            "case",
            "if",
            "cast",
            "datatype",
            "datatypeparam",
        ),
        *("and", "or", "not", "eq", "lt", "lte", "gt", "gte", "is", "in"),
        *("add", "sub", "mul", "neg"),
    )
)
"""Functions and constructs, as sqlglot calls them, whose meaning is the same in both.

What is missing here is missing in one of the two, or means something else there: `log`, `//`, `quantile_cont`,
`histogram`, `isinf`, `hash`, `GROUP BY ALL`. The portability check of the tests refuses it.
"""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LARGEST = 1.7976931348623157e308


def asking(connection: Any) -> Ask:  # noqa: ANN401  # DuckDB's connection: this folder does not import duckdb
    """Return an `Ask` for a connection of DuckDB."""

    def ask(statement: str) -> Sequence[Row]:
        # Not fetchone(): in DuckDB 2.0 it leaves the result open, and the connection's next use fails.
        rows: Sequence[Row] = connection.execute(statement).fetchall()
        return rows

    return ask


def identifier(name: str) -> str:
    """A column's name, quoted. Error: MON-001."""
    if not _NAME.fullmatch(name):
        raise MonitorError("MON-001", "name", f"{name[:70]!a} is not taken")
    return f'"{name}"'


def table(name: str) -> str:
    """A table's name, or `database.table`, quoted. Error: MON-001."""
    parts = name.split(".")
    if len(parts) > 2:
        raise MonitorError("MON-001", "name", f"{name[:140]!a} has more than one dot")
    return ".".join(identifier(part) for part in parts)


def text(value: str) -> str:
    """A text literal. Error: MON-002."""
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise MonitorError("MON-002", "value", f"{value[:60]!a} holds U+0000 or half a character")
    return "'" + value.replace("'", "''") + "'"


def texts(values: Sequence[str]) -> str:
    """Text literals between commas. Error: MON-002."""
    return ", ".join(text(value) for value in values)


def number(value: float) -> str:
    """A DOUBLE literal. Without the exponent both engines would read a DECIMAL."""
    digits = repr(float(value))
    literal = digits if "e" in digits else f"{digits}e0"
    return f"({literal})" if math.copysign(1, value) < 0 else literal  # a - -1e0 would be a comment without them


def finite(expression: str) -> str:
    """Whether a number is there: neither NULL nor NaN nor infinite.

    Written as two comparisons: NaN equals itself and is above all numbers in DuckDB, and is neither in Trino.
    """
    return f"({expression} >= {number(-_LARGEST)} AND {expression} <= {number(_LARGEST)})"

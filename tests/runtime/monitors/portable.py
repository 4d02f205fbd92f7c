"""An independent check that DuckDB and Athena understand a statement alike, by sqlglot's parser of both.

Athena itself is not run. What sqlglot passes on silently although it means something else there is refused by the
allowlist, and by rules for what one word of the list may stand for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import sqlglot
from sqlglot import ErrorLevel, exp

from mlops_stages.runtime.monitors.sql import ALLOWED, Ask, Row

_TYPES = {"INT", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP", "TIMESTAMPNTZ", "VARCHAR", "TEXT"}
"""TEXT and TIMESTAMPNTZ are how sqlglot reads DuckDB's VARCHAR and TIMESTAMP."""
_DIALECTS = ("athena", "trino")


class NotPortableError(Exception):
    """A statement has something that one of the two engines lacks, or reads differently."""


def check(statement: str) -> exp.Expr:
    """Return the statement as parsed, if all in it is allowed."""
    (tree,) = sqlglot.parse(statement, read="duckdb")
    assert tree is not None
    for node in tree.walk():
        if problem := _problem(node):
            raise NotPortableError(f"{problem}: {node.sql()[:80]}")
    return tree


def portable(ask: Ask) -> Ask:
    """An `Ask` that checks each statement, and asks it again as it comes back from Athena's and Trino's dialect."""

    def both(statement: str) -> Sequence[Row]:
        tree = check(statement)
        rows = ask(statement)
        for dialect in _DIALECTS:
            there = tree.sql(dialect=dialect, unsupported_level=ErrorLevel.RAISE)
            back = sqlglot.parse_one(there, read=dialect)
            for node in back.walk():
                if problem := _problem(node):
                    raise NotPortableError(f"{problem} in {dialect}: {node.sql()[:80]}")
            assert_same(rows, ask(back.sql(dialect="duckdb")))
        return rows

    return both


def assert_same(some: Sequence[Row], others: Sequence[Row]) -> None:
    """Both have the same rows in any order; sums of numbers are added up in any order, too."""
    assert len(some) == len(others)
    for one, other in zip(sorted(some, key=_order), sorted(others, key=_order), strict=True):
        assert len(one) == len(other)
        for value, again in zip(one, other, strict=True):
            close = isinstance(value, float) and math.isclose(value, again, rel_tol=1e-9, abs_tol=1e-9)
            assert close or value == again, (one, other)


def _order(row: Row) -> list[str]:
    return [f"{value:.9g}" if isinstance(value, float) else repr(value) for value in row]


def _problem(node: exp.Expr) -> str | None:
    if node.key not in ALLOWED:
        return f"{node.key} is not in the common subset"
    arguments: dict[str, Any] = node.args
    match node:
        case exp.Literal() if not node.is_string and not node.is_int and "e" not in node.name.lower():
            return "a number with a point and no exponent is a DECIMAL"
        case exp.Cast() if node.to.this.value not in _TYPES:
            return f"{node.to.this.value} is no type of both"
        case exp.Join() if node.method or node.side or node.kind not in ("", "CROSS"):
            return "a join of another kind"
        case exp.Group() if arguments.get("all"):
            return "GROUP BY ALL"
        case exp.Star() if not isinstance(node.parent, exp.Count):
            return "a star outside count(*)"
        case exp.Union() if arguments.get("distinct"):
            return "UNION without ALL"
        case exp.Select():
            return _own_alias(node)
        case _:
            return None


def _own_alias(select: exp.Select) -> str | None:
    """DuckDB lets a SELECT use the names that it gives itself; Trino does not."""
    given = {
        each.alias
        for each in select.expressions
        if isinstance(each, exp.Alias) and each.alias not in {column.name for column in each.find_all(exp.Column)}
    }
    used = {
        column.name
        for column in select.find_all(exp.Column)
        if not column.table and column.find_ancestor(exp.Select) is select
    }
    return f"it uses its own {', '.join(sorted(given & used))}" if given & used else None

"""Decisions with 30 columns, and a baseline, as Parquet files: the same each time, on each machine.

Half of the numbers are smooth; others are rounded, skewed, whole or incomplete. Three numbers and two categories of the
decisions have moved from the baseline.
"""

# ruff: noqa: S608  # all names are of this module

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from mlops_stages.runtime.monitors.bins import Columns
from mlops_stages.runtime.monitors.window import Window

WINDOW = Window(first=date(2026, 10, 1), days=7)
NUMBERS = ("score", *(f"n{place:02}" for place in range(1, 20)))
CATEGORIES = tuple(f"k{place}" for place in range(10))
COLUMNS = Columns(numbers=NUMBERS, categories=CATEGORIES)
_VALUES = (2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
"""How many each category has."""
_FIRST = {"baseline": 0, "decisions": 10**9}
_A_ROW = 128
"""Hashes that a row may take; each is used once."""


def write(path: Path, rows: int, *, drifted: bool) -> Path:
    """Write a file of decisions that have drifted, or of a baseline; return its path."""
    first = _FIRST["decisions" if drifted else "baseline"]
    numbers = [f"{_number(place, drifted=drifted)} AS {name}" for place, name in enumerate(NUMBERS)]
    categories = [f"{_category(place, drifted=drifted)} AS {name}" for place, name in enumerate(CATEGORIES)]
    at = f"TIMESTAMP '{WINDOW.first}' + to_seconds(i % {86_400 * WINDOW.days}) AS decided_at"
    source = (
        f"SELECT {', '.join([at, *numbers, *categories])} FROM (SELECT {first} + i AS i FROM range({rows}) AS r(i))"
    )
    with duckdb.connect() as database:
        database.execute(f"COPY ({source}) TO '{path}' (FORMAT parquet)").fetchall()
    return path


def _hash(place: int) -> str:
    return f"hash(i * {_A_ROW} + {place})"


def _number(place: int, *, drifted: bool) -> str:
    uniform, angle = (f"(({_hash(2 * place + part)} >> 11) + 0.5e0) / {2**53}" for part in (0, 1))
    value = f"sqrt(-2 * ln({uniform})) * cos(2 * pi() * {angle})"
    if place in (3, 7) and drifted:
        value = f"{value} + 0.3e0"
    match place:
        case 0:
            return f"1 / (1 + exp({0.9 if drifted else 1.0} - {value}))"
        case 1 | 2:
            return f"round({value}, 2)"
        case 4:
            return f"floor(10 * ({value}))"
        case 5:
            return f"exp({value})"
        case 12:
            return f"CASE WHEN {_hash(_A_ROW - 1)} % 100 >= {20 if drifted else 5} THEN {value} END"
        case _:
            return value


def _category(place: int, *, drifted: bool) -> str:
    count = _VALUES[place]
    value = f"least({_hash(80 + place)} % {count}, {_hash(95 + place)} % {count})"
    if place in (4, 6) and drifted:
        value = f"CASE WHEN {_hash(110 + place)} % 50 = 0 THEN {count} ELSE {value} END"  # one that is new
    return f"'v' || ({value})"

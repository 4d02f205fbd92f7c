"""Sums of the judged rows by slice and day: all metrics but AUC follow from them, under any weights of days."""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from .rows import Evaluation, Kind, judged
from .sql import Ask

BINS = 10
"""Of scores, equally wide, for the calibration error."""
THRESHOLD = "0.5"
"""A score from here on predicts class 1."""
CLIPPED = "1e-15"
"""How near to 0 and 1 a score comes in the log loss."""


def _exact(expression: str) -> str:
    """A sum that is the same in whatever order an engine adds.

    A classifier's values are below 35 each, and are rounded to 18 decimals, which is as fine as a DOUBLE near 1. Those
    of a regression know no bound: the order of additions shows in their last digits.
    """
    return f"sum(CAST({expression} AS DECIMAL(38, 18)))"


_PREDICTED = f"CASE WHEN score >= {THRESHOLD}e0 THEN 1e0 ELSE 0e0 END"
_EXPRESSIONS: dict[Kind, dict[str, str]] = {
    "classifier": {
        "rows": "count(*)",
        "scores": _exact("score"),
        "labels": _exact("label"),
        "squares": _exact("(score - label) * (score - label)"),
        "log_losses": _exact(
            f"0e0 - label * ln(greatest(score, {CLIPPED})) - (1e0 - label) * ln(greatest(1e0 - score, {CLIPPED}))"
        ),
        "predicted": _exact(_PREDICTED),
        "hits": _exact(f"label * ({_PREDICTED})"),
    },
    "regression": {
        "rows": "count(*)",
        "scores": "sum(score)",
        "labels": "sum(label)",
        "squares": "sum((score - label) * (score - label))",
        "distances": "sum(abs(score - label))",
        # From the mean: the variance of labels such as 1,000,000.1 would be lost in the squares of the labels.
        "offsets": "sum(label - centre)",
        "offset_squares": "sum((label - centre) * (label - centre))",
    },
}
_BIN: dict[Kind, str] = {
    "classifier": f"least(CAST(floor(score * {BINS}e0) AS INTEGER), {BINS - 1})",
    "regression": "0",
}


def sums_statement(evaluation: Evaluation, *, challenger: bool = False) -> str:
    """Return the sums by slice, day and bin of the score."""
    sums = ", ".join(_EXPRESSIONS[evaluation.kind].values())
    return (
        f"WITH judged AS ({judged(evaluation, challenger=challenger)}), "
        f"binned AS (SELECT slice, day, {_BIN[evaluation.kind]} AS bin, score, label, centre "
        "FROM judged CROSS JOIN (SELECT avg(label) AS centre FROM judged) AS m) "
        f"SELECT slice, day, bin, {sums} FROM binned GROUP BY slice, day, bin"
    )


@dataclass(frozen=True)
class Sums:
    """What `sums_statement` found. Days without rows are not there.

    `columns` has, for each slice and each sum's name, one number a day; `NAME:BIN` is the part of one bin.
    """

    days: tuple[date, ...]
    columns: dict[str | None, dict[str, list[float]]]

    def slices(self) -> list[str | None]:
        """Those with most rows first."""
        rows = {each: sum(of["rows"]) for each, of in self.columns.items()}
        return sorted(rows, key=lambda each: (-rows[each], each is None, each or ""))

    def by_day(self, name: str, among: Collection[str | None] | None = None) -> list[float]:
        """One number a day, of some slices together or of all."""
        chosen = [of for each, of in self.columns.items() if among is None or each in among]
        parts = [of[name] for of in chosen if name in of]
        return [sum(day) for day in zip(*parts, strict=True)] if parts else [0.0] * len(self.days)

    def rows(self, among: Collection[str | None] | None = None) -> int:
        """How many rows some slices have, or all."""
        return round(sum(self.by_day("rows", among)))


def read_sums(ask: Ask, evaluation: Evaluation, *, challenger: bool = False) -> Sums:
    """Return the sums of an evaluation, or of its challenger's scores."""
    names = tuple(_EXPRESSIONS[evaluation.kind])
    # Sorted: an engine returns groups in any order, and the order of additions shows in the last digits.
    found = sorted(
        ask(sums_statement(evaluation, challenger=challenger)),
        key=lambda row: (row[0] is None, row[0] or "", row[1], row[2]),
    )
    days = tuple(sorted({row[1] for row in found}))
    place = {day: number for number, day in enumerate(days)}
    columns: dict[str | None, dict[str, list[float]]] = {}
    for of, day, bin_number, *sums in found:
        _add(columns.setdefault(of, {}), names, sums, bin_number, place[day], len(days))
    return Sums(days, columns)


def _add(
    columns: dict[str, list[float]], names: Sequence[str], sums: Sequence[float], bin_number: int, day: int, days: int
) -> None:
    for name, value in zip(names, sums, strict=True):
        for key in (name, f"{name}:{bin_number}"):
            columns.setdefault(key, [0.0] * days)[day] += float(value)

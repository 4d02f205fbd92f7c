"""AUC under any weights of days, from counts of pairs.

AUC is the share of pairs of a positive and a negative row in which the positive has the higher score, a tie counting
half. How many such pairs there are between two days is counted once; with days weighted, AUC is a sum of these counts.
"""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from .rows import Evaluation, judged
from .sql import Ask
from .sums import Sums


def pairs_statement(evaluation: Evaluation, *, challenger: bool = False) -> str:
    """Return, by slice, day of positives and day of negatives, twice the pairs in order.

    For each day's negatives, all positives are sorted among them by score. A negative is there twice, before and after
    the positives of its score: the running count is then twice what lies below, and ties count half.
    """
    counted = "SELECT slice, day, score, count(*) AS n FROM judged WHERE label ="
    return (
        f"WITH judged AS ({judged(evaluation, challenger=challenger)}), "
        f"positives AS ({counted} 1e0 GROUP BY slice, day, score), "
        f"negatives AS ({counted} 0e0 GROUP BY slice, day, score), "
        "days AS (SELECT day FROM negatives GROUP BY day), "
        "placed AS ("
        "SELECT p.slice AS slice, p.day AS day, e.day AS other, p.score AS score, 1 AS place, p.n AS p, 0 AS q "
        "FROM positives AS p CROSS JOIN days AS e "
        "UNION ALL SELECT slice, day, day, score, 0, 0, n FROM negatives "
        "UNION ALL SELECT slice, day, day, score, 2, 0, n FROM negatives), "
        "running AS (SELECT slice, day, other, p, sum(q) OVER (PARTITION BY slice, other ORDER BY score, place "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS below FROM placed) "
        "SELECT slice, day, other, sum(p * below) FROM running WHERE p > 0 GROUP BY slice, day, other"
    )


@dataclass(frozen=True)
class Pairs:
    """Twice the pairs in order, from each day's positives to each day's negatives, and how many rows each day has."""

    ordered: list[list[int]]
    positives: list[float]
    negatives: list[float]

    def auc(self, weights: Sequence[float]) -> float | None:
        """AUC with each day counted as often as its weight says; None without a pair."""
        every = sum(map(mul, weights, self.positives)) * sum(map(mul, weights, self.negatives))
        if not every:
            return None
        drawn = (day for day, weight in enumerate(weights) if weight)
        ordered = sum(weights[day] * sum(map(mul, weights, self.ordered[day])) for day in drawn)
        return ordered / (2 * every)


def read_pairs(ask: Ask, evaluation: Evaluation, sums: Sums, *, challenger: bool = False) -> dict[str | None, Pairs]:
    """Return the pairs of each slice, over the days of the sums."""
    place = {day: number for number, day in enumerate(sums.days)}
    found: dict[str | None, Pairs] = {}
    for of in sums.slices():
        positives, rows = sums.by_day("labels", {of}), sums.by_day("rows", {of})
        negatives = [count - positive for count, positive in zip(rows, positives, strict=True)]
        found[of] = Pairs([[0] * len(place) for _ in place], positives, negatives)
    for of, day, other, ordered in ask(pairs_statement(evaluation, challenger=challenger)):
        found[of].ordered[place[day]][place[other]] = int(ordered)
    return found

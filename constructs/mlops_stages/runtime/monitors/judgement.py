"""What is known of an evaluation's rows, and any metric of them under any weights of days."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from operator import mul

from .bootstrap import Interval, Weighted, interval, method
from .figures import Figure
from .metrics import Metric, OfSums
from .pairs import Pairs, read_pairs
from .rows import Evaluation, check
from .sql import Ask
from .sums import Sums, read_sums


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The sums of an evaluation, and the pairs of each slice where AUC is wanted."""

    evaluation: Evaluation
    sums: Sums
    pairs: dict[str | None, Pairs]

    def weighted(self, metric: Metric, of: str | None = None) -> Weighted:
        """A metric of one slice; without a column, None is the slice of all rows."""
        if isinstance(metric, OfSums):
            return self.of_sums(metric.of, metric.needs, {of})
        return self.pairs[of].auc if of in self.pairs else _nothing

    def of_sums(
        self, calculate: Callable[..., float | None], needs: Sequence[str], among: Collection[str | None]
    ) -> Weighted:
        """What follows from sums of some slices together."""
        # Most bins of scores are empty, and each sum is asked for 2000 times.
        columns = [(column, any(column)) for column in (self.sums.by_day(name, among) for name in needs)]
        return lambda weights: calculate(
            *(sum(map(mul, weights, column)) if is_filled else 0.0 for column, is_filled in columns)
        )

    def figure(self, name: str, of: str, value: Weighted, *, rows: int, definition: str, undefined: str) -> Figure:
        """The figure with its interval. `definition` is what is calculated; rows and method are added."""
        days, seed = len(self.sums.days), self.evaluation.seed
        found = value([1] * days)
        between = Interval(why=undefined) if found is None else interval(value, days, seed)
        return Figure(
            name=name,
            of=of,
            value=found,
            low=between.low,
            high=between.high,
            rows=rows,
            definition=f"{definition}, {self.evaluation.scope}; {method(days, seed)}",
            why=between.why if rows else "no decision of the window has a score and a label",
        )


def judge(ask: Ask, evaluation: Evaluation, metrics: Sequence[Metric] = (), *, challenger: bool = False) -> Judgement:
    """Check and read the rows; pairs only where a metric takes them. Errors: MON-001, MON-010 to MON-013."""
    check(ask, evaluation, challenger=challenger)
    sums = read_sums(ask, evaluation, challenger=challenger)
    with_pairs = any(not isinstance(metric, OfSums) for metric in metrics)
    pairs = read_pairs(ask, evaluation, sums, challenger=challenger) if with_pairs else {}
    return Judgement(evaluation=evaluation, sums=sums, pairs=pairs)


def _nothing(_: Sequence[float]) -> None:
    """What a metric is that has no row."""

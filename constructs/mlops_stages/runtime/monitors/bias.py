"""Gaps between a segment and the others, as SageMaker Clarify defines them.

Facet d is the segment that may be disfavoured, facet a those that it is compared with. Positive differences, and a
quotient below 1, are to the segment's disadvantage where class 1 is what people want.

Sources, below https://docs.aws.amazon.com/sagemaker/latest/dg/: clarify-data-bias-metric-true-label-imbalance.html
(DPL), clarify-post-training-bias-metric-dppl.html (DPPL), -di.html (DI), -rd.html (recall difference, here tpr_gap) and
-sd.html (specificity difference, which is the gap of false positive rates, here fpr_gap).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .bootstrap import Weighted
from .codes import MonitorError
from .figures import Figure
from .judgement import Judgement, judge
from .metrics import quotient
from .rows import Evaluation
from .sql import Ask
from .sums import THRESHOLD


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Values of a category column, and those that they are compared with: without `against`, all other values.

    Rows whose value is missing are on neither side. Error: MON-006.
    """

    column: str
    values: tuple[str, ...]
    against: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        named = [*self.values, *(self.against or ())]
        if not self.values or self.against == () or len(named) != len(set(named)):
            raise MonitorError("MON-006", self.column, f"{named!a} are its values")

    def __str__(self) -> str:
        """As figures name it."""
        others = "all others" if self.against is None else ", ".join(map(repr, self.against))
        return f"{self.column}: {', '.join(map(repr, self.values))} against {others}"


@dataclass(frozen=True, kw_only=True)
class _Gap:
    """A share of each side, above and below as names of sums, and how the two shares become one number."""

    name: str
    share: Callable[..., float | None]
    needs: tuple[str, ...]
    of: Callable[[float, float], float | None]
    definition: str
    undefined: str


def _difference(segment: float, others: float) -> float:
    return others - segment


def _false_positive_rate(predicted: float, hits: float, rows: float, labels: float) -> float | None:
    return quotient(predicted - hits, rows - labels)


_PREDICTED = f"score >= {THRESHOLD}"
_GAPS = (
    _Gap(
        name="dpl",
        share=quotient,
        needs=("labels", "rows"),
        of=_difference,
        definition="share of positive labels of the others less that of the segment (DPL)",
        undefined="a side has no rows",
    ),
    _Gap(
        name="dppl",
        share=quotient,
        needs=("predicted", "rows"),
        of=_difference,
        definition=f"share of positive predictions ({_PREDICTED}) of the others less that of the segment (DPPL)",
        undefined="a side has no rows",
    ),
    _Gap(
        name="di",
        share=quotient,
        needs=("predicted", "rows"),
        of=quotient,
        definition=f"share of positive predictions ({_PREDICTED}) of the segment divided by that of the others (DI)",
        undefined="a side has no rows, or the others have no positive prediction",
    ),
    _Gap(
        name="tpr_gap",
        share=quotient,
        needs=("hits", "labels"),
        of=_difference,
        definition=f"true positive rate ({_PREDICTED}) of the others less that of the segment (RD)",
        undefined="a side has no positive label",
    ),
    _Gap(
        name="fpr_gap",
        share=_false_positive_rate,
        needs=("predicted", "hits", "rows", "labels"),
        of=_difference,
        definition=f"false positive rate ({_PREDICTED}) of the others less that of the segment (SD)",
        undefined="a side has no negative label",
    ),
)


LIMITED = ("dppl", "tpr_gap", "fpr_gap")
"""The gaps that can be bounded: differences of what the model does, 0 where it treats both sides alike."""


def bias(ask: Ask, evaluation: Evaluation, segment: Segment) -> tuple[Figure, ...]:
    """Return dpl, dppl, di, tpr_gap and fpr_gap of a classifier. Errors: MON-001, MON-004, MON-010 to MON-013."""
    if evaluation.kind != "classifier":
        raise MonitorError("MON-004", evaluation.model, "a regression has no positive predictions")
    judgement = judge(ask, evaluation.by(segment.column))
    present = {value for value in judgement.sums.slices() if value is not None}
    segment_values = set(segment.values)
    others = present - segment_values if segment.against is None else set(segment.against)
    return tuple(
        judgement.figure(
            gap.name,
            str(segment),
            _weighted(judgement, gap, segment_values, others),
            rows=judgement.sums.rows(segment_values | others),
            definition=f"{gap.definition}, {segment}",
            undefined=gap.undefined,
        )
        for gap in _GAPS
    )


def _weighted(judgement: Judgement, gap: _Gap, segment: set[str], others: set[str]) -> Weighted:
    of_segment, of_others = (judgement.of_sums(gap.share, gap.needs, side) for side in (segment, others))

    def value(weights: Sequence[float]) -> float | None:
        shares = of_segment(weights), of_others(weights)
        return None if shares[0] is None or shares[1] is None else gap.of(shares[0], shares[1])

    return value

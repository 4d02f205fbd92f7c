"""The metrics, each with its definition in one clause: those that follow from sums, and AUC, which takes pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .codes import MonitorError
from .rows import Kind
from .sums import BINS, CLIPPED, THRESHOLD


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What a metric is called and means. `undefined` is why it has no value where it has none."""

    name: str
    definition: str
    undefined: str = "there are no rows"


@dataclass(frozen=True, kw_only=True)
class OfSums(Metric):
    """A metric that follows from sums: `of` takes the totals of those that `needs` names."""

    needs: tuple[str, ...]
    of: Callable[..., float | None]


def quotient(above: float, below: float) -> float | None:
    """Their quotient; None where it has none."""
    return above / below if below else None


def _ratio(scores: float, labels: float) -> float | None:
    return scores / labels if labels > 0 else None


def _root(squares: float, rows: float) -> float | None:
    return math.sqrt(squares / rows) if rows else None


def _accuracy(hits: float, predicted: float, labels: float, rows: float) -> float | None:
    wrong = (predicted - hits) + (labels - hits)
    return quotient(rows - wrong, rows)


def _f1(hits: float, predicted: float, labels: float) -> float | None:
    return quotient(2 * hits, predicted + labels)


def _calibration_error(*sums: float) -> float | None:
    rows, scores, labels = sums[:BINS], sums[BINS : 2 * BINS], sums[2 * BINS :]
    return quotient(math.fsum(abs(s - y) for s, y in zip(scores, labels, strict=True)), sum(rows))


def _determination(squares: float, offsets: float, offset_squares: float, rows: float) -> float | None:
    if not rows:
        return None
    spread = offset_squares - offsets * offsets / rows
    # Equal labels leave a rest of rounding, never a spread to be explained.
    return 1 - squares / spread if spread > 1e-12 * offset_squares else None


_BINNED = tuple(f"{name}:{number}" for name in ("rows", "scores", "labels") for number in range(BINS))
_PREDICTING = f"predictions at the threshold score >= {THRESHOLD}"

_RATIO = OfSums(
    name="calibration_ratio",
    needs=("scores", "labels"),
    of=_ratio,
    definition="sum of scores divided by sum of labels",
    undefined="the labels sum to 0 or less",
)
_CLASSIFIER: tuple[Metric, ...] = (
    _RATIO,
    Metric(
        name="auc",
        definition=(
            "share of pairs of a positive and a negative row in which the positive has the higher score, ties half"
        ),
        undefined="there are no pairs: the labels are all positive or all negative",
    ),
    OfSums(
        name="log_loss",
        needs=("log_losses", "rows"),
        of=quotient,
        definition=f"mean of the negative natural logarithm of the label's probability, clipped to {CLIPPED}",
    ),
    OfSums(
        name="brier",
        needs=("squares", "rows"),
        of=quotient,
        definition="mean squared difference of score and label",
    ),
    OfSums(
        name="ece",
        needs=_BINNED,
        of=_calibration_error,
        definition=(
            f"absolute difference of mean score and mean label in {BINS} bins of equal width (bin = floor of {BINS} "
            "times the score, 1 in the last), averaged with the bins' rows as weights"
        ),
    ),
    OfSums(
        name="accuracy",
        needs=("hits", "predicted", "labels", "rows"),
        of=_accuracy,
        definition=f"share of correct {_PREDICTING}",
    ),
    OfSums(
        name="f1",
        needs=("hits", "predicted", "labels"),
        of=_f1,
        definition=f"harmonic mean of precision and recall of {_PREDICTING}",
        undefined="neither a label nor a prediction is positive",
    ),
    OfSums(
        name="precision",
        needs=("hits", "predicted"),
        of=quotient,
        definition=f"share of positive labels among positive {_PREDICTING}",
        undefined="no prediction is positive",
    ),
    OfSums(
        name="recall",
        needs=("hits", "labels"),
        of=quotient,
        definition=f"share of positive labels that are found, by {_PREDICTING}",
        undefined="no label is positive",
    ),
)
_REGRESSION: tuple[Metric, ...] = (
    _RATIO,
    OfSums(
        name="rmse",
        needs=("squares", "rows"),
        of=_root,
        definition="root of the mean squared difference of score and label",
    ),
    OfSums(
        name="mae",
        needs=("distances", "rows"),
        of=quotient,
        definition="mean absolute difference of score and label",
    ),
    OfSums(
        name="r2",
        needs=("squares", "offsets", "offset_squares", "rows"),
        of=_determination,
        definition="1 less the sum of squared differences of score and label, divided by that of labels and their mean",
        undefined="all labels are equal",
    ),
)
_METRICS: dict[Kind, dict[str, Metric]] = {
    "classifier": {metric.name: metric for metric in _CLASSIFIER},
    "regression": {metric.name: metric for metric in _REGRESSION},
}


def metrics(kind: Kind, names: Sequence[str] | None = None) -> tuple[Metric, ...]:
    """The metrics of a kind of model that have these names, or all. Error: MON-004."""
    known = _METRICS[kind]
    for name in names or ():
        if name not in known:
            raise MonitorError("MON-004", "metric", f"{name[:60]!a} is none of {', '.join(known)}")
    return tuple(known.values()) if names is None else tuple(known[name] for name in names)

"""How good scores are, by their labels: of a model, of two on the same rows, of parts of the rows."""

from __future__ import annotations

from collections.abc import Sequence

from .figures import Figure
from .judgement import Judgement, judge
from .metrics import Metric, metrics
from .rows import Evaluation
from .sql import Ask

FEWEST_ROWS = 100
"""Of a slice that has a value."""


def quality(ask: Ask, evaluation: Evaluation, names: Sequence[str] | None = None) -> tuple[Figure, ...]:
    """Return metrics of a model: those that are named, or all of its kind.

    A classifier has calibration_ratio, auc, log_loss, brier, ece, accuracy, f1, precision, recall; a regression has
    calibration_ratio, rmse, mae, r2. Errors: MON-001, MON-004, MON-010 to MON-012.
    """
    wanted = metrics(evaluation.kind, names)
    judgement = judge(ask, evaluation.by(None), wanted)
    return tuple(
        judgement.figure(
            metric.name,
            evaluation.model,
            judgement.weighted(metric),
            rows=judgement.sums.rows(),
            definition=metric.definition,
            undefined=metric.undefined,
        )
        for metric in wanted
    )


def compare(
    ask: Ask, evaluation: Evaluation, challenger: str, names: Sequence[str] | None = None
) -> tuple[Figure, ...]:
    """Return, for each metric, a challenger's value less the champion's, on the rows that both have scored.

    `challenger` is a table like the champion's decisions, joined by decision_id; the day is the champion's. Log losses
    of different months cannot be compared, those of the same rows can. Errors: as `quality`.
    """
    wanted = metrics(evaluation.kind, names)
    both = evaluation.by(None).against(challenger)
    champion, other = judge(ask, both, wanted), judge(ask, both, wanted, challenger=True)
    return tuple(_difference(champion, other, metric, challenger) for metric in wanted)


def challenger_quality(
    ask: Ask, evaluation: Evaluation, challenger: str, names: Sequence[str] | None = None
) -> tuple[Figure, ...]:
    """Return metrics of a challenger on the rows that both have scored, as `compare` takes them. Errors: the same."""
    wanted = metrics(evaluation.kind, names)
    judgement = judge(ask, evaluation.by(None).against(challenger), wanted, challenger=True)
    return tuple(
        judgement.figure(
            metric.name,
            challenger,
            judgement.weighted(metric),
            rows=judgement.sums.rows(),
            definition=f"{metric.definition}: of {challenger}",
            undefined=metric.undefined,
        )
        for metric in wanted
    )


def _difference(champion: Judgement, challenger: Judgement, metric: Metric, table: str) -> Figure:
    one, other = champion.weighted(metric), challenger.weighted(metric)

    def difference(weights: Sequence[float]) -> float | None:
        values = other(weights), one(weights)
        return None if values[0] is None or values[1] is None else values[0] - values[1]

    evaluation = champion.evaluation
    return champion.figure(
        f"{metric.name}_difference",
        f"{table} against {evaluation.model}",
        difference,
        rows=champion.sums.rows(),
        definition=(
            f"{metric.definition}: of {table} less of {evaluation.decisions}, by the latter's days, the same drawn for "
            "both"
        ),
        undefined=metric.undefined,
    )


def by_slice(
    ask: Ask, evaluation: Evaluation, column: str, name: str, *, fewest: int = FEWEST_ROWS
) -> tuple[Figure, ...]:
    """Return a metric for each value of a category column, those with most rows first; missing values are one slice.

    A slice with fewer than `fewest` rows has no value. Errors: as `quality`, and MON-013.
    """
    (metric,) = metrics(evaluation.kind, [name])
    judgement = judge(ask, evaluation.by(column), [metric])
    return tuple(_slice(judgement, metric, column, value, fewest) for value in judgement.sums.slices())


def _slice(judgement: Judgement, metric: Metric, column: str, value: str | None, fewest: int) -> Figure:
    rows = judgement.sums.rows({value})
    few = rows < fewest
    return judgement.figure(
        metric.name,
        f"{column} is missing" if value is None else f"{column} = {value!r}",
        (lambda _: None) if few else judgement.weighted(metric, value),
        rows=rows,
        definition=f"{metric.definition}, for slices of {column} with at least {fewest} rows",
        undefined=f"fewer than {fewest} rows" if few else metric.undefined,
    )

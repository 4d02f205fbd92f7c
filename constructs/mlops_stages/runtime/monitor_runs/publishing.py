"""CloudWatch: the figures that alarms look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..decisions.metrics import CloudWatch
from ..monitors.figures import Figure
from .record import Labelled
from .settings import DRIFTS, Settings
from .verdict import CALIBRATION_RATIO, deciding, known, limit_of, nearest

NAMESPACE = "MLOpsStages/Monitors"
CALIBRATION, QUALITY = "CalibrationRatio", "Quality"
BIAS = "Bias"
"""Of the gaps that are bounded, the one furthest beyond: the end of its interval nearer to 0, by its limit; above 1."""
LOW, HIGH = "Low", "High"
"""What the ends of a figure's interval are called, after its name."""
BEHIND, CONTRADICTORY, UNMATCHED, QUARANTINED = (
    "LabelsBehindHours", "ContradictoryLabels", "UnmatchedLabels", "QuarantinedLabels"
)  # fmt: skip
LABELLED_SHARE = "LabelledShare"
SCORE_DRIFT, INPUT_DRIFT = "ScoreDrift", "LargestInputDrift"
FEWEST_DECISIONS = 1000
"""Of a week: of fewer, chance alone makes a distance (PSI of 100 rows in 11 bins is 0.1 on average)."""
JUDGED = "Judged"
"""1 where enough is known to decide, 0 where it is not: the figures that decide are missing then."""


def published(
    settings: Settings, labelled: Labelled, quarantined: int, figures: Sequence[Figure]
) -> dict[str, tuple[float, str]]:
    """Value and unit of each metric.

    Calibration and quality are there only where they have an interval over enough of the window's days: without them an
    alarm knows nothing, and says so by its state.
    """
    found: dict[str, tuple[float, str]] = {
        CONTRADICTORY: (labelled.contradictory, "Count"),
        UNMATCHED: (labelled.unmatched, "Count"),
        QUARANTINED: (quarantined, "Count"),
    }
    if labelled.behind_hours is not None:
        found[BEHIND] = (labelled.behind_hours, "None")
    if labelled.decisions:
        found[LABELLED_SHARE] = (100 * labelled.labelled / labelled.decisions, "Percent")
    judged = known(settings, labelled, figures)
    beyond: list[float] = []
    for figure in judged:
        limit = limit_of(settings, figure)
        if limit is not None:
            beyond.append(nearest(figure) / limit.maximum)
            continue
        name = CALIBRATION if figure.name == CALIBRATION_RATIO else QUALITY
        ends = {"": figure.value, LOW: figure.low, HIGH: figure.high}
        found |= {f"{name}{end}": (value, "None") for end, value in ends.items() if value is not None}
    if beyond:
        found[BIAS] = (max(beyond), "None")
    found[JUDGED] = (float(len(judged) == len(deciding(settings))), "None")
    if settings.drift is not None and settings.drift.is_hourly:
        return found  # a day's figure beside those of the hours would have the alarm go by the larger one
    return found | drift_of(settings, figures)


def drift_of(settings: Settings, figures: Sequence[Figure]) -> dict[str, tuple[float, str]]:
    """How far scores have moved, and the input that has moved most, as `published`."""
    if settings.drift is None:
        return {}
    name = DRIFTS[settings.drift.metric]
    moved = {
        each.of: each.value
        for each in figures
        if each.name == name and each.value is not None and each.rows >= FEWEST_DECISIONS
    }
    score = moved.pop("score", None)
    found = {} if score is None else {SCORE_DRIFT: (score, "None")}
    return found | ({INPUT_DRIFT: (max(moved.values()), "None")} if moved else {})


def publish(cloudwatch: CloudWatch, settings: Settings, at: datetime, found: Mapping[str, tuple[float, str]]) -> None:
    """Put the metrics of a run at its moment. Put again, CloudWatch keeps both: look at the maximum, not at the sum."""
    dimensions = [{"Name": "Endpoint", "Value": settings.endpoint}]
    data: list[dict[str, Any]] = [
        {"MetricName": name, "Dimensions": dimensions, "Timestamp": at, "Value": value, "Unit": unit}
        for name, (value, unit) in sorted(found.items())
    ]
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)

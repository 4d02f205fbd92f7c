"""Evaluating a metric alarm: data of its window, statistic or expression, verdict, reason.

Windows slide: an alarm of a minute or longer is looked at each minute, over the periods that end with that minute.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

from mlops_stages.local.server.cloudwatch import queries
from mlops_stages.local.server.cloudwatch.judgement import COMPARISONS, FURTHER, Point, Reason, Verdict, judge
from mlops_stages.local.server.cloudwatch.metrics import Metrics
from mlops_stages.local.server.cloudwatch.records import Condition, MetricAlarm
from mlops_stages.local.server.cloudwatch.statistics import samples
from mlops_stages.local.server.cloudwatch.values import Series

_ONLY_RISES = frozenset({"Sum", "Maximum", "SampleCount"})


def evaluate(alarm: MetricAlarm, metrics: Metrics, end: int, now: float) -> Condition | None:
    """Return the condition that the data before `end` gives an alarm; None where it keeps its state."""
    grid = _grid(alarm, end)
    if alarm.patient and _has_too_few(alarm, metrics, grid):
        return None
    points = _points(alarm, metrics, grid)
    verdict = _judge(alarm, points, grid)
    return _condition(alarm, points, grid, verdict, now)


def foreseen(alarm: MetricAlarm, metrics: Metrics, end: int, now: float) -> Condition | None:
    """Return the ALARM that is certain before its last period is over: whatever else comes until then, it stays.

    So an alarm on a sum goes off with the data that is too much, and not only at the end of its minute.
    """
    grid = _grid(alarm, end)
    if not _can_only_rise(alarm, metrics, grid):
        return None
    points = _points(alarm, metrics, grid)
    verdict = _judge(alarm, points, grid)
    breaching = [place for place in verdict.used if _breaches(alarm, points[grid[place]].value)]
    if grid[-1] not in points or len(breaching) < alarm.needed:
        return None
    return _condition(alarm, points, grid, verdict, now)


def _grid(alarm: MetricAlarm, end: int) -> range:
    return range(end - (alarm.periods + FURTHER) * alarm.period, end, alarm.period)


def _points(alarm: MetricAlarm, metrics: Metrics, grid: range) -> dict[int, Point]:
    single = alarm.single
    if single is not None:
        counted = queries.buckets(single, metrics, alarm.scope, grid)
        values = {at: single.statistic.of(slots) for at, slots in counted.items()}
        return {
            at: Point(at=at, value=value, samples=samples(counted[at]))
            for at, value in values.items()
            if value is not None
        }
    computed = queries.computation(alarm.queries, metrics, alarm.scope, lambda _: grid).of(alarm.watched)
    if not isinstance(computed, Series):
        return {}
    return {at: Point(at=at, value=value) for at, value in computed.points.items() if at in grid}


def _breaches(alarm: MetricAlarm, value: float) -> bool:
    return COMPARISONS[alarm.comparison](value, alarm.threshold)


def _judge(alarm: MetricAlarm, points: dict[int, Point], grid: range) -> Verdict:
    seen = [_breaches(alarm, points[at].value) if at in points else None for at in grid]
    return judge(seen, periods=alarm.periods, needed=alarm.needed, missing=alarm.missing)


def _condition(
    alarm: MetricAlarm, points: dict[int, Point], grid: range, verdict: Verdict, now: float
) -> Condition | None:
    if verdict.state in (None, alarm.condition.value):
        return None  # most evaluations end here, and so the reason is worded below
    single = alarm.single
    reason = Reason(
        comparison=alarm.comparison,
        threshold=alarm.threshold,
        period=alarm.period,
        needed=alarm.needed,
        missing=alarm.missing,
        statistic=None if single is None else single.statistic.name,
        unit=None if single is None else single.unit,
        now=now,
    )
    used = [points[grid[place]] for place in verdict.used]
    return Condition(
        value=verdict.state,
        reason=reason.text(alarm.condition.value, verdict.state, used, verdict.filled),
        data=reason.data(used),
        since=now,
    )


def _has_too_few(alarm: MetricAlarm, metrics: Metrics, grid: range) -> bool:
    """Whether an alarm on a percentile has data, but too little of it in its evaluation periods to mean anything."""
    single = alarm.single
    if single is None or not single.statistic.least_samples:
        return False
    recent = range(grid[-alarm.periods], grid.stop, grid.step)
    slots = [slot for found in queries.buckets(single, metrics, alarm.scope, recent).values() for slot in found]
    return 0 < samples(slots) < single.statistic.least_samples


def _can_only_rise(alarm: MetricAlarm, metrics: Metrics, grid: range) -> bool:
    single = alarm.single
    if single is None:
        return False
    if single.statistic.name == "Minimum":
        return alarm.comparison.startswith("Less")
    if single.statistic.name not in _ONLY_RISES or not alarm.comparison.startswith("Greater"):
        return False
    slots = metrics.slots(alarm.scope, single.metric, grid.start, grid.stop, single.unit)
    return single.statistic.name != "Sum" or all(slot.low >= 0 for slot in slots)

"""PutMetricAlarm and PutCompositeAlarm: what AWS refuses, what is not emulated, and the alarm that comes of the rest.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Scope, merged_tags
from mlops_stages.local.server.cloudwatch import actions, queries, rules
from mlops_stages.local.server.cloudwatch.judgement import COMPARISONS, Missing
from mlops_stages.local.server.cloudwatch.queries import ExpressionQuery, MetricQuery, Query
from mlops_stages.local.server.cloudwatch.records import CompositeAlarm, Condition, MetricAlarm
from mlops_stages.local.server.cloudwatch.refusals import invalid, not_emulated, number
from mlops_stages.local.server.cloudwatch.statistics import statistic

MOST_METRICS = MOST_EXPRESSIONS = 10
"""Of one alarm on metric math, as on AWS."""
_DAY, _WEEK = 86_400, 604_800

_OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit")
_ELSEWHERE = {
    "ThresholdMetricId": "alarms on anomaly detection (ThresholdMetricId)",
    "EvaluationCriteria": "alarms on PromQL (EvaluationCriteria)",
    "EvaluationInterval": "alarms on PromQL (EvaluationInterval)",
    "WarmUpConfiguration": "the warm-up of an alarm (WarmUpConfiguration)",
}
_WAIT, _EXTENSION = "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"

Given = Mapping[str, Any]


def metric_alarm(given: Given, scope: Scope, now: float) -> MetricAlarm:
    """Return the alarm of a PutMetricAlarm; ServiceError says what is wrong with it, or not emulated."""
    for member, what in _ELSEWHERE.items():
        if member in given:
            raise not_emulated(what)
    if "WallClockWindow" in mapping(given.get("EvaluationWindow")):
        raise not_emulated("windows aligned to the clock (EvaluationWindow.WallClockWindow): alarms slide here")
    _check_actions(given, scope)
    comparison = str(given.get("ComparisonOperator", ""))
    if not comparison:
        raise invalid("ComparisonOperator must be given.")
    if comparison not in COMPARISONS:
        raise not_emulated(f"alarms on anomaly detection ({comparison})")
    threshold = number(given.get("Threshold", math.nan))
    if not math.isfinite(threshold):
        raise invalid("Threshold must be given, as a number.")
    watched = _queries(given, scope)
    period = next(query.period for query in watched if isinstance(query, MetricQuery))
    periods = _periods(given, period)
    needed = int(given.get("DatapointsToAlarm", periods))
    if needed > periods:
        raise invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    missing = _one_of(given, "TreatMissingData", ("breaching", "notBreaching", "ignore", "missing"))
    low = _one_of(given, "EvaluateLowSampleCountPercentile", ("evaluate", "ignore"))
    return MetricAlarm(
        scope=scope,
        given=_kept(given, ("Dimensions",) if "Metrics" not in given else ()),
        created=now,
        configured=now,
        condition=Condition(since=now),
        tags=merged_tags({}, listed(given.get("Tags"))),
        queries=watched,
        watched=queries.returned(watched)[0].id,
        period=period,
        periods=periods,
        needed=needed,
        missing=_missing(missing, watched),
        comparison=comparison,
        threshold=threshold,
        patient=low == "ignore",
    )


def composite_alarm(given: Given, scope: Scope, now: float, arn: str) -> CompositeAlarm:
    """Return the alarm of a PutCompositeAlarm; ServiceError says what is wrong. `arn` is that of no name."""
    suppressor = given.get("ActionsSuppressor")
    if any((member in given) != (suppressor is not None) for member in (_WAIT, _EXTENSION)):
        raise invalid(f"ActionsSuppressor, {_WAIT} and {_EXTENSION} must be given together.")
    wait, extension = (int(given.get(member, 0)) for member in (_WAIT, _EXTENSION))
    if not (0 <= wait <= _WEEK and 0 <= extension <= _WEEK):
        raise invalid(f"{_WAIT} and {_EXTENSION} must be between 0 and {_WEEK} seconds.")
    _check_actions(given, scope)
    rule = rules.parse(str(given["AlarmRule"]))
    return CompositeAlarm(
        scope=scope,
        given=_kept(given),
        created=now,
        configured=now,
        condition=Condition(since=now),
        tags=merged_tags({}, listed(given.get("Tags"))),
        rule=rule,
        children=frozenset(child.removeprefix(arn) for child in rules.children(rule)),
        suppressor=None if suppressor is None else str(suppressor).removeprefix(arn),
        wait=wait,
        extension=extension,
    )


def _kept(given: Given, lists: tuple[str, ...] = ()) -> dict[str, Any]:
    defaults: dict[str, Any] = {"ActionsEnabled": True}
    defaults |= {name: [] for name in ("OKActions", "AlarmActions", "InsufficientDataActions", *lists)}
    return {**defaults, **{name: value for name, value in given.items() if name != "Tags"}}


def _check_actions(given: Given, scope: Scope) -> None:
    for member in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        actions.check(given.get(member), scope.region)


def _one_of(given: Given, member: str, allowed: tuple[str, ...]) -> str | None:
    value = given.get(member)
    if value is not None and value not in allowed:
        raise invalid(f"Invalid value for {member}: {str(value)[:60]!r}. Use one of {', '.join(allowed)}.")
    return value


def _missing(given: str | None, watched: tuple[Query, ...]) -> Missing:
    """What missing data counts for; for tables of DynamoDB nothing else than `ignore` has an effect, as on AWS."""
    metrics = [query.metric for query in watched if isinstance(query, MetricQuery)]
    if any(metric.namespace == "AWS/DynamoDB" for metric in metrics):
        return "ignore"
    return cast("Missing", given or "missing")


def _periods(given: Given, period: int) -> int:
    if "EvaluationPeriods" not in given:
        raise invalid("EvaluationPeriods must be given.")
    periods = int(given["EvaluationPeriods"])
    most = _DAY if period < 3600 else _WEEK
    if periods * period > most:
        raise invalid(f"Metrics cannot be checked across more than {'a day' if most == _DAY else 'a week'} "
                      f"(EvaluationPeriods * Period must be <= {most}).")  # fmt: skip
    return periods


def _queries(given: Given, scope: Scope) -> tuple[Query, ...]:
    if "Metrics" in given:
        return _of_metrics(given, scope)
    for member in ("MetricName", "Namespace", "Period"):
        if member not in given:
            raise invalid(f"{member} must be given, or Metrics.")
    if ("Statistic" in given) == ("ExtendedStatistic" in given):
        raise invalid("Exactly one of Statistic and ExtendedStatistic must be given.")
    return (
        MetricQuery(
            id="m1",
            metric=queries.metric(given),
            statistic=statistic(str(given.get("Statistic") or given["ExtendedStatistic"])),
            period=_period(int(given["Period"])),
            unit=given.get("Unit"),
            label=str(given["MetricName"]),
            returned=True,
        ),
    )


def _of_metrics(given: Given, scope: Scope) -> tuple[Query, ...]:
    both = [member for member in _OF_ONE_METRIC if member in given]
    if both:
        raise invalid(f"{both[0]} must not be given with Metrics.")
    stats = [mapping(each["MetricStat"]) for each in listed(given["Metrics"]) if "MetricStat" in each]
    if len({_period(int(stat["Period"])) for stat in stats}) > 1:
        raise invalid("Metrics must all have the same Period.")
    found = queries.read(listed(given["Metrics"]), scope.account)
    metrics = [query for query in found if isinstance(query, MetricQuery)]
    expressions = [query for query in found if isinstance(query, ExpressionQuery)]
    if not metrics:
        raise invalid("Metrics must hold at least one MetricStat.")
    if len(metrics) > MOST_METRICS or len(expressions) > MOST_EXPRESSIONS:
        raise invalid(f"An alarm takes at most {MOST_METRICS} metrics and {MOST_EXPRESSIONS} expressions.")
    if len(queries.returned(found)) != 1:
        raise invalid("Exactly one element of the metrics list should return data.")
    if not queries.is_one_series(found, queries.returned(found)[0].id):
        raise invalid("The expression that returns data must give a single time series.")
    return found


def _period(seconds: int) -> int:
    if seconds not in (10, 20, 30) and (seconds % 60 or seconds < 60):
        raise invalid("Period must be 10, 20, 30 or a multiple of 60.")
    return queries.period(seconds)

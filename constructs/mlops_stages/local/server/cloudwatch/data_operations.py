"""The operations of CloudWatch on metric data.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Scope, ServiceError, page
from mlops_stages.local.server.clock import Clock
from mlops_stages.local.server.cloudwatch import queries
from mlops_stages.local.server.cloudwatch.alarms import Alarms
from mlops_stages.local.server.cloudwatch.metrics import Datum, Metrics
from mlops_stages.local.server.cloudwatch.queries import MetricQuery, Query
from mlops_stages.local.server.cloudwatch.refusals import invalid, not_emulated, number
from mlops_stages.local.server.cloudwatch.statistics import statistic
from mlops_stages.local.server.cloudwatch.values import Series

OLDEST, NEWEST = 14 * 24 * 3600, 2 * 3600
"""Seconds that a datum may be behind the clock, and ahead of it."""
MOST_DATA, MOST_VALUES, _MOST_POINTS, _MOST_STATISTICS = 1000, 150, 100_800, 1440
_LARGEST = 2.0**360

Parameters = Mapping[str, Any]
Answer = dict[str, Any]


class DataOperations:
    """The operations on metric data, by name."""

    def __init__(self, clock: Clock, metrics: Metrics, alarms: Alarms) -> None:
        self._clock = clock
        self._metrics = metrics
        self._alarms = alarms
        self.operations: Mapping[str, Callable[[Scope, Parameters], Answer | None]] = {
            "PutMetricData": self._put_metric_data,
            "ListMetrics": self._list_metrics,
            "GetMetricStatistics": self._get_metric_statistics,
            "GetMetricData": self._get_metric_data,
        }

    def add(self, scope: Scope, data: list[Datum]) -> None:
        """Keep metric data, and let alarms go off that it decides."""
        self._metrics.put(scope, data, self._clock.now())
        self._alarms.foresee(scope, {datum.metric for datum in data})

    def _put_metric_data(self, scope: Scope, given: Parameters) -> None:
        if "EntityMetricData" in given:
            raise not_emulated("metrics of entities (EntityMetricData)")
        data = listed(given.get("MetricData"))
        if not data:
            raise ServiceError("MissingParameter", "The parameter MetricData is required.")
        if len(data) > MOST_DATA:
            raise ServiceError("InvalidParameterValue", f"The parameter MetricData takes at most {MOST_DATA} items.")
        found = [self._datum(str(given["Namespace"]), each, number) for number, each in enumerate(data, 1)]
        self.add(scope, found)

    def _datum(self, namespace: str, given: Parameters, number: int) -> Datum:
        where, now = f"The parameter MetricData.member.{number}", self._clock.now()
        at = float(given.get("Timestamp", now))
        if at < now - OLDEST or at > now + NEWEST:
            bounds = "within the past two weeks" if at < now else "no more than two hours in the future"
            raise ServiceError("InvalidParameterValue", f"{where}.Timestamp must specify a time {bounds}.")
        kinds = [kind for kind in ("Value", "Values", "StatisticValues") if kind in given]
        if len(kinds) != 1 or ("Counts" in given and kinds != ["Values"]):
            raise ServiceError(
                "InvalidParameterCombination", f"{where} must have one of Value, Values, StatisticValues."
            )
        resolution = int(given.get("StorageResolution", 60))
        if resolution not in (1, 60):
            raise ServiceError("InvalidParameterValue", f"{where}.StorageResolution must be 1 or 60.")
        statistics = mapping(given.get("StatisticValues"))
        return Datum(
            metric=queries.metric({**given, "Namespace": namespace}),
            unit=str(given.get("Unit", "None")),
            at=at,
            resolution=resolution,
            values=() if statistics else _values(given, where),
            statistics=_statistic_set(statistics, where) if statistics else None,
        )

    def _list_metrics(self, scope: Scope, given: Parameters) -> Answer:
        if given.get("IncludeLinkedAccounts") or "OwningAccount" in given:
            raise not_emulated("metrics of linked accounts")
        oldest = self._clock.now() - (3 * 3600 if "RecentlyActive" in given else OLDEST)
        wanted = [(str(each["Name"]), each.get("Value")) for each in listed(given.get("Dimensions"))]
        found = [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for metric, newest in self._metrics.metrics(scope)
            if newest >= oldest
            and metric.namespace == given.get("Namespace", metric.namespace)
            and metric.name == given.get("MetricName", metric.name)
            and all(
                any(name == known and value in (None, "", has) for known, has in metric.dimensions)
                for name, value in wanted
            )
        ]
        shown, token = page(found, 500, given.get("NextToken"))
        return {"Metrics": shown, "NextToken": token}

    def _get_metric_statistics(self, scope: Scope, given: Parameters) -> Answer:
        start, end = _range(given)
        period = queries.period(int(given["Period"]))
        if (end - start) / period > _MOST_STATISTICS:
            raise ServiceError(
                "InvalidParameterCombination",
                f"You have requested up to {(end - start) // period} datapoints, which exceeds the limit of 1440.",
            )
        if "Statistics" not in given and "ExtendedStatistics" not in given:
            raise ServiceError("InvalidParameterCombination", "Statistics or ExtendedStatistics must be given.")
        plain = [statistic(str(name)) for name in listed(given.get("Statistics"))]
        extended = [statistic(str(name)) for name in listed(given.get("ExtendedStatistics"))]
        metric, grid = queries.metric(given), range(start, end, period)
        units = {slot.unit for slot in self._metrics.slots(scope, metric, start, end, given.get("Unit"))}
        points: list[Answer] = []
        for unit in sorted(units):
            query = MetricQuery(
                id="m1", metric=metric, statistic=statistic("Sum"), period=period, unit=unit, label="", returned=True
            )
            for at, slots in queries.buckets(query, self._metrics, scope, grid).items():
                more = {each.name: value for each in extended if (value := each.of(slots)) is not None}
                found = {each.name: value for each in plain if (value := each.of(slots)) is not None}
                points.append(
                    {"Timestamp": float(at), "Unit": unit, **found} | ({"ExtendedStatistics": more} if more else {})
                )
        return {"Label": metric.name, "Datapoints": points}

    def _get_metric_data(self, scope: Scope, given: Parameters) -> Answer:
        start, end = _range(given)
        if "NextToken" in given:
            raise ServiceError("InvalidNextToken", "No answer of GetMetricData comes in pages here.")
        if "LabelOptions" in given or any("${" in str(each.get("Label", "")) for each in given["MetricDataQueries"]):
            raise not_emulated("labels with values in them (${...}, LabelOptions)")
        wanted = queries.read(listed(given["MetricDataQueries"]), scope.account)
        if not queries.returned(wanted):
            raise invalid("At least one query must return data.")
        computed = queries.computation(wanted, self._metrics, scope, lambda period: range(start, end, period))
        newest_first = given.get("ScanBy") != "TimestampAscending"
        results: list[Answer] = []
        for query in queries.returned(wanted):
            value = computed.of(query.id)
            series = value if isinstance(value, list) else [value]
            results += [_result(query, each, newest_first=newest_first) for each in series if isinstance(each, Series)]
        if sum(len(result["Values"]) for result in results) > int(given.get("MaxDatapoints", _MOST_POINTS)):
            raise not_emulated("pages of GetMetricData: ask for a shorter time, or for more by MaxDatapoints")
        return {"MetricDataResults": results, "Messages": []}


def _values(given: Parameters, where: str) -> tuple[tuple[float, float], ...]:
    values = listed(given.get("Values", [given["Value"]] if "Value" in given else []))
    counts = listed(given.get("Counts", [1.0] * len(values)))
    if not 0 < len(values) <= MOST_VALUES or len(counts) != len(values):
        message = f"{where}.Values takes 1 to {MOST_VALUES} values, and Counts as many."
        raise ServiceError("InvalidParameterValue", message)
    pairs = tuple((number(value), number(count)) for value, count in zip(values, counts, strict=True))
    if any(not _fits(value) or not 0 <= count <= _LARGEST for value, count in pairs):
        raise ServiceError("InvalidParameterValue", f"{where}.Value must be a number between -2^360 and 2^360.")
    return tuple((value, count) for value, count in pairs if count)


def _statistic_set(given: Parameters, where: str) -> tuple[float, float, float, float]:
    count, total, low, high = (number(given[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
    if not all(_fits(each) for each in (count, total, low, high)) or count <= 0 or low > high:
        raise ServiceError("InvalidParameterValue", f"{where}.StatisticValues does not fit together.")
    return count, total, low, high


def _fits(value: float) -> bool:
    return math.isfinite(value) and abs(value) <= _LARGEST


def _range(given: Parameters) -> tuple[int, int]:
    """The time of a request in whole seconds: from the start of its first minute."""
    start, end = float(given["StartTime"]), float(given["EndTime"])
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    return int(start // 60 * 60), math.ceil(end)


def _result(query: Query, series: Series, *, newest_first: bool) -> Answer:
    times = sorted(series.points, reverse=newest_first)
    return {
        "Id": query.id,
        "Label": query.label,
        "Timestamps": [float(at) for at in times],
        "Values": [series.points[at] for at in times],
        "StatusCode": "Complete",
    }

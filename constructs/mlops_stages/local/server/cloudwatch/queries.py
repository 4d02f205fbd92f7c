"""MetricDataQuery: metrics and expressions over them, as GetMetricData and alarms take them.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.cloudwatch import arithmetic, expressions
from mlops_stages.local.server.cloudwatch.metrics import Metric, Metrics, Slot
from mlops_stages.local.server.cloudwatch.refusals import invalid, not_emulated
from mlops_stages.local.server.cloudwatch.statistics import Statistic, statistic
from mlops_stages.local.server.cloudwatch.values import Budget, Series, UnsupportedError, Value

MOST = 500
"""Queries of one request, as on AWS."""

_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")


@dataclass(frozen=True, kw_only=True)
class MetricQuery:
    """A statistic of one metric by period; `unit` is None where data of every unit counts."""

    id: str
    metric: Metric
    statistic: Statistic
    period: int
    unit: str | None
    label: str
    returned: bool


@dataclass(frozen=True, kw_only=True)
class ExpressionQuery:
    """An expression over other queries."""

    id: str
    text: str
    tree: expressions.Node
    period: int | None
    label: str
    returned: bool


Query = MetricQuery | ExpressionQuery


def metric(parameters: Mapping[str, Any]) -> Metric:
    """Return the metric that parameters name by Namespace, MetricName and Dimensions; each dimension may come once."""
    pairs = [(str(each["Name"]), str(each["Value"])) for each in listed(parameters.get("Dimensions"))]
    if len({name for name, _ in pairs}) != len(pairs):
        raise invalid("No two dimensions may have the same name.")
    return Metric(
        namespace=str(parameters.get("Namespace", "")),
        name=str(parameters.get("MetricName", "")),
        dimensions=tuple(sorted(pairs)),
    )


def period(seconds: int) -> int:
    """Return a period that AWS takes: 1, 5, 10, 20 or 30 seconds, or whole minutes up to a week."""
    if seconds not in (1, 5, 10, 20, 30) and (seconds % 60 or not 60 <= seconds <= 604_800):
        raise invalid("Period must be 1, 5, 10, 20, 30 or a multiple of 60, at most 604800.")
    return seconds


def read(given: Sequence[Mapping[str, Any]], account: str) -> tuple[Query, ...]:
    """Read queries, and refuse what AWS would, or what is not emulated; ServiceError says what."""
    if len(given) > MOST:
        raise invalid(f"A request takes at most {MOST} metrics and expressions.")
    queries = tuple(_read(each, account) for each in given)
    ids = {query.id for query in queries}
    if len(ids) != len(queries):
        raise invalid("The values for parameter id in MetricDataQueries are not unique.")
    for query in queries:
        if isinstance(query, ExpressionQuery):
            unknown = sorted(expressions.references(query.tree) - ids)
            if unknown:
                raise invalid(f"Error in expression '{query.id}' [Undefined variable: {unknown[0]}]")
    shortest = min((query.period for query in queries if isinstance(query, MetricQuery)), default=60)
    if any(isinstance(query, ExpressionQuery) and query.period not in (None, shortest) for query in queries):
        raise not_emulated("a Period of an expression that is not that of its metrics")
    _check(queries)
    return queries


def _read(given: Mapping[str, Any], account: str) -> Query:
    name = str(given["Id"])
    if _ID.fullmatch(name) is None:
        raise invalid(
            f"The value {name[:60]!r} for parameter Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
        )
    if given.get("AccountId") not in (None, account):
        raise not_emulated("metrics of another account (AccountId of a query)")
    label, returned = str(given.get("Label", "")), given.get("ReturnData", True) is not False
    if ("MetricStat" in given) == ("Expression" in given):
        raise invalid(f"Query {name}: exactly one of MetricStat and Expression must be given.")
    if "MetricStat" in given:
        wanted = mapping(given["MetricStat"])
        found = metric(mapping(wanted["Metric"]))
        if not found.namespace or not found.name:
            raise invalid(f"Query {name}: Namespace and MetricName must be given.")
        return MetricQuery(
            id=name,
            metric=found,
            statistic=statistic(str(wanted["Stat"])),
            period=period(int(wanted["Period"])),
            unit=wanted.get("Unit"),
            label=label or found.name,
            returned=returned,
        )
    text = str(given["Expression"])
    if re.match(r"\s*SELECT\s", text[:100]):
        raise not_emulated("queries of Metrics Insights (SELECT)")
    tree = _said(name, lambda: expressions.parse(text))
    own = period(int(given["Period"])) if "Period" in given else None
    return ExpressionQuery(id=name, text=text, tree=tree, period=own, label=label or name, returned=returned)


_Found = TypeVar("_Found")


def _said(id: str, work: Callable[[], _Found]) -> _Found:
    try:
        return work()
    except UnsupportedError as error:
        raise not_emulated(f"{error} (expression '{id}')") from error
    except expressions.ExpressionError as error:
        raise invalid(f"Error in expression '{id}' [{error}]") from error


def _check(queries: Sequence[Query]) -> None:
    """Compute every expression over no data: types and functions do not depend on data."""
    computed = Computation(queries, lambda query: Series({}, query.period), range(0), None)
    for query in queries:
        value = computed.of(query.id)
        if isinstance(value, float) and query.returned:
            raise invalid(f"Error in expression '{query.id}' [The result is a number; it must be a time series.]")


class Computation:
    """The values of queries over one time, each computed once."""

    def __init__(
        self,
        queries: Sequence[Query],
        data: Callable[[MetricQuery], Series],
        grid: range,
        budget: Budget | None,
    ) -> None:
        self._queries = {query.id: query for query in queries}
        self._data = data
        self._metrics = tuple(query.id for query in queries if isinstance(query, MetricQuery))
        self._grid, self._budget = grid, budget or Budget()
        self._known: dict[str, Value] = {}
        self._open: list[str] = []

    def of(self, id: str) -> Value:
        """The value of a query; ServiceError where it has none."""
        return _said(id, lambda: self._value(id))

    def _value(self, id: str) -> Value:
        if id not in self._known:
            if id in self._open or len(self._open) > 50:
                raise expressions.ExpressionError(f"expressions refer to each other in a circle, or too far: {id}")
            self._open.append(id)
            query = self._queries[id]
            if isinstance(query, MetricQuery):
                found = self._data(query)
            else:
                found = arithmetic.evaluate(query.tree, self._value, self._metrics, self._grid, self._budget)
            self._known[id] = found
            self._open.pop()
        return self._known[id]


def computation(
    queries: Sequence[Query], metrics: Metrics, scope: Scope, grid: Callable[[int], range], budget: Budget | None = None
) -> Computation:
    """Compute queries over the data of an account; `grid` gives the starts of the periods of a length.

    Expressions fill gaps by the shortest period of the metrics.
    """
    shared = budget or Budget()

    def data(query: MetricQuery) -> Series:
        found = buckets(query, metrics, scope, grid(query.period))
        shared.spend(sum(query.statistic.cost(slots) for slots in found.values()))
        values = ((at, query.statistic.of(slots)) for at, slots in found.items())
        return Series({at: value for at, value in values if value is not None}, query.period)

    periods = [query.period for query in queries if isinstance(query, MetricQuery)]
    return Computation(queries, data, grid(min(periods, default=60)), shared)


def buckets(query: MetricQuery, metrics: Metrics, scope: Scope, grid: range) -> dict[int, list[Slot]]:
    """The data of a query by the start of its period; only periods with data."""
    found: dict[int, list[Slot]] = {}
    if len(grid):
        for slot in metrics.slots(scope, query.metric, grid.start, grid.stop, query.unit):
            found.setdefault(grid.start + (slot.start - grid.start) // grid.step * grid.step, []).append(slot)
    return found


def returned(queries: Iterable[Query]) -> list[Query]:
    """Those queries whose data is asked for."""
    return [query for query in queries if query.returned]


def is_one_series(queries: Sequence[Query], id: str) -> bool:
    """Whether a query gives a single time series: what it gives does not depend on data."""
    computed = Computation(queries, lambda query: Series({}, query.period), range(0), None)
    return isinstance(computed.of(id), Series)

"""Metric data: told apart by dimensions and accounts, in bounded memory; and statistics over it."""

from __future__ import annotations

import pytest

from mlops_stages.local.server.api.records import Scope, ServiceError
from mlops_stages.local.server.cloudwatch.metrics import KEPT, MOST_VALUES, Datum, Metric, Metrics, Slot
from mlops_stages.local.server.cloudwatch.statistics import statistic

HERE, THERE, ELSEWHERE = (
    Scope(account="1", region="a"),
    Scope(account="2", region="a"),
    Scope(account="1", region="b"),
)
NOW = 1_800_000_000


def metric(name: str = "Errors", **dimensions: str) -> Metric:
    return Metric(namespace="Team", name=name, dimensions=tuple(sorted(dimensions.items())))


def datum(*values: float, at: float = NOW, unit: str = "None", of: Metric | None = None, resolution: int = 60) -> Datum:
    pairs = tuple((value, 1.0) for value in values)
    return Datum(metric=of or metric(), unit=unit, at=at, resolution=resolution, values=pairs)


def slots(metrics: Metrics, scope: Scope = HERE, of: Metric | None = None, unit: str | None = None) -> list[Slot]:
    return metrics.slots(scope, of or metric(), 0, NOW + KEPT, unit)


def test_a_metric_is_its_namespace_its_name_and_exactly_its_dimensions() -> None:
    metrics = Metrics()
    metrics.put(HERE, [datum(1, of=metric(Endpoint="e", Variant="v"))], NOW)
    for other in (metric(), metric(Endpoint="e"), metric(Endpoint="e", Variant="v", Config="c"), metric("Other")):
        assert slots(metrics, of=other) == []
    assert [slot.total for slot in slots(metrics, of=metric(Variant="v", Endpoint="e"))] == [1]


def test_accounts_and_regions_are_kept_apart() -> None:
    metrics = Metrics()
    metrics.put(HERE, [datum(1)], NOW)
    assert (slots(metrics, THERE), slots(metrics, ELSEWHERE)) == ([], [])


def test_units_are_told_apart_where_one_is_asked_for() -> None:
    metrics = Metrics()
    metrics.put(HERE, [datum(1, unit="Count"), datum(2, unit="Percent")], NOW)
    assert [slot.total for slot in slots(metrics, unit="Percent")] == [2]
    assert sorted(slot.total for slot in slots(metrics)) == [1, 2]


def test_data_is_by_minute_or_by_second_where_it_has_high_resolution() -> None:
    metrics = Metrics()
    metrics.put(HERE, [datum(1, at=NOW + 61.5), datum(1, at=NOW + 119), datum(1, at=NOW + 5.5, resolution=1)], NOW)
    assert [slot.start - NOW for slot in slots(metrics)] == [5, 60]


def slot(*values: float) -> Slot:
    found = Slot(0, "None")
    for value in values:
        found.add(value, 1)
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Average", 2.5), ("Sum", 10.0), ("Minimum", 1.0), ("Maximum", 4.0), ("SampleCount", 4.0),
        ("p0", 1.0), ("p50", 2.5), ("p100", 4.0), ("p90", 3.7), ("p99.9", 3.997),
    ],
)  # fmt: skip
def test_a_statistic_is_over_all_values_of_some_minutes(name: str, expected: float) -> None:
    assert statistic(name).of([slot(4, 1), slot(3, 2)]) == pytest.approx(expected)
    assert statistic(name).of([]) is None


def test_a_value_counts_as_often_as_it_came() -> None:
    found = Slot(0, "None")
    found.add(1, 99)
    found.add(100, 1)
    assert (found.count, found.total) == (100, 199)
    assert statistic("p50").of([found]) == 1


def test_a_statistic_set_has_no_percentiles_unless_it_can_only_be_of_one_value() -> None:
    many, one = Slot(0, "None"), Slot(0, "None")
    many.add_set(10, 55, 1, 10)
    one.add_set(10, 50, 5, 5)
    assert (statistic("p99").of([many]), statistic("Maximum").of([many])) == (None, 10)
    assert statistic("p99").of([one]) == 5
    assert statistic("p99").of([one, many]) is None


def test_negative_values_have_no_percentiles() -> None:
    assert statistic("p50").of([slot(-1, 1)]) is None


@pytest.mark.parametrize("name", ["tm99", "TM(5%:95%)", "IQM", "wm98", "TC(0.005:0.030)", "PR(:300)", "ts90"])
def test_other_statistics_of_aws_are_refused_by_name(name: str) -> None:
    with pytest.raises(ServiceError) as refused:
        statistic(name)
    assert (refused.value.code, name in refused.value.message) == ("NotImplementedException", True)


@pytest.mark.parametrize("name", ["", "average", "p", "p101", "p-1", "p1e9", "p50.", "Median", "p" + "9" * 5000])
def test_what_is_no_statistic_is_refused(name: str) -> None:
    with pytest.raises(ServiceError) as refused:
        statistic(name)
    assert (refused.value.code, len(refused.value.message) < 200) == ("ValidationError", True)


def test_a_percentile_needs_the_samples_that_aws_asks_for() -> None:
    """10/(1-p) for p99, 10/p for p10."""
    least = [statistic(name).least_samples for name in ("p99", "p50", "p10", "p0", "p100", "Sum")]
    assert least == pytest.approx([1000, 20, 100, 0, 0, 0])


def test_old_data_is_forgotten() -> None:
    metrics = Metrics()
    metrics.put(HERE, [datum(1)], NOW)
    metrics.put(HERE, [datum(1, of=metric("Other"), at=NOW + KEPT + 120)], NOW + KEPT + 120)
    assert slots(metrics) == []
    assert [found.name for found, _ in metrics.metrics(HERE)] == ["Other"]


def test_the_oldest_data_goes_where_there_is_too_much() -> None:
    metrics = Metrics(most_bytes=100_000)
    for minute in range(500):
        metrics.put(HERE, [datum(1, at=NOW + 60 * minute)], NOW)
    kept = slots(metrics)
    assert kept[-1].start == NOW + 60 * 499
    assert len(kept) + metrics.dropped == 500
    assert 50 < len(kept) < 150


def test_names_count_for_the_memory_that_they_take() -> None:
    metrics = Metrics(most_bytes=100_000)
    for number in range(50):
        metrics.put(HERE, [datum(1, of=metric(name="n" * 200, dimension=f"{number}" + "d" * 1000))], NOW)
    assert len(metrics.metrics(HERE)) < 20


def test_values_of_one_minute_are_bounded_and_their_percentiles_stay_close() -> None:
    found = Slot(0, "None")
    for number in range(MOST_VALUES + 5000):
        found.add(1000 + number / 7, 1)
    assert found.values is not None
    assert len(found.values) < MOST_VALUES
    expected = 1000 + 0.99 * (MOST_VALUES + 5000) / 7
    assert statistic("p99").of([found]) == pytest.approx(expected, rel=0.01)

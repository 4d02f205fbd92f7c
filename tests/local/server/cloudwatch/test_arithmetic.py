"""Metric math: the documented examples, the grammar, and what hostile expressions get."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mlops_stages.local.server.cloudwatch import arithmetic, expressions
from mlops_stages.local.server.cloudwatch.expressions import ExpressionError
from mlops_stages.local.server.cloudwatch.values import Budget, Series, UnsupportedError

PERIOD = 60
Shown = list[float | None]


def series(*values: float | None) -> Series:
    return Series({PERIOD * at: float(value) for at, value in enumerate(values) if value is not None}, PERIOD)


def compute(expression: str, length: int = 5, **metrics: Series) -> Any:  # noqa: ANN401  # a number, or lists of them
    grid = range(0, PERIOD * length, PERIOD)
    found = arithmetic.evaluate(expressions.parse(expression), metrics.__getitem__, tuple(metrics), grid)

    def shown(value: Series) -> Shown:
        return [value.points.get(at) for at in grid]

    if isinstance(found, list):
        return [shown(each) for each in found]
    return shown(found) if isinstance(found, Series) else found


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
CONDITION, THEN, OTHERWISE = series(1, 1, 0, 0, None), series(30, None, 0, 0, 30), series(0, 0, 20, None, 20)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(metric1, metric2, metric3)", [30, 0, 20, None, None]),
        ("IF(metric1, 5, metric3)", [5, 5, 20, None, None]),
        ("IF(metric1, metric2, 5)", [30, 0, 5, 5, None]),
        ("IF(metric1, metric2)", [30, 0, None, None, None]),
        ("IF(1, metric2, metric3)", [30, None, 0, 0, 30]),
        ("IF(0, metric2, metric3)", [0, 0, 20, None, 20]),
        ("IF(0, metric2)", [None] * 5),
    ],
)
def test_if_is_as_documented(expression: str, expected: Shown) -> None:
    assert compute(expression, metric1=CONDITION, metric2=THEN, metric3=OTHERWISE) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("metric1 < metric2", [0, 0, 1, 0]),
        ("metric1 >= 30", [1, 0, 0, 0]),
        ("metric1 > 15 AND metric2 > 15", [1, 0, 0, 0]),
        ("metric1 > 15 || metric2 > 15", [1, 1, 1, 0]),
    ],
)
def test_comparisons_are_as_documented(expression: str, expected: Shown) -> None:
    metrics = {"metric1": series(30, 20, 0, 0), "metric2": series(20, None, 20, None)}
    assert compute(expression, length=4, **metrics) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 + m2", [5, 2, 3]),
        ("m1 - m2", [-3, 2, -3]),
        ("-m1", [-1, -2, None]),
        ("5 * m1", [5, 10, None]),
        ("100 / m1", [100, 50, None]),
        ("m1 / m2", [0.25, None, 0]),  # a division by zero is no data point
        ("m1 ^ 2", [1, 4, None]),
        ("2 + 3 * m1 ^ 2", [5, 14, None]),
        ("(2 + 3) * m1", [5, 10, None]),
        ("10 - 3 - m1", [6, 5, None]),
        ("SUM([m1, m2])", [5, 2, 3]),
        ("AVG([m1, m2])", [2.5, 1, 1.5]),
        ("MAX([m1, m2])", [4, 2, 3]),
        ("MIN(METRICS())", [1, 2, 3]),
        ('SUM(METRICS("2"))', [4, None, 3]),
        ("m1 / PERIOD(m1)", [1 / 60, 2 / 60, None]),
        ("m1 - MIN(m1)", [0, 1, None]),
        ("SUM(m1) / DATAPOINT_COUNT(m1) + 0 * m2", [1.5, None, 1.5]),
        ("m1 / METRIC_COUNT(METRICS())", [0.5, 1, None]),
        ("FILL(m1, 9)", [1, 2, 9]),
        ("FILL(m1, m2)", [1, 2, 3]),
        ("FILL(m1, REPEAT)", [1, 2, 2]),
        ("FILL(m2, LINEAR)", [4, 3.5, 3]),
        ("FILL(m1, MAX(m1))", [1, 2, 2]),
        ("TIME_SERIES(MAX(m1))", [2, 2, 2]),
        ("ABS(-m1)", [1, 2, None]),
        ("CEIL(m1 / 2)", [1, 1, None]),
        ("FLOOR(m1 / 2)", [0, 1, None]),
        ("DIFF(m1)", [None, 1, None]),
        ("RATE(m1)", [None, 1 / 60, None]),
        ("FIRST(METRICS())", [1, 2, None]),
        ("LOG10(100 * (m1 - 1))", [None, 2, None]),
        ("IF(m2 >= 3, 100 * m1 / m2, 0)", [25, None, 0]),
    ],
)
def test_an_expression_gives_a_time_series(expression: str, expected: Shown) -> None:
    assert compute(expression, length=3, m1=series(1, 2), m2=series(4, None, 3)) == expected


def test_an_operator_goes_over_an_array_of_time_series() -> None:
    assert compute("METRICS() * 100", length=2, m1=series(1), m2=series(2, 3)) == [[100, None], [200, 300]]


def test_the_error_share_with_a_minimum_of_requests_is_quiet_where_there_are_few() -> None:
    errors, requests = series(1, 10, None), series(1, 40, 50)
    assert compute("IF(n >= 20, 100 * e / n, 0)", length=3, e=errors, n=requests) == [0, 25, 0]


def test_numbers_alone_come_out_as_numbers() -> None:
    assert compute("2 * (3 + 4) ^ 2 - 1") == 97
    assert math.isnan(compute("1 / 0"))


@pytest.mark.parametrize(
    "expression",
    [
        "", "m1 +", "m1 m1", "(m1", "m1)", "m1 = 1", "SUM(", "SUM()", "SUM(m1, m1)", "sum(m1)", "NOTHING(m1)", "[m1",
        "IF(m1)", "IF(METRICS(), 1, 0)", "FILL(m1)", "FILL(m1, SOMEHOW)", "PERIOD(m1 + 1)", "PERIOD(1)", "REPEAT",
        '"text"', "METRICS(m1)", "METRICS() + METRICS()", "[1, 2]", "ABS(1)", "SUM(1)", "FIRST(m1)",
        "TIME_SERIES(m1)", "m1.x", "__import__('os')", "m1; m1", "1_000 * m1", "m1 if m1 else 0", "lambda: 1",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compute(expression, m1=series(1))
    assert not isinstance(refused.value, UnsupportedError)


@pytest.mark.parametrize(
    "expression", ["SEARCH('x', 'Sum', 60)", "ANOMALY_DETECTION_BAND(m1)", "STDDEV(m1)", "DAY(m1)"]
)
def test_a_function_that_aws_has_and_we_do_not_is_refused_by_name(expression: str) -> None:
    with pytest.raises(UnsupportedError) as refused:
        compute(expression, m1=series(1))
    assert expression.partition("(")[0] in str(refused.value)


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 1000 + "m1" + ")" * 1000,
        "-" * 2000 + "m1",
        "[" * 1000,
        "m1^" * 600 + "m1",
        "ABS(" * 400 + "m1" + ")" * 400,
    ],
)
def test_deep_nesting_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        compute(expression, m1=series(1))


def test_a_long_chain_is_computed_without_nesting() -> None:
    assert compute("+".join(["m1"] * 680), length=1, m1=series(1)) == [680]


def test_a_longer_expression_than_aws_takes_is_refused() -> None:
    with pytest.raises(ExpressionError):
        expressions.parse("1" + " " * expressions.LONGEST)


@pytest.mark.parametrize("expression", ["m1 ^ 9999", "9e999 * m1", "m1 * 1e308 * 10", "(0 - m1) ^ 0.5", "LOG(0 * m1)"])
def test_what_no_number_holds_is_no_data_point(expression: str) -> None:
    assert compute(expression, length=1, m1=series(10)) == [None]


def test_a_computation_has_an_end() -> None:
    metrics = {f"m{number}": series(*range(1000)) for number in range(100)}
    with pytest.raises(ExpressionError, match="shorter time"):
        compute(" + ".join(["SUM(METRICS())"] * 100), length=1000, **metrics)


def test_the_budget_is_one_for_all_expressions() -> None:
    budget = Budget(left=10)
    budget.spend(5)
    with pytest.raises(ExpressionError):
        budget.spend(5)


def test_series_of_different_periods_are_not_mixed() -> None:
    with pytest.raises(UnsupportedError):
        compute("m1 + m2", m1=series(1), m2=Series({0: 1.0}, 300))

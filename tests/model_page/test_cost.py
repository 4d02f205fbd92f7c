"""What a model costs a month is what docs/network-and-costs.md says of the reference, and follows the declaration."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlops_stages.model_page.cost import PRICES_OF, bill, estimate
from mlops_stages.platform import BiasLimit, Model, Segment, load

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "network-and-costs.md"


@pytest.fixture(scope="module")
def late_arrival() -> Model:
    models = load(ROOT / "platform.yaml").team("arrivals").models
    return next(each for each in models if each.name == "late-arrival")


def test_the_estimate_of_the_reference_is_that_of_the_page_about_costs(late_arrival: Model) -> None:
    text = PAGE.read_text("utf-8").partition("## What watching a model costs")[2].partition("\n## ")[0]
    rows = [float(each) for each in re.findall(r"^\|[^|]+\| ([0-9.]+) \|", text, re.MULTILINE)]
    together = re.search(r"\*\*together\*\* \| \*\*([0-9.]+)\*\*", text)
    assert together is not None
    cost = estimate(late_arrival)
    assert cost is not None
    assert [round(part.usd, 2) for part in cost.parts] == rows
    assert cost.usd == pytest.approx(float(together[1]))
    assert PRICES_OF.rpartition(" of ")[2] in text
    assert cost.by_use.startswith("2 to ")


def test_what_is_not_declared_costs_nothing(late_arrival: Model) -> None:
    less = late_arrival.model_copy(update={"labels": None, "quality": None, "drift": None, "retraining": None})
    cost = estimate(less)
    assert cost is not None
    assert [part.name for part in cost.parts] == [
        "capture by SageMaker",
        "decisions as rows",
        "alarms on the service level",
    ]


def test_a_limit_of_bias_is_a_metric_and_an_alarm_more(late_arrival: Model) -> None:
    assert late_arrival.labels is not None
    segment = Segment(input="carrier", values=("AA",), bias=BiasLimit(metric="tpr_gap", maximum=0.1))
    labels = late_arrival.labels.model_copy(update={"segments": (segment,)})
    before, after = estimate(late_arrival), estimate(late_arrival.model_copy(update={"labels": labels}))
    assert before is not None
    assert after is not None
    assert after.usd - before.usd == pytest.approx(0.4)


@pytest.mark.parametrize(("every", "more"), [("1h", 0.30), ("4h", 0.15), ("24h", 0.0)])
def test_drift_within_the_day_is_an_alarm_more_and_its_runs(late_arrival: Model, every: str, more: float) -> None:
    assert late_arrival.drift is not None
    drift = late_arrival.drift.model_copy(update={"every": every})
    before, after = estimate(late_arrival), estimate(late_arrival.model_copy(update={"drift": drift}))
    assert before is not None
    assert after is not None
    assert after.usd - before.usd == pytest.approx(more)


def test_a_model_that_serves_nobody_has_no_estimate(late_arrival: Model) -> None:
    assert estimate(late_arrival.model_copy(update={"endpoint": None})) is None


def test_the_bill_of_a_months_last_day_is_asked_for_until_the_next_months_first() -> None:
    assert "Start=2026-12-01,End=2027-01-01 " in bill("churn", datetime(2026, 12, 31, 23, tzinfo=UTC))

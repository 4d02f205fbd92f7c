"""ModelDashboard: what is shown of a model, of the metrics and alarms that there are."""

import json
from typing import Any

import pytest

from mlops_stages.runtime.monitor_runs import publishing
from mlops_stages.runtime.monitor_runs.settings import Drift
from tests.foundation.built import Built, Json, built
from tests.reliable.monitors.test_model_monitor import ENDPOINT, NAME, monitored
from tests.reliable.serving import OWNER, PRODUCTION, REGION

Widget = dict[str, Any]


@pytest.fixture(scope="module")
def found() -> Built:
    return built(monitored)


@pytest.fixture(scope="module")
def boards(found: Built) -> dict[str, Json]:
    """What each dashboard shows, by its name."""
    return {
        each["DashboardName"]: json.loads(each["DashboardBody"]) for each in found.all("AWS::CloudWatch::Dashboard")
    }


@pytest.fixture(scope="module")
def widgets(boards: dict[str, Json]) -> list[Widget]:
    return boards["acme-card-fraud-production"]["widgets"]


def test_each_model_whose_decisions_are_read_has_one(boards: dict[str, Json]) -> None:
    assert set(boards) == {"acme-card-fraud-production", "acme-refunds-production"}


def test_it_names_the_owner_and_the_command(widgets: list[Widget]) -> None:
    text = widgets[0]["properties"]["markdown"]
    assert OWNER in text
    assert "`mlops-stages model fraud/card-fraud`" in text


def test_it_shows_the_state_of_all_alarms_that_there_are(found: Built, widgets: list[Widget]) -> None:
    shown = {each.rpartition(":")[2] for each in widgets[1]["properties"]["alarms"]}
    there = found.all("AWS::CloudWatch::Alarm") + found.all("AWS::CloudWatch::CompositeAlarm")
    assert shown == {each["AlarmName"] for each in there if "card-fraud" in each["AlarmName"]}
    assert widgets[1]["properties"]["alarms"][0] == f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm:{NAME}-not-right"


def test_figures_are_drawn_with_their_intervals_and_what_is_allowed(widgets: list[Widget]) -> None:
    drawn = {each["properties"]["title"].partition(":")[0]: each["properties"] for each in widgets[2:]}
    calibration = drawn["Calibration"]
    names = [f"{publishing.CALIBRATION}{each}" for each in ("", "Low", "High")]
    assert [each[1] for each in calibration["metrics"]] == names
    assert all(each[2:4] == ["Endpoint", ENDPOINT] for each in calibration["metrics"])
    assert [each["value"] for each in calibration["annotations"]["horizontal"]] == pytest.approx([1 / 1.15, 1.15])
    assert drawn["Quality"]["annotations"]["horizontal"] == [{"value": 0.92, "label": "allowed"}]


@pytest.mark.parametrize(("hours", "period"), [(24, 86_400), (6, 3600)])
def test_drift_is_drawn_as_often_as_it_is_measured(hours: int, period: int) -> None:
    found = built(lambda stack: monitored(stack, drift=Drift(metric="psi", maximum=0.2, every_hours=hours)))
    bodies = [json.loads(each["DashboardBody"]) for each in found.all("AWS::CloudWatch::Dashboard")]
    (drawn,) = (
        each["properties"]
        for body in bodies
        for each in body["widgets"]
        if str(each["properties"].get("title")).startswith("Drift")
    )
    assert drawn["period"] == period


def test_requests_and_captures_are_of_the_variant_that_callers_get(widgets: list[Widget]) -> None:
    lines = [line for each in widgets[2:] for line in each["properties"]["metrics"]]
    requests = [each for each in lines if each[0] == "AWS/SageMaker"]
    assert {each[1] for each in requests} >= {"Invocations", "ModelLatency", "Invocation5XXErrors"}
    assert all(each[2:6] == ["EndpointName", ENDPOINT, "VariantName", "champion"] for each in requests)


def test_without_labels_there_are_requests_alone(boards: dict[str, Json]) -> None:
    lines = [each["properties"] for each in boards["acme-refunds-production"]["widgets"] if each["type"] == "metric"]
    assert all(line[0] != publishing.NAMESPACE for each in lines for line in each["metrics"])
    assert len(lines) == 3


def test_no_widget_covers_another(widgets: list[Widget]) -> None:
    covered = [
        (x, y)
        for each in widgets
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(covered) == len(set(covered))
    assert max(x for x, _ in covered) < 24

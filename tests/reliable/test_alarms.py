"""What sends a new version back, and what tells the owner that a promise is broken: judged by numbers."""

from typing import Any

import pytest

from mlops_stages.reliable import RollbackLimits, ServiceLevel
from mlops_stages.reliable.service_level_alarms import promises
from mlops_stages.runtime.notices.deployments import RELEASED
from tests.foundation.built import Json, built
from tests.reliable.deployed import Deployed
from tests.reliable.metric_math import goes_off
from tests.reliable.serving import OWNER, PACKAGES, an_endpoint

NAME = "fraud-card-fraud-v12"
RELEASE = {"ModelPackageArn": f"{PACKAGES}/12", "ConfigName": NAME}
LEVEL = ServiceLevel(availability_percent=99.0, p99_latency_ms=150, requests_per_minute=1200, silence_minutes=15)
GOOD = {
    "Invocations": 100,
    "Invocation4XXErrors": 0,
    "Invocation5XXErrors": 0,
    "InvocationModelErrors": 0,
    "ModelLatency": 90_000,
    "OverheadLatency": 10_000,
}
NOBODY: dict[str, float] = {}


@pytest.fixture(scope="module")
def alarms() -> dict[str, Json]:
    """The alarms of a release, by what follows the release's or the endpoint's name in theirs."""
    body = built(lambda stack: an_endpoint(stack, level=LEVEL)).body
    config = Deployed(body, RELEASE).one("AWS::SageMaker::EndpointConfig")["EndpointConfigName"]
    found = {each["AlarmName"]: each for each in Deployed(body, RELEASE).resources("AWS::CloudWatch::Alarm").values()}
    ours = {name.removeprefix(f"{config}-"): each for name, each in found.items()}
    return {name.replace("fraud-card-fraud-production-", "promised-"): each for name, each in ours.items()}


def bad(**metrics: float) -> dict[str, float]:
    return {**GOOD, **metrics}


def test_there_are_four_that_send_back_and_three_that_tell(alarms: dict[str, Json]) -> None:
    assert sorted(alarms) == [
        "4xx",
        "5xx",
        "latency",
        "model-errors",
        "promised-availability",
        "promised-latency",
        "promised-silence",
    ]


def test_those_that_send_back_see_the_new_configuration_alone(alarms: dict[str, Json]) -> None:
    for name, alarm in alarms.items():
        for query in (each for each in alarm["Metrics"] if "MetricStat" in each):
            seen = {each["Name"]: each["Value"] for each in query["MetricStat"]["Metric"]["Dimensions"]}
            configuration = seen.pop("EndpointConfigName", None)
            assert seen == {"EndpointName": "fraud-card-fraud-production", "VariantName": "champion"}
            assert (configuration is None) == name.startswith("promised-")
            assert configuration is None or configuration.startswith(f"{NAME}-")


def test_everyone_names_owner_and_runbook_and_tells_somebody(alarms: dict[str, Json]) -> None:
    for alarm in alarms.values():
        assert OWNER in alarm["AlarmDescription"]
        assert "https://wiki.acme.example/card-fraud" in alarm["AlarmDescription"]
        assert alarm["AlarmDescription"].count(". ") == 1
        (topic,) = alarm["AlarmActions"]
        assert topic.startswith("EndpointTopic")


def test_a_good_version_trips_none(alarms: dict[str, Json]) -> None:
    assert not [name for name, alarm in alarms.items() if goes_off(alarm, [GOOD] * 3)]


@pytest.mark.parametrize(
    ("minute", "tripped"),
    [
        (bad(Invocation5XXErrors=2, InvocationModelErrors=2), {"5xx", "promised-availability"}),
        (bad(Invocation4XXErrors=6, InvocationModelErrors=6), {"4xx", "model-errors"}),
        (bad(InvocationModelErrors=6), {"model-errors", "promised-availability"}),
        (bad(ModelLatency=151_000), {"latency", "promised-latency"}),
        (bad(ModelLatency=141_000), {"promised-latency"}),
        (bad(Invocation5XXErrors=1, Invocation4XXErrors=5, InvocationModelErrors=5), set[str]()),
        (bad(Invocations=19, Invocation5XXErrors=19, ModelLatency=9e9), set[str]()),
        (bad(Invocations=20, Invocation5XXErrors=1), {"5xx", "promised-availability"}),
        (bad(Invocations=0, OverheadLatency=9e9), {"promised-silence"}),
    ],
)
def test_what_is_bad_two_periods_of_three_trips_its_alarm(
    alarms: dict[str, Json], minute: dict[str, float], tripped: set[str]
) -> None:
    silent = [minute] * 3 if minute["Invocations"] == 0 else [minute, GOOD, minute]
    assert {name for name, alarm in alarms.items() if goes_off(alarm, silent)} == tripped
    assert not {name for name, alarm in alarms.items() if goes_off(alarm, [GOOD, GOOD, minute])}


def test_a_version_that_nobody_calls_is_not_judged_and_the_owner_hears_of_the_silence(alarms: dict[str, Json]) -> None:
    assert {name for name, alarm in alarms.items() if goes_off(alarm, [NOBODY] * 3)} == {"promised-silence"}


def test_periods_are_a_minute_for_a_rollout_and_five_for_a_promise(alarms: dict[str, Json]) -> None:
    for name, alarm in alarms.items():
        periods = {each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each}
        assert periods == ({300} if name.startswith("promised-") else {60})


def of(**options: Any) -> dict[str, Json]:  # noqa: ANN401 - real options
    body = built(lambda stack: an_endpoint(stack, **options)).body
    found = Deployed(body, RELEASE).resources("AWS::CloudWatch::Alarm").values()
    return {each["AlarmName"].rpartition("-")[2]: each for each in found if "Promised" not in each["AlarmName"]}


def test_without_an_expected_traffic_silence_is_no_alarm() -> None:
    assert "silence" not in of(level=ServiceLevel(availability_percent=99, p99_latency_ms=150))


def test_limits_are_the_composers() -> None:
    limits = RollbackLimits(server_errors_percent=3, p99_latency_ms=200, minimum_requests=50)
    found = of(limits=limits)
    assert found["5xx"]["Threshold"] == 3
    assert "n >= 50" in found["5xx"]["Metrics"][-1]["Expression"]
    body = built(lambda stack: an_endpoint(stack, limits=limits)).body
    thresholds = {
        each["AlarmName"]: each["Threshold"]
        for each in Deployed(body, RELEASE).resources("AWS::CloudWatch::Alarm").values()
        if each["AlarmName"].endswith("-latency")
    }
    assert sorted(thresholds.values()) == [150_000, 200_000]


def test_what_is_held_back_during_a_release_is_what_callers_are_promised() -> None:
    assert {each.suffix for each in promises(LEVEL)} == set(RELEASED)

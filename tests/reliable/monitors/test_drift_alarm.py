"""The warning of drift, played on the local CloudWatch: as often as it is measured, nothing is lost in between."""

from collections.abc import Sequence
from typing import Any

import pytest

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.clock import Clock, Watcher
from mlops_stages.local.server.cloudwatch import actions
from mlops_stages.local.server.cloudwatch.operations import CloudWatch
from mlops_stages.runtime.monitor_runs.publishing import NAMESPACE, SCORE_DRIFT
from mlops_stages.runtime.monitor_runs.settings import Drift
from tests.foundation.built import built
from tests.reliable.monitors.test_model_monitor import ENDPOINT, NAME, monitored

HERE = Scope(account="111111111111", region="eu-west-1")
MIDNIGHT, HOUR, MINUTE = 1_800_057_600, 3600, 60
NEAR, FAR = 0.1, 0.3


class Played:
    """The alarm of a model whose drift is measured every so many hours."""

    def __init__(self, every_hours: int) -> None:
        drift = Drift(metric="psi", maximum=0.2, every_hours=every_hours)
        found = built(lambda stack: monitored(stack, drift=drift)).all("AWS::CloudWatch::Alarm")
        (given,) = (each for each in found if each["AlarmName"] == f"{NAME}-score-drift")
        self.clock = Clock(machine=lambda: float(MIDNIGHT))
        self.cloudwatch = CloudWatch(self.clock)
        self.clock.watch(Watcher(due=self.cloudwatch.alarms.due, run=self.cloudwatch.alarms.run))
        taken = {key: value for key, value in given.items() if key not in ("AlarmActions", "OKActions", "Tags")}
        self.cloudwatch.dispatch(HERE, "PutMetricAlarm", taken)

    def hours(self, values: Sequence[float | None]) -> list[str]:
        """The alarm's state at the end of each hour, at whose 42nd minute that was put."""
        return [self._hour(value) for value in values]

    def _hour(self, value: float | None) -> str:
        self.clock.advance(42 * MINUTE)
        if value is not None:
            dimensions = [{"Name": "Endpoint", "Value": ENDPOINT}]
            data: list[dict[str, Any]] = [{"MetricName": SCORE_DRIFT, "Value": value, "Dimensions": dimensions}]
            self.cloudwatch.dispatch(HERE, "PutMetricData", {"Namespace": NAMESPACE, "MetricData": data})
        self.clock.advance(HOUR - 42 * MINUTE)
        asked = {"AlarmNames": [f"{NAME}-score-drift"]}
        (found,) = self.cloudwatch.dispatch(HERE, "DescribeAlarms", asked)["MetricAlarms"]
        return str(found["StateValue"])


@pytest.fixture(autouse=True)
def nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(_change: actions.Change) -> None:
        return None

    monkeypatch.setattr(actions, "tell", tell)


def test_of_every_hour_the_last_three_count() -> None:
    states = Played(1).hours([NEAR, NEAR, FAR, NEAR, NEAR, NEAR, NEAR])
    assert states == ["OK", "OK", "ALARM", "ALARM", "ALARM", "OK", "OK"]


def test_where_hours_know_nothing_the_alarm_says_so_by_its_state() -> None:
    states = Played(1).hours([FAR, *[None] * 12])
    assert states[0] == "ALARM"
    assert states[-1] == "INSUFFICIENT_DATA"


@pytest.mark.parametrize("every_hours", [2, 6, 12, 24])
def test_between_two_measurements_the_alarm_stays_as_it_is(every_hours: int) -> None:
    silence = [None] * (every_hours - 1)
    played = Played(every_hours)
    assert set(played.hours([FAR, *silence])) == {"ALARM"}
    assert set(played.hours([FAR, *silence])) == {"ALARM"}
    # CloudWatch looks at some further periods where data is missing: of every two hours, one measurement longer.
    assert played.hours([NEAR, *silence] * (3 if every_hours == 2 else 1))[-1] == "OK"
    assert set(played.hours([NEAR, *silence])) == {"OK"}

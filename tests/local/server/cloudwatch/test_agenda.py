"""Alarms are evaluated where something has changed, and stand as if they were evaluated each minute."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.clock import Clock, Watcher
from mlops_stages.local.server.cloudwatch import evaluation
from mlops_stages.local.server.cloudwatch.alarm_operations import AlarmOperations
from mlops_stages.local.server.cloudwatch.alarms import Alarms
from mlops_stages.local.server.cloudwatch.data_operations import DataOperations
from mlops_stages.local.server.cloudwatch.metrics import Metrics
from mlops_stages.local.server.cloudwatch.records import MetricAlarm

START = 1_800_000_000  # the start of a minute
HERE = Scope(account="111111111111", region="eu-west-1")
SUM = {"Metric": {"Namespace": "Team", "MetricName": "Errors"}, "Period": 300, "Stat": "Sum"}
ALARMS: dict[str, dict[str, Any]] = {
    "minute": {"Period": 60, "EvaluationPeriods": 1},
    "two-of-three": {"Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "TreatMissingData": "breaching"},
    "five-minutes": {"Period": 300, "EvaluationPeriods": 2, "TreatMissingData": "notBreaching"},
    "hours": {"Period": 3600, "EvaluationPeriods": 4, "DatapointsToAlarm": 1, "TreatMissingData": "ignore"},
    "seconds": {"Period": 10, "EvaluationPeriods": 2},
    "rare": {"Statistic": None, "ExtendedStatistic": "p99", "EvaluateLowSampleCountPercentile": "ignore"},
    "filled": {
        "Metrics": [
            {"Id": "m", "MetricStat": SUM, "ReturnData": False},
            {"Id": "e", "Expression": "IF(FILL(m, 0) > 20, 50, 0)"},
        ],
        "EvaluationPeriods": 2,
    },
}


class Watched:
    """Alarms on a clock that stands still until it is moved, and the data that they watch."""

    def __init__(self) -> None:
        self.clock = Clock(machine=lambda: START)
        self.metrics = Metrics()
        self.alarms = Alarms(self.clock, self.metrics)
        self.clock.watch(Watcher(due=self.alarms.due, run=self.alarms.run))
        self._data = DataOperations(self.clock, self.metrics, self.alarms).operations
        self._operations = AlarmOperations(self.clock, self.alarms).operations

    def put(self, value: float, at: float) -> None:
        with self.alarms.changing():
            data = [{"MetricName": "Errors", "Value": value, "Timestamp": at}]
            self._data["PutMetricData"](HERE, {"Namespace": "Team", "MetricData": data})

    def alarm(self, name: str, **more: Any) -> None:  # noqa: ANN401  # JSON-like
        one = {"Namespace": "Team", "MetricName": "Errors", "Statistic": "Sum", "Period": 60}
        compared = {"Threshold": 10, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1}
        given = {"AlarmName": name, **({} if "Metrics" in more else one), **compared, **more}
        with self.alarms.changing():
            self._operations["PutMetricAlarm"](HERE, {key: each for key, each in given.items() if each is not None})

    @property
    def all(self) -> list[MetricAlarm]:
        return [alarm for alarm in self.alarms.all(HERE) if isinstance(alarm, MetricAlarm)]


@pytest.mark.parametrize("seed", range(6))
def test_an_evaluation_that_was_left_out_would_have_found_nothing(seed: int) -> None:
    watched, drawn = Watched(), random.Random(seed)
    for name, more in ALARMS.items():
        watched.alarm(name, **more)
    for minute in range(1, 400):
        if drawn.random() < (0.3 if minute % 100 < 40 else 0.01):
            watched.put(drawn.choice([1, 9, 30]), watched.clock.now() + drawn.choice([-7000, -600, -60, 0, 30, 900]))
        watched.clock.advance(60)
        assert watched.clock.now() == START + 60 * minute
        end = START + 60 * minute
        late = {alarm.name for alarm in watched.all if evaluation.evaluate(alarm, watched.metrics, end, end)}
        assert late == set()


def test_a_day_without_data_is_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    watched, evaluated = Watched(), list[str]()
    whole = evaluation.evaluate

    def counted(alarm: MetricAlarm, *given: Any) -> Any:  # noqa: ANN401  # as the replaced one
        evaluated.append(alarm.name)
        return whole(alarm, *given)

    monkeypatch.setattr(evaluation, "evaluate", counted)
    watched.alarm("hours", Period=3600, EvaluationPeriods=3, TreatMissingData="breaching")
    watched.clock.advance(60)
    watched.put(1, START + 60)
    watched.clock.advance(24 * 3600)
    assert watched.all[0].condition.value == "ALARM"
    assert len(evaluated) < 20


def test_a_state_that_was_set_by_hand_lasts_until_the_next_evaluation() -> None:
    watched = Watched()
    watched.alarm("minute", TreatMissingData="notBreaching")
    watched.clock.advance(3600)
    (alarm,) = watched.all
    with watched.alarms.changing():
        watched.alarms.change(alarm, evaluation.Condition(value="ALARM", reason="by hand", since=watched.clock.now()))
    assert alarm.condition.value == "ALARM"
    watched.clock.advance(60)
    assert alarm.condition.value == "OK"


def test_an_alarm_that_is_gone_or_replaced_is_not_evaluated() -> None:
    watched = Watched()
    watched.alarm("minute", TreatMissingData="breaching")
    watched.alarm("minute", TreatMissingData="notBreaching")
    watched.clock.advance(60)
    assert [alarm.condition.value for alarm in watched.all] == ["OK"]
    watched.alarms.remove(watched.all[0])
    assert watched.alarms.due() is None
    watched.put(99, START + 60)
    assert watched.alarms.due() is None

"""Alarms by the clock: windows, M of N, missing data, percentiles, metric math, composite alarms, bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.server.api.records import Scope, ServiceError
from mlops_stages.local.server.clock import Clock, Watcher
from mlops_stages.local.server.cloudwatch import actions
from mlops_stages.local.server.cloudwatch.actions import ActionError, Change
from mlops_stages.local.server.cloudwatch.operations import CloudWatch

START = 1_800_000_000  # the start of a minute
HERE = Scope(account="111111111111", region="eu-west-1")
OTHER_ACCOUNT = Scope(account="222222222222", region="eu-west-1")
OTHER_REGION = Scope(account="111111111111", region="eu-central-1")
TOPIC = "arn:aws:sns:eu-west-1:111111111111:owners"
FLEET = [{"Name": "EndpointName", "Value": "e"}, {"Name": "EndpointConfigName", "Value": "new"}]

SUPPRESSION: dict[str, Any] = {
    "ActionsSuppressor": "suppressor",
    "ActionsSuppressorWaitPeriod": 40,
    "ActionsSuppressorExtensionPeriod": 60,
}


class Watch:
    """CloudWatch on a clock that stands still until it is moved, and what its alarms did."""

    def __init__(self) -> None:
        self.machine = [float(START)]
        self.clock = Clock(machine=lambda: self.machine[0])
        self.cloudwatch = CloudWatch(self.clock)
        self.clock.watch(Watcher(due=self.cloudwatch.alarms.due, run=self.cloudwatch.alarms.run))
        self.events: list[Change] = []
        self.performed: list[tuple[str, str]] = []

    def call(self, operation: str, scope: Scope = HERE, **given: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON-like
        return self.cloudwatch.dispatch(scope, operation, given)

    def put(self, *values: float, name: str = "Errors", scope: Scope = HERE, **more: Any) -> None:  # noqa: ANN401
        data = [{"MetricName": name, "Value": value, **more} for value in values]
        self.call("PutMetricData", scope, Namespace="Team", MetricData=data)

    def alarm(self, name: str = "alarm", scope: Scope = HERE, **more: Any) -> None:  # noqa: ANN401
        one = {"Namespace": "Team", "MetricName": "Errors", "Statistic": "Average", "Period": 60}
        given: dict[str, Any] = {
            **({} if "Metrics" in more else one),
            "EvaluationPeriods": 1,
            "Threshold": 10,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [TOPIC],
            **more,
        }
        known = {key: value for key, value in given.items() if value is not None}
        self.call("PutMetricAlarm", scope, AlarmName=name, **known)

    def minute(self, *values: float, **more: Any) -> str:  # noqa: ANN401
        """Values in the minute that begins, the minute over; the alarm's state."""
        if values:
            self.put(*values, **more)
        self.clock.advance(60)
        return self.state()

    def described(self, name: str = "alarm", scope: Scope = HERE) -> dict[str, Any]:
        found = self.call("DescribeAlarms", scope, AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return [*found["MetricAlarms"], *found["CompositeAlarms"]][0]

    def state(self, name: str = "alarm", scope: Scope = HERE) -> str:
        return str(self.described(name, scope)["StateValue"])

    def refused(self, operation: str = "PutMetricAlarm", **given: Any) -> str:  # noqa: ANN401
        with pytest.raises(ServiceError) as refused:
            self.alarm(**given) if operation == "PutMetricAlarm" else self.call(operation, **given)
        return refused.value.code


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """CloudWatch alone: what it would tell others is written down."""
    found = Watch()
    monkeypatch.setattr(actions, "tell", found.events.append)

    def perform(change: Change, arn: str) -> None:
        found.performed.append((change.new.value, arn))

    monkeypatch.setattr(actions, "perform", perform)
    return found


def test_an_alarm_goes_by_its_statistic_at_the_end_of_each_minute(watch: Watch) -> None:
    watch.alarm()
    assert watch.state() == "INSUFFICIENT_DATA"
    assert watch.minute(5, 6) == "OK"
    assert watch.minute(5, 60) == "ALARM"
    assert watch.minute(5) == "OK"
    assert [event.new.value for event in watch.events] == ["OK", "ALARM", "OK"]
    assert watch.performed == [("ALARM", TOPIC)]


def test_an_average_is_not_judged_before_its_minute_is_over(watch: Watch) -> None:
    watch.alarm()
    watch.put(100)
    assert watch.state() == "INSUFFICIENT_DATA"
    watch.put(*[0] * 99)
    assert watch.minute() == "OK"


def test_a_sum_that_is_too_much_already_goes_off_at_once_and_stays(watch: Watch) -> None:
    watch.alarm(Statistic="Sum")
    watch.put(6)
    assert watch.state() == "INSUFFICIENT_DATA"
    watch.put(6)
    assert watch.state() == "ALARM"
    assert watch.minute() == "ALARM"
    assert [event.new.value for event in watch.events] == ["ALARM"]


@pytest.mark.parametrize(
    ("settings", "values"),
    [
        ({"Statistic": "Sum", "ComparisonOperator": "LessThanThreshold"}, [1]),  # more may come
        ({"Statistic": "Sum"}, [12, -5]),  # it may shrink
        ({"Statistic": "Maximum", "EvaluationPeriods": 2}, [12]),  # one of two
        ({"Statistic": "Maximum", "EvaluationPeriods": 2, "TreatMissingData": "breaching"}, [12]),
    ],
)
def test_what_may_still_change_does_not_go_off_at_once(
    watch: Watch, settings: dict[str, Any], values: list[float]
) -> None:
    watch.alarm(**settings)
    watch.put(*values)
    assert watch.state() == "INSUFFICIENT_DATA"


def test_late_data_does_not_stand_for_the_minute_that_runs(watch: Watch) -> None:
    watch.alarm(Statistic="Sum", TreatMissingData="breaching")
    watch.clock.advance(30)
    watch.put(1, Timestamp=START - 60)
    assert watch.state() == "INSUFFICIENT_DATA"


def test_an_alarm_is_on_exactly_its_dimensions(watch: Watch) -> None:
    """An alarm on the new fleet does not see the old one's metrics, nor those of both together."""
    watch.alarm(Dimensions=FLEET)
    old = [{"Name": "EndpointName", "Value": "e"}, {"Name": "EndpointConfigName", "Value": "old"}]
    watch.put(99)
    watch.put(99, Dimensions=FLEET[:1])
    watch.put(99, Dimensions=old)
    assert watch.minute() == "INSUFFICIENT_DATA"
    assert watch.minute(99, Dimensions=FLEET[::-1]) == "ALARM"


def test_an_alarm_with_a_unit_sees_that_unit_alone(watch: Watch) -> None:
    watch.alarm(Unit="Percent")
    assert watch.minute(99, Unit="Count") == "INSUFFICIENT_DATA"
    assert watch.minute(99, Unit="Percent") == "ALARM"


def test_two_of_three(watch: Watch) -> None:
    watch.alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    assert [watch.minute(value) for value in (99, 1, 1, 99, 1, 99, 99, 1, 1)] == [
        "INSUFFICIENT_DATA", "OK", "OK", "OK", "OK", "ALARM", "ALARM", "ALARM", "OK",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("breaching", ["ALARM"] * 2),
        ("notBreaching", ["OK"] * 2),
        ("missing", ["INSUFFICIENT_DATA"] * 2),
        ("ignore", ["INSUFFICIENT_DATA"] * 2),
        (None, ["INSUFFICIENT_DATA"] * 2),
    ],
)
def test_where_no_data_ever_came_missing_data_decides(watch: Watch, missing: str | None, expected: list[str]) -> None:
    watch.alarm(TreatMissingData=missing, Statistic="Sum")
    assert [watch.minute(), watch.minute()] == expected


def test_an_alarm_on_no_traffic_goes_off_and_comes_back(watch: Watch) -> None:
    less: dict[str, Any] = {"Statistic": "Sum", "ComparisonOperator": "LessThanThreshold", "Threshold": 1}
    watch.alarm(TreatMissingData="breaching", **less)
    assert [watch.minute(5), watch.minute(5)] == ["OK", "OK"]
    # The last data counts as long as it is in the evaluation range: two periods more than EvaluationPeriods.
    assert [watch.minute(), watch.minute(), watch.minute(), watch.minute(5)] == ["OK", "OK", "ALARM", "OK"]


def test_tables_of_dynamodb_keep_their_state_where_data_is_missing(watch: Watch) -> None:
    watch.alarm(Namespace="AWS/DynamoDB", TreatMissingData="breaching")
    assert watch.minute() == "INSUFFICIENT_DATA"


def test_windows_slide_by_the_minute(watch: Watch) -> None:
    watch.alarm(Period=300, Statistic="Sum")
    states = [watch.minute(4) for _ in range(3)]
    assert states == ["OK", "OK", "ALARM"]  # 4, 8, 12 in the five minutes that end now


def test_an_alarm_of_ten_seconds_is_looked_at_each_ten_seconds(watch: Watch) -> None:
    watch.alarm(Period=10)
    watch.put(99, StorageResolution=1)
    watch.clock.advance(10)
    assert watch.state() == "ALARM"


def test_data_from_before_the_alarm_counts(watch: Watch) -> None:
    watch.put(99)
    watch.clock.advance(60)
    watch.alarm()
    assert watch.minute() == "ALARM"


def test_a_percentile_is_of_the_values_themselves(watch: Watch) -> None:
    watch.alarm(Statistic=None, ExtendedStatistic="p90", Threshold=150_000)
    latencies: dict[str, Any] = {"MetricName": "Errors", "Values": [100_000, 200_000], "Counts": [95, 5]}
    watch.call("PutMetricData", Namespace="Team", MetricData=[latencies])
    assert watch.minute() == "OK"
    latencies["Counts"] = [85, 15]
    watch.call("PutMetricData", Namespace="Team", MetricData=[latencies])
    assert watch.minute() == "ALARM"


def test_a_percentile_waits_for_samples_where_it_is_told_to(watch: Watch) -> None:
    for name, how in (("patient", "ignore"), ("hasty", "evaluate"), ("default", None)):
        watch.alarm(name, Statistic=None, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile=how)
    watch.put(*[99] * 99)
    watch.clock.advance(60)
    assert [watch.state(name) for name in ("patient", "hasty", "default")] == ["INSUFFICIENT_DATA", "ALARM", "ALARM"]
    watch.put(*[99] * 100)
    watch.clock.advance(60)
    assert watch.state("patient") == "ALARM"


def metric(id: str, name: str, returned: bool = False) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "Team", "MetricName": name, "Dimensions": FLEET}, "Period": 60, "Stat": "Sum"}
    return {"Id": id, "MetricStat": stat, "ReturnData": returned}


def expression(text: str, id: str = "share", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Id": id, "Expression": text, "Label": "share of errors", **more}


SHARE = [expression("IF(n >= 20, 100 * e / n, 0)"), metric("e", "Errors"), metric("n", "Requests")]


def test_an_alarm_on_a_share_needs_a_minimum_of_requests(watch: Watch) -> None:
    watch.alarm(Metrics=SHARE, TreatMissingData="notBreaching")

    def minute(errors: float, requests: float) -> str:
        watch.put(errors, Dimensions=FLEET)
        return watch.minute(requests, name="Requests", Dimensions=FLEET)

    assert [minute(1, 1), minute(2, 40), minute(8, 40), minute(0, 40)] == ["OK", "OK", "ALARM", "OK"]
    assert watch.described()["Metrics"] == SHARE
    assert "MetricName" not in watch.described()


def test_expressions_may_build_on_each_other(watch: Watch) -> None:
    parts = [expression("a + b", returned) for returned in ("sum",)]
    metrics = [
        expression("sum / 2", ReturnData=True),
        {**parts[0], "ReturnData": False},
        metric("a", "A"),
        metric("b", "B"),
    ]
    watch.alarm(Metrics=metrics)
    watch.put(18, name="A", Dimensions=FLEET)
    assert watch.minute(4, name="B", Dimensions=FLEET) == "ALARM"


@pytest.mark.parametrize(
    "metrics",
    [
        [],
        [expression("1 + 1")],
        [expression("TIME_SERIES(1)")],  # no metric
        [expression("SUM(e)"), metric("e", "Errors")],  # a number
        [expression("METRICS()"), metric("e", "Errors")],  # an array
        [expression("e + x"), metric("e", "Errors")],
        [expression("e +"), metric("e", "Errors")],
        [expression("e", "E"), metric("e", "Errors")],
        [expression("e"), metric("e", "Errors", returned=True)],  # two return data
        [metric("e", "Errors")],  # none does
        [expression("share + e"), metric("e", "Errors")],  # a circle
        [expression("other"), expression("share", "other", ReturnData=False), metric("e", "Errors")],
        [expression("e"), metric("e", "Errors"), metric("e", "Errors")],
        [
            expression("e + n"),
            metric("e", "Errors"),
            {**metric("n", "N"), "MetricStat": {**metric("n", "N")["MetricStat"], "Period": 300}},
        ],
        [{"Id": "e"}],
        [{**metric("e", "Errors", returned=True), "Expression": "1"}],
        [expression("e1"), *(metric(f"e{number}", "Errors") for number in range(11))],
    ],
)
def test_metrics_that_aws_would_refuse_are_refused(watch: Watch, metrics: list[dict[str, Any]]) -> None:
    assert watch.refused(Metrics=metrics) == "ValidationError"
    assert watch.call("DescribeAlarms")["MetricAlarms"] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"Metrics": [expression("STDDEV([e])"), metric("e", "Errors")]},
        {"Metrics": [expression("SEARCH('x')"), metric("e", "Errors")]},
        {"Metrics": [expression("SELECT AVG(x) FROM y"), metric("e", "Errors")]},
        {"Metrics": [{**metric("e", "Errors", returned=True), "AccountId": "222222222222"}]},
        {"Metrics": [expression("2 * e", Period=300), metric("e", "Errors")]},
        {"Statistic": None, "ExtendedStatistic": "tm99"},
        {"ThresholdMetricId": "ad1"},
        {"ComparisonOperator": "GreaterThanUpperThreshold"},
        {"EvaluationWindow": {"WallClockWindow": {}}},
        {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}},
        {"AlarmActions": ["arn:aws:ssm:eu-west-1:111111111111:opsitem:1"]},
        {"OKActions": ["arn:aws:automate:eu-west-1:ec2:stop"]},
    ],
)
def test_what_is_not_emulated_is_refused_loudly_and_never_dropped(watch: Watch, settings: dict[str, Any]) -> None:
    assert watch.refused(**settings) == "NotImplementedException"
    assert watch.call("DescribeAlarms")["MetricAlarms"] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"Statistic": None},
        {"ExtendedStatistic": "p99"},
        {"MetricName": None},
        {"Namespace": None},
        {"Period": None},
        {"Period": 61},
        {"Period": 1},
        {"Period": 604_860},
        {"Threshold": None},
        {"Threshold": float("nan")},
        {"ComparisonOperator": None},
        {"EvaluationPeriods": None},
        {"EvaluationPeriods": 1441},
        {"EvaluationPeriods": 169, "Period": 3600},
        {"EvaluationPeriods": 2, "DatapointsToAlarm": 3},
        {"TreatMissingData": "Breaching"},
        {"EvaluateLowSampleCountPercentile": "never"},
        {"AlarmActions": ["owners"]},
        {"AlarmActions": ["arn:aws:lambda:eu-west-1:111111111111:nothing"]},
        {"AlarmActions": ["arn:aws:sns:eu-west-1:111111111111:a:b"]},
        {"AlarmActions": ["arn:aws:sns:us-east-1:111111111111:owners"]},
        {"Threshold": 10**400},
        {"Dimensions": [FLEET[0], FLEET[0]]},
    ],
)
def test_settings_that_aws_would_refuse_are_refused(watch: Watch, settings: dict[str, Any]) -> None:
    assert watch.refused(**settings) == "ValidationError"


def test_an_alarm_of_a_day_or_of_a_week_by_hours_is_taken(watch: Watch) -> None:
    watch.alarm("day", EvaluationPeriods=1440)
    watch.alarm("week", EvaluationPeriods=168, Period=3600)


# Composite alarms


@pytest.fixture
def family(watch: Watch) -> Watch:
    """Two alarms, and one on both."""
    watch.alarm("errors")
    watch.alarm("slow", MetricName="Latency")
    watch.call("PutCompositeAlarm", AlarmName="alarm", AlarmRule="ALARM(errors) AND ALARM(slow)", AlarmActions=[TOPIC])
    watch.events.clear()
    return watch


def test_a_composite_alarm_follows_its_children_at_once(family: Watch) -> None:
    assert family.state() == "OK"
    family.put(99)
    assert family.minute() == "OK"
    family.put(99)
    assert family.minute(99, name="Latency") == "ALARM"
    assert family.performed.count(("ALARM", TOPIC)) == 3  # each child's, and its own
    found = family.described()
    slow = family.described("slow")["AlarmArn"]
    assert found["StateReason"].startswith(f"{slow} transitioned to ALARM at ")
    assert [child["arn"] for child in json.loads(found["StateReasonData"])["triggeringAlarms"]] == [slow]
    assert family.minute(1) == "OK"


def test_composite_alarms_stand_on_composite_alarms(family: Watch) -> None:
    arn = family.described()["AlarmArn"]
    family.call("PutCompositeAlarm", AlarmName="top", AlarmRule=f'NOT OK("{arn}")')
    family.put(99)
    family.minute(99, name="Latency")
    assert family.state("top") == "ALARM"


def test_a_circle_of_composite_alarms_comes_to_rest(family: Watch) -> None:
    family.call("PutCompositeAlarm", AlarmName="one", AlarmRule="ALARM(errors)")
    family.call("PutCompositeAlarm", AlarmName="two", AlarmRule="NOT ALARM(one)")
    family.call("PutCompositeAlarm", AlarmName="one", AlarmRule="ALARM(two) OR ALARM(errors)")
    family.minute(99)
    assert family.refused("DeleteAlarms", AlarmNames=["one"]) == "ValidationError"


def test_what_a_composite_alarm_stands_on_is_not_deleted(family: Watch) -> None:
    assert family.refused("DeleteAlarms", AlarmNames=["errors"]) == "ValidationError"
    family.call("DeleteAlarms", AlarmNames=["alarm"])
    family.call("DeleteAlarms", AlarmNames=["errors", "slow", "nobody"])
    assert family.call("DescribeAlarms")["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"AlarmRule": "ALARM(nobody)"}, "ValidationError"),
        ({"AlarmRule": 'ALARM("arn:aws:cloudwatch:eu-west-1:222222222222:alarm:errors")'}, "ValidationError"),
        ({"AlarmRule": "ALARM(errors", "AlarmName": "x"}, "ValidationError"),
        ({"AlarmRule": "TRUE", "AlarmName": "errors"}, "ValidationError"),
        ({"AlarmRule": "TRUE", "ActionsSuppressor": "slow"}, "ValidationError"),
        ({"AlarmRule": "TRUE", "ActionsSuppressorWaitPeriod": 60}, "ValidationError"),
        ({"AlarmRule": "TRUE", **SUPPRESSION, "ActionsSuppressor": "nobody"}, "ValidationError"),
        ({"AlarmRule": "TRUE", **SUPPRESSION, "ActionsSuppressorWaitPeriod": -1}, "ValidationError"),
        ({"AlarmRule": "TRUE", **SUPPRESSION, "ActionsSuppressorExtensionPeriod": 10**30}, "ValidationError"),
    ],
)
def test_a_composite_alarm_that_cannot_be_is_refused(family: Watch, given: dict[str, Any], code: str) -> None:
    assert family.refused("PutCompositeAlarm", **{"AlarmName": "new", **given}) == code


def test_children_and_parents_are_found(family: Watch) -> None:
    types = ["MetricAlarm", "CompositeAlarm"]
    children = family.call("DescribeAlarms", ChildrenOfAlarmName="alarm", AlarmTypes=types)["MetricAlarms"]
    parents = family.call("DescribeAlarms", ParentsOfAlarmName="slow", AlarmTypes=types)["CompositeAlarms"]
    assert [alarm["AlarmName"] for alarm in children] == ["errors", "slow"]
    assert [alarm["AlarmName"] for alarm in parents] == ["alarm"]


# The examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html, in which a
# unit of time is 20 seconds here: a WaitPeriod of 2 units, an ExtensionPeriod of 3.


@pytest.fixture
def suppressed(watch: Watch) -> Watch:
    """A composite alarm, `alarm`, whose actions `suppressor` suppresses; both follow a metric alarm that is set."""
    for name in ("child", "suppressor"):
        watch.alarm(name, AlarmActions=[], TreatMissingData="ignore")
        watch.call("SetAlarmState", AlarmName=name, StateValue="OK", StateReason="")
    watch.call(
        "PutCompositeAlarm",
        AlarmName="alarm",
        AlarmRule="ALARM(child)",
        AlarmActions=[TOPIC],
        OKActions=[f"{TOPIC}-ok"],
        **SUPPRESSION,
    )
    watch.clock.advance(60)
    watch.performed.clear()
    return watch


ALARM, OK = ("ALARM", TOPIC), ("OK", f"{TOPIC}-ok")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({2: ("child", "ALARM")}, {4: ALARM}),  # 1: not suppressed after WaitPeriod
        ({2: ("child", "ALARM"), 3: ("suppressor", "ALARM")}, {}),  # 2: suppressed before it ends
        ({2: ("child", "ALARM"), 3: ("child", "OK")}, {5: OK}),  # 3: a change starts another
        ({1: ("suppressor", "ALARM"), 2: ("child", "ALARM")}, {}),  # 4: suppressed by the alarm
        ({2: ("child", "ALARM"), 3: ("suppressor", "ALARM"), 6: ("suppressor", "OK")}, {9: ALARM}),  # 5
        (
            {2: ("child", "ALARM"), 3: ("suppressor", "ALARM"), 6: ("suppressor", "OK"), 7: ("child", "OK")},
            {9: OK},
        ),  # 6: a change during ExtensionPeriod starts a WaitPeriod
        ({2: ("suppressor", "ALARM"), 4: ("suppressor", "OK")}, {}),  # nothing was suppressed
    ],
)
def test_actions_are_suppressed_as_in_the_examples(
    suppressed: Watch, changes: dict[int, tuple[str, str]], expected: dict[int, tuple[str, str]]
) -> None:
    found: dict[int, tuple[str, str]] = {}
    for unit in range(1, 15):
        suppressed.clock.advance(20)
        if suppressed.performed:
            found[unit] = suppressed.performed.pop()
        if unit in changes:
            name, state = changes[unit]
            suppressed.call("SetAlarmState", AlarmName=name, StateValue=state, StateReason="")
    assert found == expected


def test_who_suppresses_is_told(suppressed: Watch) -> None:
    suppressed.call("SetAlarmState", AlarmName="child", StateValue="ALARM", StateReason="")
    assert suppressed.described()["ActionsSuppressedBy"] == "WaitPeriod"
    suppressed.call("SetAlarmState", AlarmName="suppressor", StateValue="ALARM", StateReason="")
    assert suppressed.described()["ActionsSuppressedReason"] == "Actions suppressed by Alarm"
    suppressed.call("DeleteAlarms", AlarmNames=["suppressor"])
    assert suppressed.described()["ActionsSuppressedBy"] == "ExtensionPeriod"
    suppressed.clock.advance(60)
    assert suppressed.described()["ActionsSuppressedBy"] is None
    change = suppressed.events[-1]
    assert (change.old.value, change.old.suppressed, change.new.value) == ("ALARM", "ExtensionPeriod", "ALARM")
    assert actions.lambda_event(change)["alarmData"]["previousState"]["actionsSuppressedBy"] == "ExtensionPeriod"
    assert actions.lambda_event(change)["alarmData"]["configuration"]["actionsSuppressorWaitPeriod"] == 40


def test_another_suppressor_ends_what_waited_for_the_old_one(suppressed: Watch) -> None:
    suppressed.call("SetAlarmState", AlarmName="child", StateValue="ALARM", StateReason="")
    suppressed.call("PutCompositeAlarm", AlarmName="alarm", AlarmRule="ALARM(child)")
    assert suppressed.described()["ActionsSuppressedBy"] is None
    suppressed.clock.advance(120)
    assert suppressed.performed == []


# States and history


def test_a_state_that_was_set_lasts_until_the_next_evaluation(watch: Watch) -> None:
    watch.alarm(TreatMissingData="notBreaching")
    watch.minute()
    watch.call("SetAlarmState", AlarmName="alarm", StateValue="ALARM", StateReason="a drill")
    assert (watch.state(), watch.performed) == ("ALARM", [("ALARM", TOPIC)])
    assert watch.minute() == "OK"


def test_an_alarm_whose_actions_are_off_changes_and_tells_the_bus_alone(watch: Watch) -> None:
    watch.alarm()
    watch.call("DisableAlarmActions", AlarmNames=["alarm"])
    assert watch.described()["ActionsEnabled"] is False
    assert watch.minute(99) == "ALARM"
    assert (len(watch.events), watch.performed) == (1, [])
    watch.call("EnableAlarmActions", AlarmNames=["alarm"])
    watch.minute(1)
    watch.minute(99)
    assert watch.performed == [("ALARM", TOPIC)]


def test_actions_are_those_of_the_new_state(watch: Watch) -> None:
    watch.alarm(OKActions=[f"{TOPIC}-ok"], InsufficientDataActions=[f"{TOPIC}-none"])
    watch.minute(99)
    watch.minute(1)
    for _ in range(3):
        watch.minute()
    assert watch.performed == [("ALARM", TOPIC), ("OK", f"{TOPIC}-ok"), ("INSUFFICIENT_DATA", f"{TOPIC}-none")]


def test_an_update_keeps_the_state_and_the_tags(watch: Watch) -> None:
    watch.alarm(Tags=[{"Key": "team", "Value": "flights"}])
    watch.minute(99)
    watch.alarm(Threshold=200, Tags=[{"Key": "team", "Value": "other"}])
    assert (watch.state(), watch.described()["Threshold"]) == ("ALARM", 200)
    tags = watch.call("ListTagsForResource", ResourceARN=watch.described()["AlarmArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "flights"}]
    assert watch.minute(99) == "OK"


def test_the_history_tells_settings_states_and_actions(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(change: Change, arn: str) -> None:
        raise ActionError(f"{change.new.value}: nobody has {arn}")

    monkeypatch.setattr(actions, "perform", fail)
    watch.alarm()
    watch.minute(99)
    items = watch.call("DescribeAlarmHistory", AlarmName="alarm", ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [(item["HistoryItemType"], item["HistorySummary"]) for item in items] == [
        ("ConfigurationUpdate", 'Alarm "alarm" created'),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("Action", f"Failed to execute action {TOPIC}"),
    ]
    told = json.loads(items[1]["HistoryData"])
    assert (told["oldState"]["stateValue"], told["newState"]["stateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert told["newState"]["stateReasonData"]["recentDatapoints"] == [99.0]
    assert f"nobody has {TOPIC}" in json.loads(items[2]["HistoryData"])["error"]
    first = watch.call("DescribeAlarmHistory", MaxRecords=2)
    rest = watch.call("DescribeAlarmHistory", NextToken=first["NextToken"])
    assert [*first["AlarmHistoryItems"], *rest["AlarmHistoryItems"]] == items[::-1]


def test_history_is_kept_for_two_weeks(watch: Watch) -> None:
    watch.alarm()
    watch.clock.advance(7 * 24 * 3600)
    watch.clock.advance(7 * 24 * 3600)
    watch.clock.advance(3600)
    watch.minute(99)
    kinds = [item["HistoryItemType"] for item in watch.call("DescribeAlarmHistory")["AlarmHistoryItems"]]
    assert kinds == ["Action", "StateUpdate"]


@pytest.mark.parametrize("scope", [OTHER_ACCOUNT, OTHER_REGION])
def test_accounts_and_regions_are_kept_apart(watch: Watch, scope: Scope) -> None:
    watch.alarm(AlarmActions=[])
    watch.alarm(scope=scope, AlarmActions=[])
    watch.put(99, scope=scope)
    assert watch.minute() == "INSUFFICIENT_DATA"
    assert watch.state(scope=scope) == "ALARM"
    assert watch.call("ListMetrics")["Metrics"] == []
    watch.call("DeleteAlarms", scope, AlarmNames=["alarm"])
    assert watch.state() == "INSUFFICIENT_DATA"


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan"), 2.0**361])
def test_what_is_no_number_is_no_data(watch: Watch, value: float) -> None:
    for datum in (
        {"Value": value},
        {"Values": [1.0], "Counts": [value]},
        {"StatisticValues": {"SampleCount": 1, "Sum": value, "Minimum": 1, "Maximum": 1}},
    ):
        data = [{"MetricName": "Errors", **datum}]
        assert watch.refused("PutMetricData", Namespace="Team", MetricData=data) == "InvalidParameterValue"
    assert watch.call("ListMetrics")["Metrics"] == []


def test_a_request_for_a_very_long_time_is_answered_from_what_there_is(watch: Watch) -> None:
    watch.put(1)
    given: dict[str, Any] = {"StartTime": 0, "EndTime": 253_402_300_000}
    stat = {"Metric": {"Namespace": "Team", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    queries: list[dict[str, Any]] = [{"Id": "m", "MetricStat": stat}]
    (found,) = watch.call("GetMetricData", MetricDataQueries=queries, **given)["MetricDataResults"]
    assert found["Values"] == [1.0]
    queries.append({"Id": "f", "Expression": "FILL(m, 0)"})
    assert watch.refused("GetMetricData", MetricDataQueries=queries, **given) == "ValidationError"


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("PutMetricData", {"Namespace": "Team", "EntityMetricData": []}),
        ("ListMetrics", {"IncludeLinkedAccounts": True}),
        ("ListMetrics", {"OwningAccount": "222222222222"}),
        ("DescribeAlarmHistory", {"AlarmContributorId": "x"}),
        ("GetMetricData", {"MetricDataQueries": [], "StartTime": 0, "EndTime": 60, "LabelOptions": {}}),
        (
            "GetMetricData",
            {"MetricDataQueries": [{"Id": "m", "Label": "${MAX}"}], "StartTime": 0, "EndTime": 60},
        ),
    ],
)
def test_members_that_nothing_here_heeds_are_refused(watch: Watch, operation: str, given: dict[str, Any]) -> None:
    assert watch.refused(operation, **given) == "NotImplementedException"


def test_an_arn_is_no_name(watch: Watch) -> None:
    """Policies are asked about the name that a call gives: an ARN in its place must not lead to the alarm."""
    watch.alarm()
    arn = watch.described()["AlarmArn"]
    assert watch.refused("SetAlarmState", AlarmName=arn, StateValue="OK", StateReason="") == "ResourceNotFound"
    watch.call("DeleteAlarms", AlarmNames=[arn])
    watch.call("DisableAlarmActions", AlarmNames=[arn])
    assert watch.described()["ActionsEnabled"] is True
    assert watch.refused("TagResource", ResourceARN="alarm", Tags=[]) == "ResourceNotFound"


def test_the_data_of_a_long_history_item_stays_json(watch: Watch) -> None:
    watch.alarm()
    for state in ("ALARM", "OK"):
        reasons: dict[str, Any] = {"StateReason": "ä" * 1000, "StateReasonData": json.dumps({"x": "y" * 3900})}
        watch.call("SetAlarmState", AlarmName="alarm", StateValue=state, **reasons)
    items = watch.call("DescribeAlarmHistory", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert [json.loads(item["HistoryData"])["newState"]["stateValue"] for item in items] == ["OK", "ALARM"]


def test_a_failure_of_an_action_keeps_the_others_and_the_call(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(change: Change, arn: str) -> None:
        if arn == TOPIC:
            raise ZeroDivisionError
        watch.performed.append((change.new.value, arn))

    monkeypatch.setattr(actions, "perform", fail)
    watch.alarm(Statistic="Sum", AlarmActions=[TOPIC, f"{TOPIC}-more"])
    watch.put(99)
    assert watch.performed == [("ALARM", f"{TOPIC}-more")]


def test_many_alarms_on_one_metric_do_not_keep_data_from_coming_in(watch: Watch) -> None:
    for number in range(60):
        watch.alarm(f"alarm-{number:02}", Statistic="Sum", EvaluationPeriods=1440, DatapointsToAlarm=1)
    watch.put(99)
    states = [alarm["StateValue"] for alarm in watch.call("DescribeAlarms", MaxRecords=100)["MetricAlarms"]]
    assert 0 < states.count("ALARM") < 60
    assert watch.state("alarm-59") == "INSUFFICIENT_DATA"
    watch.clock.advance(60)
    assert watch.state("alarm-59") == "ALARM"


def test_an_account_has_a_greatest_number_of_alarms(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlops_stages.local.server.cloudwatch.alarms.MOST", 2)
    watch.alarm("a")
    watch.alarm("b")
    assert watch.refused(name="c") == "LimitExceeded"
    watch.alarm("b", Threshold=11)
    watch.alarm("c", scope=OTHER_ACCOUNT)


def test_alarms_come_in_pages_by_name(watch: Watch) -> None:
    for name in ("c", "a", "b"):
        watch.alarm(name)
    first = watch.call("DescribeAlarms", MaxRecords=2)
    rest = watch.call("DescribeAlarms", NextToken=first["NextToken"])
    assert [alarm["AlarmName"] for alarm in [*first["MetricAlarms"], *rest["MetricAlarms"]]] == ["a", "b", "c"]
    assert "NextToken" not in rest


def test_a_machine_that_slept_evaluates_what_it_missed_in_order(watch: Watch) -> None:
    watch.alarm()
    watch.put(99)
    watch.put(1, Timestamp=START + 60)
    watch.machine[0] += 180
    watch.clock.catch_up()
    assert [event.new.value for event in watch.events] == ["ALARM", "OK"]


def test_hours_of_many_alarms_are_evaluated_in_one_step(watch: Watch) -> None:
    for number in range(100):
        watch.alarm(f"alarm-{number}", TreatMissingData="notBreaching")
    watch.put(99)
    watch.clock.advance(3 * 3600)
    assert watch.state("alarm-0") == "OK"

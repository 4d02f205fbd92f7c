"""CloudWatch as boto3 sees it: alarms that fire into SNS, Lambda and EventBridge, by API and by CloudFormation."""

from __future__ import annotations

import datetime
import json
import secrets
import urllib.parse
from collections.abc import Mapping
from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, deny, policy, refusal
from tests.local.laboratory import until
from tests.local.server.lambda_functions.test_functions import Functions
from tests.local.signed_requests import send, signed
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource

FLEET = [{"Name": "EndpointName", "Value": "e"}, {"Name": "EndpointConfigName", "Value": "new"}]
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


class Alarms:
    """Alarms of one account that tell a topic, whose messages go to a queue."""

    def __init__(self, aws: LocalAws, account: str) -> None:
        self.aws, self.account = aws, account
        self.client = aws.client("cloudwatch", account)
        self.sqs, self.sns = aws.client("sqs", account), aws.client("sns", account)
        self.queue = self.sqs.create_queue(QueueName="told")["QueueUrl"]
        self.topic = self.sns.create_topic(Name="owners")["TopicArn"]
        queue_arn = f"arn:aws:sqs:eu-west-1:{account}:told"
        senders = {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}
        sends = {"Effect": "Allow", "Principal": senders, "Action": "sqs:SendMessage", "Resource": queue_arn}
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy(sends)})
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=queue_arn)
        self.queue_arn = queue_arn

    def create(self, name: str = "alarm", **more: Any) -> None:  # noqa: ANN401  # as boto3 has it
        """An alarm on more than 10 errors in a minute."""
        given = {
            "Namespace": "Team",
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 10,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [self.topic],
            **more,
        }
        self.client.put_metric_alarm(AlarmName=name, **given)

    def put(self, value: float, **more: Any) -> None:  # noqa: ANN401  # as boto3 has it
        """A value of the metric, now."""
        self.client.put_metric_data(Namespace="Team", MetricData=[{"MetricName": "Errors", "Value": value, **more}])

    def described(self, name: str = "alarm") -> Mapping[str, Any]:
        """The alarm."""
        found = self.client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return [*found["MetricAlarms"], *found["CompositeAlarms"]][0]

    def minutes(self, number: int = 1) -> None:
        """Move the clock of the local AWS ahead."""
        assert self.aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": 60 * number})[0] == 200

    def told(self) -> Any:  # noqa: ANN401  # JSON
        """The next message in the queue."""

        def receive() -> list[Any]:
            return self.sqs.receive_message(QueueUrl=self.queue, WaitTimeSeconds=1).get("Messages", [])

        found = until(receive)
        self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=found[0]["ReceiptHandle"])
        return json.loads(found[0]["Body"])

    def history(self, kind: str) -> list[str]:
        """What the history of all alarms tells, the oldest first."""
        items = self.client.describe_alarm_history(
            HistoryItemType=kind, ScanBy="TimestampAscending", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return [item["HistorySummary"] for item in items["AlarmHistoryItems"]]


@pytest.fixture
def alarms(local_aws: LocalAws, account: str) -> Alarms:
    """Alarms of an account of its own."""
    return Alarms(local_aws, account)


def test_an_alarm_tells_its_topic_in_the_form_of_aws(alarms: Alarms) -> None:
    alarms.create(AlarmDescription="errors of the new fleet", Dimensions=FLEET, Unit="Count", OKActions=[alarms.topic])
    alarms.put(99)
    alarms.put(11, Dimensions=FLEET, Unit="Count")
    envelope = alarms.told()
    assert envelope["Subject"] == 'ALARM: "alarm" in Europe (Ireland)'
    said = json.loads(envelope["Message"])
    assert (said["AlarmName"], said["NewStateValue"], said["OldStateValue"]) == ("alarm", "ALARM", "INSUFFICIENT_DATA")
    assert said["NewStateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [11.0 (")
    assert said["AlarmArn"] == alarms.described()["AlarmArn"]
    trigger = said["Trigger"]
    assert trigger["Dimensions"] == [{"value": each["Value"], "name": each["Name"]} for each in FLEET]
    assert (trigger["Statistic"], trigger["StatisticType"], trigger["Unit"]) == ("SUM", "Statistic", "Count")
    alarms.put(1, Dimensions=FLEET, Unit="Count")
    alarms.minutes(2)
    alarms.put(1, Dimensions=FLEET, Unit="Count")
    alarms.minutes()
    assert json.loads(alarms.told()["Message"])["NewStateValue"] == "OK"
    assert alarms.history("Action") == [f"Successfully executed action {alarms.topic}"] * 2


def test_the_bus_gets_the_documented_event(alarms: Alarms) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    events = alarms.aws.client("events", alarms.account)
    pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
    events.put_rule(Name="alarms", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="alarms", Targets=[{"Id": "queue", "Arn": alarms.queue_arn}])
    alarms.create(AlarmDescription="told to: flights", Dimensions=FLEET, AlarmActions=[], ActionsEnabled=False)
    alarms.put(11, Dimensions=FLEET)
    event = alarms.told()
    described = alarms.described()
    assert (event["account"], event["region"], event["resources"]) == (
        alarms.account,
        "eu-west-1",
        [described["AlarmArn"]],
    )
    detail = event["detail"]
    assert detail["alarmName"] == "alarm"
    assert detail["configuration"]["description"] == "told to: flights"
    (metric,) = detail["configuration"]["metrics"]
    assert metric["returnData"] is True
    assert metric["metricStat"] == {
        "metric": {
            "namespace": "Team",
            "name": "Errors",
            "dimensions": {each["Name"]: each["Value"] for each in FLEET},
        },
        "period": 60,
        "stat": "Sum",
    }
    assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert detail["previousState"]["reason"] == "Unchecked: Initial alarm creation"
    assert (detail["state"]["value"], detail["state"]["reason"]) == ("ALARM", described["StateReason"])
    assert json.loads(detail["state"]["reasonData"])["recentDatapoints"] == [11.0]
    assert detail["state"]["timestamp"].endswith("+0000")


def test_a_function_is_run_where_its_policy_lets_alarms_run_it(alarms: Alarms, functions: Functions) -> None:
    tell = f"boto3.client('sqs').send_message(QueueUrl='{alarms.queue}', MessageBody=json.dumps(event))"
    name = functions.create(f"import json, boto3\ndef handler(event, context):\n    {tell}")
    arn = functions.client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    alarms.create(AlarmActions=[arn])
    alarms.put(11)
    assert alarms.history("Action") == [f"Failed to execute action {arn}"]
    functions.client.add_permission(
        FunctionName=name,
        StatementId="Alarms",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceAccount=alarms.account,
        SourceArn=alarms.described()["AlarmArn"],
    )
    alarms.client.set_alarm_state(AlarmName="alarm", StateValue="OK", StateReason="again")
    alarms.client.set_alarm_state(AlarmName="alarm", StateValue="ALARM", StateReason="a drill")
    event = alarms.told()
    assert (event["source"], event["alarmArn"]) == ("aws.cloudwatch", alarms.described()["AlarmArn"])
    assert event["alarmData"]["state"]["reason"] == "a drill"
    assert event["alarmData"]["previousState"]["value"] == "OK"
    assert event["alarmData"]["configuration"]["metrics"][0]["metricStat"]["stat"] == "Sum"


@pytest.fixture
def functions(local_aws: LocalAws, account: str) -> Functions:
    """Functions of the same account."""
    return Functions(local_aws, account)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ({"Principal": CLOUDWATCH}, True),
        (
            {"Principal": CLOUDWATCH, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:*"}}},
            True,
        ),
        ({"Principal": CLOUDWATCH, "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}, False),
        ({"Principal": {"Service": "budgets.amazonaws.com"}}, False),
    ],
)
def test_a_topic_is_told_where_its_policy_lets_cloudwatch_tell_it(
    alarms: Alarms, statement: Mapping[str, Any], told: bool
) -> None:
    whole = {"Effect": "Allow", "Action": "sns:Publish", "Resource": alarms.topic, **statement}
    alarms.sns.set_topic_attributes(TopicArn=alarms.topic, AttributeName="Policy", AttributeValue=policy(whole))
    alarms.create()
    alarms.put(11)
    verb = "Successfully executed" if told else "Failed to execute"
    assert alarms.history("Action") == [f"{verb} action {alarms.topic}"]


def test_a_topic_that_refuses_plain_http_is_told_of_what_goes_off_by_the_clock(alarms: Alarms) -> None:
    lets = {"Effect": "Allow", "Principal": CLOUDWATCH}
    refuses = {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    statements = ({**each, "Action": "sns:Publish", "Resource": alarms.topic} for each in (lets, refuses))
    alarms.sns.set_topic_attributes(TopicArn=alarms.topic, AttributeName="Policy", AttributeValue=policy(*statements))
    alarms.create(ComparisonOperator="LessThanThreshold", Statistic="Maximum")
    alarms.put(0)
    alarms.minutes()
    assert alarms.history("Action") == [f"Successfully executed action {alarms.topic}"]
    assert json.loads(alarms.told()["Message"])["NewStateValue"] == "ALARM"


def test_a_topic_that_does_not_exist_is_told_of_in_the_history(alarms: Alarms) -> None:
    alarms.create(AlarmActions=[f"{alarms.topic}-gone"])
    alarms.put(11)
    assert alarms.described()["StateValue"] == "ALARM"
    assert alarms.history("Action") == [f"Failed to execute action {alarms.topic}-gone"]


# Metric data


def query(id: str, name: str = "Errors", stat: str = "Sum", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    metric = {"Namespace": "Team", "MetricName": name, "Dimensions": FLEET}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}, "ReturnData": False, **more}


def test_get_metric_data_computes_expressions(alarms: Alarms) -> None:
    start = int(clock(alarms.aws)) // 60 * 60 - 600
    for minute, (errors, requests) in enumerate([(1, 10), (5, 50), (20, 40)]):
        for name, value in (("Errors", errors), ("Requests", requests)):
            alarms.put(value, MetricName=name, Dimensions=FLEET, Timestamp=start + 60 * minute + 7)
    alarms.put(999, Timestamp=start)
    queries = [
        query("e"),
        query("n", "Requests"),
        {"Id": "share", "Expression": "IF(n >= 20, 100 * e / n, 0)", "Label": "share"},
        query("p99", stat="p99", ReturnData=True),
    ]
    found = alarms.client.get_metric_data(
        MetricDataQueries=queries, StartTime=start, EndTime=start + 300, ScanBy="TimestampAscending"
    )["MetricDataResults"]
    assert [(result["Id"], result["Label"], result["Values"]) for result in found] == [
        ("share", "share", [0.0, 10.0, 50.0]),
        ("p99", "Errors", [1.0, 5.0, 20.0]),
    ]
    assert [int(at.timestamp()) - start for at in found[0]["Timestamps"]] == [0, 60, 120]
    newest = alarms.client.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=start + 300)
    assert newest["MetricDataResults"][0]["Values"] == [50.0, 10.0, 0.0]


def clock(aws: LocalAws) -> float:
    """The time of the local AWS."""
    now = aws.ask("GET", "/_mlops-stages/clock")[1]["now"]
    return datetime.datetime.fromisoformat(now).timestamp()


@pytest.mark.parametrize(
    ("expression", "code"),
    [("e +", "ValidationError"), ("x", "ValidationError"), ("SEARCH('e', 'Sum')", "NotImplementedException")],
)
def test_get_metric_data_refuses_what_it_cannot_compute(alarms: Alarms, expression: str, code: str) -> None:
    queries = [query("e"), {"Id": "s", "Expression": expression}]
    refusal(
        lambda: alarms.client.get_metric_data(
            MetricDataQueries=queries, StartTime=1_700_000_000, EndTime=1_700_000_600
        ),
        code=code,
    )


def test_many_data_in_one_packed_request_are_all_counted(alarms: Alarms) -> None:
    start = int(clock(alarms.aws)) // 60 * 60 - 600
    data = [{"MetricName": "Errors", "Values": [1.0, 2.0], "Counts": [3.0, 1.0], "Timestamp": start}] * 1000
    alarms.client.put_metric_data(Namespace="Team", MetricData=data)  # boto3 packs what is longer than 10 KB
    given: dict[str, Any] = {"Namespace": "Team", "MetricName": "Errors", "StartTime": start, "EndTime": start + 60}
    (found,) = alarms.client.get_metric_statistics(**given, Period=60, Statistics=["Sum", "SampleCount"])["Datapoints"]
    assert (found["Sum"], found["SampleCount"]) == (5000, 4000)


def test_statistics_are_by_unit_and_dimensions(alarms: Alarms) -> None:
    start = int(clock(alarms.aws)) // 60 * 60 - 600
    alarms.put(1, Timestamp=start)
    alarms.put(3, Timestamp=start + 30)
    alarms.put(100, Timestamp=start, Dimensions=FLEET)
    alarms.put(7, Timestamp=start, Unit="Percent")
    given: dict[str, Any] = {"Namespace": "Team", "MetricName": "Errors", "StartTime": start, "EndTime": start + 300}
    found = alarms.client.get_metric_statistics(
        **given, Period=300, Statistics=["Average", "SampleCount"], ExtendedStatistics=["p50"]
    )["Datapoints"]
    shown = [(point["Unit"], point["Average"], point["SampleCount"], point["ExtendedStatistics"]) for point in found]
    assert shown == [("None", 2.0, 2.0, {"p50": 2.0}), ("Percent", 7.0, 1.0, {"p50": 7.0})]
    long = {**given, "EndTime": start + 60 * 1441}
    refusal(
        lambda: alarms.client.get_metric_statistics(**long, Period=60, Statistics=["Sum"]),
        code="InvalidParameterCombination",
    )


def test_metrics_are_listed_with_their_dimensions(alarms: Alarms) -> None:
    alarms.put(1)
    alarms.put(1, Dimensions=FLEET)
    wanted = [{"Name": "EndpointName"}]
    (found,) = alarms.client.list_metrics(Namespace="Team", Dimensions=wanted)["Metrics"]
    assert sorted(each["Name"] for each in found["Dimensions"]) == ["EndpointConfigName", "EndpointName"]
    assert len(alarms.client.list_metrics()["Metrics"]) == 2


DAY = 24 * 3600


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({"Value": 1, "Timestamp": -15 * DAY}, "InvalidParameterValue"),
        ({"Value": 1, "Timestamp": 3 * 3600}, "InvalidParameterValue"),
        ({"Value": 1, "Values": [1.0]}, "InvalidParameterCombination"),
        ({}, "InvalidParameterCombination"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterValue"),
        ({"Values": [1.0] * 151}, "InvalidParameterValue"),
        ({"Value": 1e200}, "InvalidParameterValue"),
        ({"Value": 1, "StorageResolution": 30}, "InvalidParameterValue"),
        ({"Value": 1, "Unit": "Furlongs"}, "ValidationError"),
        ({"Value": 1, "Dimensions": [FLEET[0], FLEET[0]]}, "ValidationError"),
        ({"Value": 1, "Dimensions": [{"Name": f"d{n}", "Value": "v"} for n in range(31)]}, "ValidationError"),
        (
            {"StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 2, "Maximum": 1}},
            "InvalidParameterValue",
        ),
    ],
)
def test_data_that_aws_would_refuse_is_refused(alarms: Alarms, datum: dict[str, Any], code: str) -> None:
    if "Timestamp" in datum:
        datum = {**datum, "Timestamp": clock(alarms.aws) + datum["Timestamp"]}
    data = [{"MetricName": "Errors", **datum}]
    refusal(lambda: alarms.client.put_metric_data(Namespace="Team", MetricData=data), code=code)
    assert alarms.client.list_metrics()["Metrics"] == []


def test_a_function_s_own_metrics_are_there(functions: Functions) -> None:
    name = functions.create("def handler(event, context):\n    return event['x']")
    functions.invoke(name, {})
    client = functions.aws.client("cloudwatch", functions.account)
    client.put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    assert client.describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"


# Who may, and which protocol


def test_policies_are_asked_about_each_alarm_that_a_call_names(alarms: Alarms) -> None:
    ours = f"arn:aws:cloudwatch:eu-west-1:{alarms.account}:alarm:ours"
    every = ours.replace("ours", "*")
    role = alarms.aws.as_role(alarms.account, allow("cloudwatch:*", on=every), deny("cloudwatch:DeleteAlarms", on=ours))
    client = alarms.aws.client("cloudwatch", role)
    alarms.create("ours")
    alarms.create("another")
    client.set_alarm_state(AlarmName="ours", StateValue="OK", StateReason="")
    assert len(client.describe_alarms()["MetricAlarms"]) == 2
    refusal(lambda: client.delete_alarms(AlarmNames=["another", "ours"]))
    client.delete_alarms(AlarmNames=["another"])
    refusal(client.list_metrics)


def test_a_namespace_narrows_who_puts_what(alarms: Alarms) -> None:
    when = {"StringLike": {"cloudwatch:namespace": ["Team/*"]}}
    client = alarms.aws.client("cloudwatch", alarms.aws.as_role(alarms.account, allow("cloudwatch:*", when=when)))
    client.put_metric_data(Namespace="Team/A", MetricData=[{"MetricName": "Errors", "Value": 1}])
    refusal(lambda: client.put_metric_data(Namespace="Other", MetricData=[{"MetricName": "Errors", "Value": 1}]))


@pytest.mark.parametrize("path", ["/", "/service/GraniteServiceVersion20100801/operation/ListMetrics"])
def test_other_protocols_than_json_are_refused_by_name(alarms: Alarms, path: str) -> None:
    body = urllib.parse.urlencode({"Action": "ListMetrics", "Version": "2010-08-01"}).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    known = signed(alarms.aws, alarms.aws.root(alarms.account), "monitoring", "POST", path, body, **form)
    status, _, text = send(alarms.aws, "POST", path, body, **known)
    assert (status, b"Not emulated" in text, b"use JSON" in text) == (501, True, True), text


def test_what_nobody_emulates_is_refused(alarms: Alarms) -> None:
    given = {"Namespace": "Team", "MetricName": "Errors", "Stat": "Average"}
    refusal(lambda: alarms.client.put_anomaly_detector(SingleMetricAnomalyDetector=given), code="InvalidAction")


def test_dashboards_are_still_kept(alarms: Alarms) -> None:
    alarms.client.put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    assert alarms.client.get_dashboard(DashboardName="d")["DashboardBody"] == '{"widgets": []}'


# The clock


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"advance_seconds": 0},
        {"advance_seconds": "60"},
        {"advance_seconds": True},
        {"advance_seconds": 1, "x": 1},
        {"advance_seconds": 1e9},
    ],
)
def test_the_clock_takes_a_step_ahead_alone(local_aws: LocalAws, asked: Mapping[str, Any]) -> None:
    assert local_aws.ask("POST", "/_mlops-stages/clock", asked)[0] == 400


def test_only_who_knows_the_secret_moves_the_clock(local_aws: LocalAws) -> None:
    assert local_aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": 60}, known=False)[0] == 403


def test_alarms_are_evaluated_as_time_passes(alarms: Alarms) -> None:
    alarms.create(Period=10, TreatMissingData="notBreaching", OKActions=[alarms.topic])
    messages = alarms.sqs.receive_message(QueueUrl=alarms.queue, WaitTimeSeconds=15).get("Messages", [])
    assert [json.loads(json.loads(each["Body"])["Message"])["NewStateValue"] for each in messages] == ["OK"]


# CloudFormation


def template() -> dict[str, Any]:
    """An alarm on a share of errors, one on no traffic, and one on both."""
    share = [
        {"Id": "share", "Expression": "IF(n >= 20, 100 * e / n, 0)", "Label": "errors"},
        query("e"),
        query("n", "Requests"),
    ]
    common = {"EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 5}
    silent = {"ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching", **common}
    return {
        "Topic": resource("AWS::SNS::Topic"),
        "Errors": resource(
            "AWS::CloudWatch::Alarm", Metrics=share, ComparisonOperator="GreaterThanThreshold", **common
        ),
        "Silent": resource(
            "AWS::CloudWatch::Alarm",
            Namespace="Team",
            MetricName="Requests",
            ExtendedStatistic="p99",
            EvaluateLowSampleCountPercentile="ignore",
            Period=60,
            **silent,
        ),
        "Both": resource(
            "AWS::CloudWatch::CompositeAlarm",
            AlarmRule={"Fn::Sub": 'ALARM("${Errors.Arn}") OR ALARM("${Silent}")'},
            AlarmActions=[ref("Topic")],
            AlarmDescription="errors, or silence",
            ActionsSuppressor=ref("Silent"),
            ActionsSuppressorWaitPeriod=60,
            ActionsSuppressorExtensionPeriod="120",
            Tags=[{"Key": "team", "Value": "flights"}],
        ),
    }


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    """A stack of an account of its own."""
    return Stack(local_aws, account)


def test_a_stack_makes_changes_and_removes_alarms_of_every_kind(stack: Stack) -> None:
    resources = template()
    found = stack.create(resources, Arn=att("Both", "Arn"))
    client = stack.client("cloudwatch")

    def both() -> Any:  # noqa: ANN401  # as boto3 has it
        return client.describe_alarms(AlarmNames=[stack.id_of("Both")], AlarmTypes=["CompositeAlarm"])[
            "CompositeAlarms"
        ][0]

    assert both()["AlarmArn"] == found["Arn"]
    assert (both()["ActionsSuppressor"], both()["ActionsSuppressorExtensionPeriod"]) == (stack.id_of("Silent"), 120)
    assert both()["AlarmRule"].endswith(f'OR ALARM("{stack.id_of("Silent")}")')
    (errors,) = client.describe_alarms(AlarmNames=[stack.id_of("Errors")])["MetricAlarms"]
    assert [each["Id"] for each in errors["Metrics"]] == ["share", "e", "n"]
    assert client.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"] == [{"Key": "team", "Value": "flights"}]
    resources = changed(resources, "Both", AlarmRule={"Fn::Sub": 'ALARM("${Errors}")'}, Tags=[])
    stack.update(changed(resources, "Errors", Threshold=7))
    assert both()["AlarmRule"] == f'ALARM("{stack.id_of("Errors")}")'
    assert client.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"] == []
    (errors,) = client.describe_alarms(AlarmNames=[stack.id_of("Errors")])["MetricAlarms"]
    assert errors["Threshold"] == 7
    stack.delete()
    everything = client.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert (everything["MetricAlarms"], everything["CompositeAlarms"]) == ([], [])


def test_a_stack_does_not_take_over_an_alarm_that_exists(alarms: Alarms) -> None:
    name = f"alarm-{secrets.token_hex(4)}"
    alarms.create(name)
    taken = {"Alarm": changed(template(), "Silent", AlarmName=name)["Silent"]}
    with pytest.raises(RefusedStackError, match="already exists"):
        Stack(alarms.aws, alarms.account).create(taken)
    assert alarms.described(name)["MetricName"] == "Errors"


def test_what_is_not_emulated_fails_the_stack(stack: Stack) -> None:
    with pytest.raises(RefusedStackError, match="Not emulated: the statistic tm99"):
        stack.create(changed(template(), "Silent", ExtendedStatistic="tm99"))

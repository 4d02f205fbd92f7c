"""Metrics of queues: each minute while they hold messages, and once when they no longer do."""

from __future__ import annotations

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.clock import Clock, Watcher
from mlops_stages.local.server.cloudwatch.metrics import Datum
from mlops_stages.local.server.engine import Depth
from mlops_stages.local.server.sqs.depths import Depths
from tests.local.clients import REGION, LocalAws

START = 1_800_000_000.0


def test_a_queue_is_told_of_each_minute_until_it_is_empty() -> None:
    clock = Clock(machine=lambda: START + 10)
    held, told = list[Depth](), list[tuple[str, float, float]]()

    def put(scope: Scope, data: list[Datum]) -> None:
        assert (scope.account, scope.region) == ("111111111111", REGION)
        for each in data:
            name = each.metric.name
            assert (each.metric.namespace, each.metric.dimensions) == ("AWS/SQS", (("QueueName", "lost"),))
            assert each.unit == ("Seconds" if "Age" in name else "Count")
            assert each.at == clock.now()
            told.append((name.removeprefix("ApproximateNumberOfMessages"), each.values[0][0], each.at - START))

    depths = Depths(clock, lambda: held, put)
    clock.watch(Watcher(due=depths.due, run=depths.run))
    clock.advance(300)
    assert told == []
    held.append(
        Depth(account="111111111111", region=REGION, queue="lost", visible=2, taken=1, delayed=0, oldest="m", age=5)
    )
    clock.advance(100)
    assert [each for each in told if each[0] == "Visible"] == [("Visible", 2, 310), ("Visible", 2, 360)]
    ages = {("ApproximateAgeOfOldestMessage", 5), ("ApproximateAgeOfOldestMessage", 65)}
    assert {each[:2] for each in told} == {("Visible", 2), ("NotVisible", 1), ("Delayed", 0), *ages}
    told.clear()
    held.clear()
    clock.advance(300)
    assert [each for each in told if each[0] == "Visible"] == [("Visible", 0, 420)]


def test_an_alarm_goes_off_for_what_lies_in_a_queue(local_aws: LocalAws, account: str) -> None:
    sqs, watch = local_aws.client("sqs", account), local_aws.client("cloudwatch", account)
    url = sqs.create_queue(QueueName="lost")["QueueUrl"]
    watch.put_metric_alarm(
        AlarmName="lost",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "lost"}],
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    sqs.send_message(QueueUrl=url, MessageBody="undelivered")
    assert local_aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": 330})[0] == 200
    assert watch.describe_alarms(AlarmNames=["lost"])["MetricAlarms"][0]["StateValue"] == "ALARM"

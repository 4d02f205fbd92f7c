"""Updates: traffic goes over step by step on the clock, and back when an alarm goes off."""

from __future__ import annotations

import json
from typing import Any

from tests.local.clients import allow, refusal
from tests.local.hosting import Hosting, named, server
from tests.local.laboratory import TRUST, until

Json = dict[str, Any]
ROUTING = {"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 600}


def canary(*alarms: str, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    policy = {"TrafficRoutingConfiguration": ROUTING, "TerminationWaitInSeconds": 300, **more}
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {"BlueGreenUpdatePolicy": policy, **rollback}


def alarm(hosting: Hosting, name: str, endpoint: str, configuration: str) -> None:
    """An alarm on any model error of one configuration."""
    of_release = {"EndpointName": endpoint, "VariantName": "main", "EndpointConfigName": configuration}
    hosting.aws.client("cloudwatch", hosting.account).put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="InvocationModelErrors",
        Dimensions=[{"Name": key, "Value": value} for key, value in of_release.items()],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def update(hosting: Hosting, name: str, configuration: str, deployment: Json | None = None, **more: Any) -> None:  # noqa: ANN401  # JSON-like
    given = {} if deployment is None else {"DeploymentConfig": deployment}
    hosting.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=configuration, **given, **more)


def who_answers(hosting: Hosting, name: str, requests: int = 4) -> str:
    """The first letters of what answers requests, one after another; `!` for a model's error."""
    found = ""
    for _ in range(requests):
        try:
            found += hosting.invoke(name)[0]
        except hosting.runtime.exceptions.ModelError:
            found += "!"
    return found


def listening(hosting: Hosting) -> str:
    """A queue of the account's events of endpoints; its address."""
    sqs, events = hosting.aws.client("sqs", hosting.account), hosting.aws.client("events", hosting.account)
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = f"arn:aws:sqs:eu-west-1:{hosting.account}:events"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    )
    kinds = ["SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change"]
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.sagemaker"], "detail-type": kinds}))
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])
    return str(url)


def heard(hosting: Hosting, url: str) -> list[Json]:
    """The events that have come, in order."""
    sqs, found = hosting.aws.client("sqs", hosting.account), list[Json]()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_canary_takes_its_share_bakes_and_then_takes_all(hosting: Hosting) -> None:
    old, new = hosting.configuration(named("a"), instances=4), hosting.configuration(named("b"), instances=4)
    name = hosting.serving(old)
    url = listening(hosting)
    update(hosting, name, new, canary())
    found = hosting.baking(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", old)
    pending = found["PendingDeploymentSummary"]
    (variant,) = pending["ProductionVariants"]
    assert (pending["EndpointConfigName"], variant["InstanceType"]) == (new, "ml.m5.large")
    assert variant["VariantStatus"][0]["StatusMessage"] == (
        "Baking for 600 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s)."
    )
    assert found["LastDeploymentConfig"] == canary()
    assert who_answers(hosting, name, 8) == "aaabaaab"
    refused = refusal(lambda: update(hosting, name, old), code="ValidationException")
    assert refused.startswith("Cannot update in-progress endpoint")
    refusal(lambda: hosting.delete(name), code="ValidationException")
    hosting.advance(500)
    assert who_answers(hosting, name) == "aaab"
    hosting.advance(101)
    assert who_answers(hosting, name) == "bbbb"
    assert hosting.baking(name)["EndpointConfigName"] == old
    hosting.advance(301)
    found = hosting.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", new)
    assert "PendingDeploymentSummary" not in found
    events = heard(hosting, url)
    steps = [each["detail"] for each in events if each["detail-type"] == "SageMaker Endpoint Deployment State Change"]
    said = [step["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0] for step in steps]
    # A queue keeps no order.
    assert sorted(each["Status"] for each in said) == [*["ActivatingTraffic"] * 2, *["Baking"] * 2, "Creating"]
    assert {(step["EndpointStatus"], step["EndpointConfigName"]) for step in steps} == {("UPDATING", old)}
    baked = {each["StatusMessage"][:54] for each in said if each["Status"] == "Baking"}
    assert "Baking for 300 seconds (TerminationWaitInSeconds) with" in baked
    (last,) = (each for each in events if each["detail-type"] == "SageMaker Endpoint State Change")
    assert (last["resources"], last["detail"]["EndpointStatus"]) == ([found["EndpointArn"]], "IN_SERVICE")
    assert last["detail"]["EndpointConfigName"] == new


def test_an_alarm_sends_all_traffic_back_to_the_old_fleet_and_nothing_says_why(hosting: Hosting) -> None:
    old, new = hosting.configuration(named("a")), hosting.configuration(server("self.send(500, b'')"))
    name = hosting.serving(old)
    alarm(hosting, "errors", name, new)
    update(hosting, name, new, canary("errors"))
    hosting.baking(name)
    assert who_answers(hosting, name) == "a!a!"
    hosting.advance(90)
    found = hosting.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert "FailureReason" not in found
    assert who_answers(hosting, name) == "aaaa"


def test_an_alarm_in_the_last_bake_sends_it_back_too_and_one_of_the_old_fleet_sees_nothing_new(
    hosting: Hosting,
) -> None:
    old = hosting.configuration(named("a"))
    new = hosting.configuration(server("self.send(500 if body == b'bad' else 200, b'b')"))
    name = hosting.serving(old)
    for configuration in (old, new):
        alarm(hosting, f"of-{configuration}", name, configuration)
    update(hosting, name, new, canary(f"of-{old}", f"of-{new}"))
    hosting.baking(name)
    hosting.advance(601)
    assert who_answers(hosting, name) == "bbbb"
    refusal(lambda: hosting.invoke(name, "bad"), code="ModelError")
    hosting.advance(90)
    assert hosting.settled(name)["EndpointConfigName"] == old


def test_a_fleet_that_does_not_come_up_leaves_the_old_one_and_says_why(hosting: Hosting) -> None:
    old, new = hosting.configuration(named("a")), hosting.configuration("raise SystemExit(1)")
    name = hosting.serving(old)
    update(hosting, name, new, canary())
    found = hosting.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert "did not pass the ping health check" in found["FailureReason"]
    assert who_answers(hosting, name) == "aaaa"


def test_alarms_that_cannot_be_seen_send_it_back_and_say_so(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(named("a")))
    update(hosting, name, hosting.configuration(named("b")), canary("nowhere"))
    assert "do not exist: nowhere" in hosting.settled(name)["FailureReason"]
    blind = hosting.aws.role(hosting.account, allow("s3:GetObject", "logs:*"), trust=TRUST)
    model = hosting.model(named("b"), ExecutionRoleArn=blind)
    new = hosting.configuration(named("b"), variant={"ModelName": model})
    alarm(hosting, "errors", name, new)
    update(hosting, name, new, canary("errors"))
    reason = hosting.settled(name)["FailureReason"]
    assert "cannot be described with the role" in reason
    assert "cloudwatch:DescribeAlarms" in reason


def test_sizes_and_the_rollout_can_be_kept(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(named("a"), instances=2), DeploymentConfig=canary())
    wanted = [{"VariantName": "main", "DesiredInstanceCount": 4, "DesiredWeight": 3.0}]
    hosting.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=wanted)
    kept: Json = {
        "RetainAllVariantProperties": True,
        "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
    }
    new = hosting.configuration(named("b"), instances=2)
    update(hosting, name, new, RetainDeploymentConfig=True, **kept)
    hosting.baking(name)
    assert who_answers(hosting, name, 8) == "aaabaaab"
    hosting.advance(902)
    found = hosting.settled(name)
    (variant,) = found["ProductionVariants"]
    assert (found["EndpointConfigName"], variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (new, 4, 1.0)
    excluded: Json = {**kept, "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DataCaptureConfig"}]}
    refusal(lambda: update(hosting, name, new, **excluded), code="ValidationException")


def test_a_new_configuration_must_have_the_same_variants_to_shift(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(named("a")))
    other = hosting.configuration(named("b"), variant={"VariantName": "other"})
    said = refusal(lambda: update(hosting, name, other, canary()), code="ValidationException")
    assert "must have the same variant names" in said
    update(hosting, name, other)
    until(lambda: hosting.settled(name)["EndpointConfigName"] == other)


def test_a_limit_that_the_waits_reach_is_refused(hosting: Hosting) -> None:
    name, new = hosting.serving(hosting.configuration(named("a"))), hosting.configuration(named("b"))
    deployment = canary(MaximumExecutionTimeoutInSeconds=900)
    said = refusal(lambda: update(hosting, name, new, deployment), code="ValidationException")
    assert "greater than all waits together" in said

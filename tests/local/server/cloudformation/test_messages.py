"""Topics, log groups, alarms and metric filters through CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.clients import LocalAws
from tests.local.stacks import RefusedStackError, Stack, Value, att, changed, ref, resource


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def said(topic: Value) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def messages() -> dict[str, Any]:
    return {
        "Key": resource("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": []}),
        "Topic": resource("AWS::SNS::Topic", KmsMasterKeyId=ref("Key"), DisplayName="owners", SignatureVersion="2"),
        "Policy": resource("AWS::SNS::TopicPolicy", Topics=[ref("Topic")], PolicyDocument=said(ref("Topic"))),
        "Owner": resource(
            "AWS::SNS::Subscription", TopicArn=ref("Topic"), Protocol="email", Endpoint="owner@acme.example"
        ),
        "Logs": resource("AWS::Logs::LogGroup", RetentionInDays=30, KmsKeyId=att("Key", "Arn")),
        "Filter": resource(
            "AWS::Logs::MetricFilter",
            LogGroupName=ref("Logs"),
            FilterPattern='{ $.errorCode = "AccessDenied" }',
            MetricTransformations=[
                {"MetricName": "denied", "MetricNamespace": "acme", "MetricValue": "1", "DefaultValue": 0}
            ],
        ),
        "Alarm": resource(
            "AWS::CloudWatch::Alarm",
            MetricName="denied",
            Namespace="acme",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=5,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[ref("Topic")],
            Tags=[{"Key": "team", "Value": "fraud"}],
        ),
    }


def attributes(stack: Stack) -> dict[str, str]:
    found: dict[str, str] = stack.client("sns").get_topic_attributes(TopicArn=stack.id_of("Topic"))["Attributes"]
    return found


def test_a_topic_keeps_its_key_and_policy(stack: Stack) -> None:
    out = stack.create(messages(), Key=ref("Key"), Topic=ref("Topic"))
    found = attributes(stack)
    assert (found["KmsMasterKeyId"], found["SignatureVersion"]) == (out["Key"], "2")
    assert json.loads(found["Policy"]) == said(out["Topic"])


def test_a_topics_key_changes_with_its_template(stack: Stack) -> None:
    resources = {**messages(), "Other": messages()["Key"]}
    out = stack.create(resources, Other=ref("Other"))
    stack.update(changed(resources, "Topic", KmsMasterKeyId=ref("Other")))
    assert attributes(stack)["KmsMasterKeyId"] == out["Other"]
    stack.update(changed(resources, "Topic", KmsMasterKeyId=None))
    assert attributes(stack).get("KmsMasterKeyId", "") == ""


@pytest.mark.parametrize("logical_id", ["Owner", "Policy"])
def test_what_belongs_to_a_topic_needs_the_topic(stack: Stack, logical_id: str) -> None:
    nowhere = f"arn:aws:sns:eu-west-1:{stack.account}:nowhere"
    given = {"TopicArn": nowhere} if logical_id == "Owner" else {"Topics": [nowhere], "PolicyDocument": said(nowhere)}
    with pytest.raises(RefusedStackError, match="NotFound"):
        stack.create(changed(messages(), logical_id, **given))


def test_an_owner_is_subscribed(stack: Stack) -> None:
    stack.create(messages())
    found = stack.client("sns").list_subscriptions_by_topic(TopicArn=stack.id_of("Topic"))["Subscriptions"]
    assert [(item["Protocol"], item["Endpoint"]) for item in found] == [("email", "owner@acme.example")]


def test_a_log_group_keeps_key_and_retention(stack: Stack) -> None:
    resources = messages()
    out = stack.create(resources, Key=att("Key", "Arn"))
    logs, name = stack.client("logs"), stack.id_of("Logs")
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert (found["retentionInDays"], found["kmsKeyId"]) == (30, out["Key"])
    stack.update(changed(resources, "Logs", RetentionInDays=365))
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["retentionInDays"] == 365


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"RetentionInDays": 31}, "RetentionInDays"),
        ({"KmsKeyId": "alias/data"}, "ARN"),
        ({"KmsKeyId": "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"}, "NotFound"),
    ],
)
def test_a_log_group_that_aws_would_refuse_is_refused(stack: Stack, properties: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed(messages(), "Logs", **properties))
    assert stack.client("logs").describe_log_groups()["logGroups"] == []


def test_a_metric_filter_counts_into_the_metric_that_the_alarm_watches(stack: Stack) -> None:
    resources = messages()
    stack.create(resources)
    (found,) = stack.client("logs").describe_metric_filters(logGroupName=stack.id_of("Logs"))["metricFilters"]
    assert found["filterPattern"] == '{ $.errorCode = "AccessDenied" }'
    assert found["metricTransformations"][0]["metricName"] == "denied"
    (alarm,) = stack.client("cloudwatch").describe_alarms(AlarmNames=[stack.id_of("Alarm")])["MetricAlarms"]
    assert (alarm["MetricName"], alarm["Threshold"], alarm["TreatMissingData"]) == ("denied", 5.0, "notBreaching")
    assert alarm["AlarmActions"] == [stack.id_of("Topic")]
    stack.update(changed(resources, "Alarm", Threshold=9))
    (alarm,) = stack.client("cloudwatch").describe_alarms(AlarmNames=[stack.id_of("Alarm")])["MetricAlarms"]
    assert alarm["Threshold"] == 9.0


def test_a_deleted_stack_leaves_no_message_behind(stack: Stack) -> None:
    stack.create(messages())
    stack.delete()
    assert stack.client("sns").list_topics()["Topics"] == []
    assert stack.client("logs").describe_log_groups()["logGroups"] == []
    assert stack.client("cloudwatch").describe_alarms()["MetricAlarms"] == []

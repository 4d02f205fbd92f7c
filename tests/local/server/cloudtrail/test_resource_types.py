"""Trails through CloudFormation."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, refusal
from tests.local.stacks import RefusedStackError, Stack, Value, after, att, changed, ref, resource, trust

EVERY_OBJECT = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
    }
]


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def writes(bucket: str, account: str) -> dict[str, Any]:
    service = {"Service": "cloudtrail.amazonaws.com"}
    statements = [
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}"},
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{account}/*",
        },
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def encrypts(account: str) -> dict[str, Any]:
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    service = {"Service": "cloudtrail.amazonaws.com"}
    trails = {"Effect": "Allow", "Principal": service, "Action": "kms:GenerateDataKey*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [root, trails]}


def trail(account: str, **more: Value) -> dict[str, Any]:
    bucket = f"trail-{account}"
    given = {
        "IsLogging": True,
        "S3BucketName": ref("Bucket"),
        "EnableLogFileValidation": True,
        "IsMultiRegionTrail": True,
        "KMSKeyId": att("Key", "Arn"),
        "EventSelectors": EVERY_OBJECT,
        "Tags": [{"Key": "team", "Value": "platform"}],
        **more,
    }
    return {
        "Key": resource("AWS::KMS::Key", KeyPolicy=encrypts(account)),
        "Bucket": resource("AWS::S3::Bucket", BucketName=bucket),
        "Policy": resource("AWS::S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument=writes(bucket, account)),
        "Trail": after("Policy", resource("AWS::CloudTrail::Trail", **given)),
    }


def described(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = stack.client("cloudtrail").get_trail(Name=stack.id_of("Trail"))["Trail"]
    return found


def test_a_trail_logs_validates_and_encrypts_as_declared(stack: Stack) -> None:
    out = stack.create(trail(stack.account), Arn=att("Trail", "Arn"), Key=att("Key", "Arn"), Ref=ref("Trail"))
    found, api = described(stack), stack.client("cloudtrail")
    assert (found["TrailARN"], found["Name"], found["KmsKeyId"]) == (out["Arn"], out["Ref"], out["Key"])
    assert (found["LogFileValidationEnabled"], found["IsMultiRegionTrail"]) == (True, True)
    assert api.get_trail_status(Name=out["Ref"])["IsLogging"] is True
    selectors = api.get_event_selectors(TrailName=out["Ref"])["EventSelectors"]
    assert selectors[0]["DataResources"] == EVERY_OBJECT[0]["DataResources"]
    tags = api.list_tags(ResourceIdList=[out["Arn"]])["ResourceTagList"][0]["TagsList"]
    assert tags == [{"Key": "team", "Value": "platform"}]


def test_a_trail_changes_in_place(stack: Stack) -> None:
    resources = trail(stack.account)
    stack.create(resources)
    name = stack.id_of("Trail")
    new = {"IsLogging": False, "EnableLogFileValidation": None, "KMSKeyId": None, "EventSelectors": None, "Tags": None}
    stack.update(changed(resources, "Trail", **new))
    found, api = described(stack), stack.client("cloudtrail")
    assert (found["Name"], found["LogFileValidationEnabled"]) == (name, False)
    assert "KmsKeyId" not in found
    assert api.get_trail_status(Name=name)["IsLogging"] is False
    assert api.get_event_selectors(TrailName=name)["EventSelectors"][0]["DataResources"] == []
    assert api.list_tags(ResourceIdList=[found["TrailARN"]])["ResourceTagList"][0]["TagsList"] == []


def test_a_trail_of_another_name_is_another_trail(stack: Stack) -> None:
    resources = trail(stack.account, TrailName="first")
    stack.create(resources)
    stack.update(changed(resources, "Trail", TrailName="second"))
    assert [found["Name"] for found in stack.client("cloudtrail").describe_trails()["trailList"]] == ["second"]


@pytest.mark.parametrize("action", ["s3:GetBucketAcl", "s3:PutObject"])
def test_a_trail_whose_bucket_does_not_let_it_write_is_refused(stack: Stack, action: str) -> None:
    document = writes(f"trail-{stack.account}", stack.account)
    document["Statement"] = [item for item in document["Statement"] if item["Action"] != action]
    with pytest.raises(RefusedStackError, match="Incorrect S3 bucket policy"):
        stack.create(changed(trail(stack.account), "Policy", PolicyDocument=document))


def test_a_trail_whose_key_does_not_let_it_encrypt_is_refused(stack: Stack) -> None:
    document = encrypts(stack.account)
    document["Statement"] = document["Statement"][:1]
    with pytest.raises(RefusedStackError, match="Insufficient permissions"):
        stack.create(changed(trail(stack.account), "Key", KeyPolicy=document))


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"IsLogging": None}, "IsLogging"),
        ({"EventSelectors": [{"ReadWriteType": "Some"}]}, "ReadWriteType"),
        ({"InsightSelectors": [{"InsightType": "ApiCallRateInsight"}]}, "unsupported property InsightSelectors"),
    ],
)
def test_a_trail_that_would_not_be_held_is_refused(stack: Stack, properties: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed(trail(stack.account), "Trail", **properties))
    assert stack.client("cloudtrail").describe_trails()["trailList"] == []


def events(stack: Stack, **attributes: str) -> list[dict[str, Value]]:
    wanted = [{"AttributeKey": key, "AttributeValue": value} for key, value in attributes.items()]
    found: list[dict[str, Value]] = stack.client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"]
    return found


def test_a_call_is_recorded_with_who_made_it(stack: Stack, local_aws: LocalAws) -> None:
    who = local_aws.as_role(stack.account, allow("sns:CreateTopic"))
    local_aws.client("sns", who).create_topic(Name="told")
    (found,) = events(stack, EventName="CreateTopic")
    said = json.loads(found["CloudTrailEvent"])
    assert (found["Username"], found["EventSource"]) == ("test", "sns.amazonaws.com")
    assert said["userIdentity"]["type"] == "AssumedRole"
    assert said["userIdentity"]["arn"].startswith(f"arn:aws:sts::{stack.account}:assumed-role/role-")
    assert said["requestParameters"]["name"] == "told"


def test_a_refused_call_is_recorded_as_refused(stack: Stack, local_aws: LocalAws) -> None:
    who = local_aws.as_role(stack.account, allow("sns:CreateTopic"))
    refusal(lambda: local_aws.client("iam", who).create_user(UserName="mallory"))
    refusal(lambda: local_aws.client("sagemaker", who).list_domains())
    for name in ("CreateUser", "ListDomains"):
        (found,) = events(stack, EventName=name)
        assert json.loads(found["CloudTrailEvent"])["errorCode"].startswith("AccessDenied")


def test_looking_up_events_needs_permission(stack: Stack, local_aws: LocalAws) -> None:
    who = local_aws.as_role(stack.account, allow("sns:CreateTopic"))
    refusal(lambda: local_aws.client("cloudtrail", who).lookup_events())


def delivered(stack: Stack, wanted: Callable[[dict[str, Value]], bool]) -> dict[str, Value]:
    """The first record in the trail's bucket that is wanted, once it is delivered."""
    s3, bucket = stack.client("s3"), stack.id_of("Bucket")
    deadline, seen = time.monotonic() + 30, set[str]()
    while time.monotonic() < deadline:
        for item in s3.list_objects_v2(Bucket=bucket, Prefix=f"AWSLogs/{stack.account}/").get("Contents", []):
            if item["Key"] not in seen:
                seen.add(item["Key"])
                body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                for record in json.loads(gzip.decompress(body))["Records"]:
                    if wanted(record):
                        return record
    raise TimeoutError("nothing was delivered")


def test_a_trail_delivers_what_happens_to_objects_to_its_bucket(stack: Stack) -> None:
    stack.create({**trail(stack.account), "Data": resource("AWS::S3::Bucket", BucketName=f"data-{stack.account}")})
    stack.client("s3").put_object(Bucket=stack.id_of("Data"), Key="raw/a.csv", Body=b"1")
    found = delivered(stack, lambda record: record["eventName"] == "PutObject")
    assert found["resources"][0]["ARN"] == f"arn:aws:s3:::data-{stack.account}/raw/a.csv"
    assert found["eventCategory"] == "Data"
    assert events(stack, EventName="PutObject") == []


def watched(account: str) -> dict[str, Value]:
    """A trail that copies to a log group, whose metric filter and alarm tell a topic, which tells a queue."""
    sends = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": att("Queue", "Arn"),
    }
    writer = {"LogGroup": att("Logs", "Arn"), "Role": att("Role", "Arn")}
    return {
        **changed(
            trail(account),
            "Trail",
            CloudWatchLogsLogGroupArn=writer["LogGroup"],
            CloudWatchLogsRoleArn=writer["Role"],
        ),
        "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust("cloudtrail.amazonaws.com")),
        "Logs": resource("AWS::Logs::LogGroup", RetentionInDays=30),
        "Filter": resource(
            "AWS::Logs::MetricFilter",
            LogGroupName=ref("Logs"),
            FilterPattern='{ ($.eventSource = "kms.amazonaws.com") && ($.eventName = "ScheduleKeyDeletion") }',
            MetricTransformations=[{"MetricName": "KeyDisabled", "MetricNamespace": account, "MetricValue": "1"}],
        ),
        "Queue": resource("AWS::SQS::Queue"),
        "MaySend": resource(
            "AWS::SQS::QueuePolicy",
            Queues=[ref("Queue")],
            PolicyDocument={"Version": "2012-10-17", "Statement": [sends]},
        ),
        "Topic": resource("AWS::SNS::Topic"),
        "Told": resource("AWS::SNS::Subscription", TopicArn=ref("Topic"), Protocol="sqs", Endpoint=att("Queue", "Arn")),
        "Alarm": resource(
            "AWS::CloudWatch::Alarm",
            Namespace=account,
            MetricName="KeyDisabled",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[ref("Topic")],
        ),
    }


def test_who_is_to_be_told_of_a_call_is_told(stack: Stack) -> None:
    stack.create(watched(stack.account))
    kms, sqs, queue = stack.client("kms"), stack.client("sqs"), stack.id_of("Queue")
    kms.schedule_key_deletion(KeyId=stack.id_of("Key"), PendingWindowInDays=7)
    deadline = time.monotonic() + 30
    messages: list[dict[str, Value]] = []
    while not messages and time.monotonic() < deadline:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    said = json.loads(json.loads(messages[0]["Body"])["Message"])
    assert (said["AlarmName"], said["NewStateValue"]) == (stack.id_of("Alarm"), "ALARM")


def test_a_deleted_stack_leaves_no_trail(stack: Stack) -> None:
    resources = trail(stack.account, IsLogging=False)
    stack.create(resources)
    stack.delete()
    assert stack.client("cloudtrail").describe_trails()["trailList"] == []

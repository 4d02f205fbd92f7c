"""Trails through CloudFormation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.clients import LocalAws
from tests.local.stacks import RefusedStackError, Stack, Value, after, att, changed, ref, resource

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
        "Key": resource("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": []}),
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


def test_a_deleted_stack_leaves_no_trail(stack: Stack) -> None:
    stack.create({name: item for name, item in trail(stack.account).items() if name != "none"})
    stack.delete()
    assert stack.client("cloudtrail").describe_trails()["trailList"] == []

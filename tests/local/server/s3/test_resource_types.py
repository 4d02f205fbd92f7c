"""What CloudFormation declares of buckets is what S3 describes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.clients import LocalAws, refusal
from tests.local.stacks import RefusedStackError, Stack, Value, att, changed, ref, resource

TAGS = [{"Key": "team", "Value": "fraud"}]


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def buckets(account: str, **more: Value) -> dict[str, Any]:
    encrypted = {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": att("Key", "Arn")},
    }
    rules = [
        {
            "Id": "old-versions",
            "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 3},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {
            "Id": "cold",
            "Status": "Enabled",
            "Prefix": "raw/",
            "TagFilters": [{"Key": "cold", "Value": "yes"}],
            "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": "90"}],
            "ExpirationInDays": 365,
        },
    ]
    return {
        "Key": resource("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": []}),
        "Logs": resource("AWS::S3::Bucket", BucketName=f"logs-{account}"),
        "Data": resource(
            "AWS::S3::Bucket",
            BucketName=f"data-{account}",
            BucketEncryption={"ServerSideEncryptionConfiguration": [encrypted]},
            VersioningConfiguration={"Status": "Enabled"},
            LoggingConfiguration={"DestinationBucketName": ref("Logs"), "LogFilePrefix": "data/"},
            LifecycleConfiguration={"Rules": rules},
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            Tags=TAGS,
            **more,
        ),
    }


def test_a_bucket_is_encrypted_with_its_own_key(stack: Stack) -> None:
    out = stack.create(buckets(stack.account), Key=att("Key", "Arn"))
    found = stack.client("s3").get_bucket_encryption(Bucket=stack.id_of("Data"))
    assert found["ServerSideEncryptionConfiguration"]["Rules"] == [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": out["Key"]},
            "BucketKeyEnabled": True,
        }
    ]


def test_a_buckets_access_logs_go_where_it_says(stack: Stack) -> None:
    stack.create(buckets(stack.account))
    found = stack.client("s3").get_bucket_logging(Bucket=stack.id_of("Data"))["LoggingEnabled"]
    assert (found["TargetBucket"], found["TargetPrefix"]) == (f"logs-{stack.account}", "data/")


def test_a_bucket_keeps_its_lifecycle(stack: Stack) -> None:
    stack.create(buckets(stack.account))
    rules = stack.client("s3").get_bucket_lifecycle_configuration(Bucket=stack.id_of("Data"))["Rules"]
    old, cold = sorted(rules, key=lambda rule: rule["ID"], reverse=True)
    assert old["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30, "NewerNoncurrentVersions": 3}
    assert old["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    both = cold["Filter"]["And"]
    assert (both["Prefix"], both["Tags"]) == ("raw/", [{"Key": "cold", "Value": "yes"}])
    assert cold["Transitions"] == [{"Days": 90, "StorageClass": "GLACIER"}]
    assert cold["Expiration"] == {"Days": 365}


def test_a_bucket_keeps_its_ownership_and_tags(stack: Stack) -> None:
    stack.create(buckets(stack.account))
    s3, bucket = stack.client("s3"), stack.id_of("Data")
    owned = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owned == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == TAGS


def test_what_a_template_drops_of_a_bucket_is_taken_away(stack: Stack) -> None:
    resources = buckets(stack.account)
    stack.create(resources)
    bucket = stack.id_of("Data")
    stack.update(
        changed(
            resources, "Data", LoggingConfiguration=None, LifecycleConfiguration=None, BucketEncryption=None, Tags=None
        )
    )
    s3 = stack.client("s3")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    refusal(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), code="NoSuchLifecycleConfiguration")
    refusal(lambda: s3.get_bucket_tagging(Bucket=bucket), code="NoSuchTagSet")
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_versions_can_be_suspended(stack: Stack) -> None:
    resources = buckets(stack.account)
    stack.create(resources)
    stack.update(changed(resources, "Data", VersioningConfiguration={"Status": "Suspended"}))
    assert stack.client("s3").get_bucket_versioning(Bucket=stack.id_of("Data"))["Status"] == "Suspended"


def locked(account: str, mode: str = "COMPLIANCE", **more: Value) -> dict[str, Any]:
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, "Days": 1}}}
    return {
        "Trail": resource(
            "AWS::S3::Bucket",
            BucketName=f"trail-{account}",
            **{"ObjectLockEnabled": True, "ObjectLockConfiguration": lock, **more},
        )
    }


def test_an_object_of_a_locked_bucket_cannot_be_deleted(stack: Stack) -> None:
    stack.create(locked(stack.account))
    s3, bucket = stack.client("s3"), stack.id_of("Trail")
    found = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert found["Rule"]["DefaultRetention"] == {"Mode": "COMPLIANCE", "Days": 1}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    version = s3.put_object(Bucket=bucket, Key="log", Body=b"x")["VersionId"]
    refusal(lambda: s3.delete_object(Bucket=bucket, Key="log", VersionId=version))


def test_a_lock_without_versions_is_refused(stack: Stack) -> None:
    with pytest.raises(RefusedStackError, match="versioning"):
        stack.create(locked(stack.account, VersioningConfiguration={"Status": "Suspended"}))
    with pytest.raises(RefusedStackError, match="ObjectLockEnabled"):
        Stack(stack.aws, stack.account).create(locked(stack.account, ObjectLockEnabled=False))


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"LoggingConfiguration": {"DestinationBucketName": "nowhere-at-all"}}, "does not exist"),
        ({"OwnershipControls": {"Rules": [{"ObjectOwnership": "Nobody"}]}}, "ObjectOwnership"),
        ({"LifecycleConfiguration": {"Rules": [{"Status": "Perhaps", "ExpirationInDays": 1}]}}, "Status"),
        (
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "rot13"}}]
                }
            },
            "SSEAlgorithm",
        ),
    ],
)
def test_a_bucket_that_aws_would_refuse_is_refused(stack: Stack, properties: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed(buckets(stack.account), "Data", **properties))
    assert stack.client("s3").list_buckets()["Buckets"] == []


def test_a_bucket_that_holds_objects_outlives_its_stack(stack: Stack) -> None:
    stack.create({"Data": resource("AWS::S3::Bucket", BucketName=f"full-{stack.account}")})
    s3, bucket = stack.client("s3"), stack.id_of("Data")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    with pytest.raises(RefusedStackError, match="not empty"):
        stack.delete()
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"
    s3.delete_object(Bucket=bucket, Key="a")
    stack.delete()
    assert s3.list_buckets()["Buckets"] == []


def test_a_public_bucket_policy_is_refused_where_public_access_is_blocked(stack: Stack) -> None:
    blocked = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    public = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::open-{stack.account}/*",
    }
    with pytest.raises(RefusedStackError, match="BlockPublicPolicy"):
        stack.create(
            {
                "Data": resource(
                    "AWS::S3::Bucket", BucketName=f"open-{stack.account}", PublicAccessBlockConfiguration=blocked
                ),
                "Policy": resource(
                    "AWS::S3::BucketPolicy",
                    Bucket=ref("Data"),
                    PolicyDocument={"Version": "2012-10-17", "Statement": [public]},
                ),
            }
        )


def test_a_bucket_policy_needs_its_bucket(stack: Stack) -> None:
    document: dict[str, Value] = {"Version": "2012-10-17", "Statement": []}
    with pytest.raises(RefusedStackError, match="NoSuchBucket"):
        stack.create({"Policy": resource("AWS::S3::BucketPolicy", Bucket="nowhere-at-all", PolicyDocument=document)})

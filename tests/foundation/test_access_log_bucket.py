"""AccessLogBucket: written by S3's log service alone."""

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import AccessLogBucket, RetainedBucket
from tests.foundation.built import HERE, Built, Json, a_key, built, resolved
from tests.foundation.judge import Caller, Service

BUCKET = "arn:aws:s3:::logs"
S3_LOGS = "logging.s3.amazonaws.com"


@pytest.fixture(scope="module")
def found() -> Built:
    """A bucket with no option given."""
    return built(lambda stack: AccessLogBucket(stack, "Logs", perimeter=HERE))


@pytest.fixture(scope="module")
def policy(found: Built) -> Json:
    (bucket,) = found.resources("AWS::S3::Bucket")
    return resolved(found.one("AWS::S3::BucketPolicy")["PolicyDocument"], {f"{bucket}.Arn": BUCKET})


def test_it_is_encrypted_by_s3_since_logs_reach_no_kms_bucket(found: Built) -> None:
    (rule,) = found.one("AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_it_is_versioned_closed_and_kept(found: Built) -> None:
    (resource,) = found.resources("AWS::S3::Bucket").values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert resource["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(resource["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}


def test_a_record_is_kept_for_a_year_or_as_long_as_asked() -> None:
    def days(stack: Built) -> int:
        (rule,) = stack.one("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
        return rule["ExpirationInDays"]

    assert days(built(lambda stack: AccessLogBucket(stack, "Logs", perimeter=HERE))) == 365
    assert days(built(lambda stack: AccessLogBucket(stack, "Logs", perimeter=HERE, keep_days=30))) == 30


def test_the_log_service_writes_for_this_account_only(policy: Json) -> None:
    assert Service(principal=S3_LOGS).passes(policy, "s3:PutObject", f"{BUCKET}/a/1") == "Allow"
    stranger = Service(principal=S3_LOGS, account="999999999999")
    assert stranger.passes(policy, "s3:PutObject", f"{BUCKET}/a/1") == "ImplicitDeny"
    assert Service(principal=S3_LOGS).passes(policy, "s3:GetObject", f"{BUCKET}/a/1") == "ImplicitDeny"


def test_nobody_else_is_let_in_and_old_tls_is_refused(policy: Json) -> None:
    assert Caller().passes(policy, "s3:PutObject", f"{BUCKET}/a/1") == "ImplicitDeny"
    assert Caller().passes(policy, "s3:GetObject", f"{BUCKET}/a/1", s3__TlsVersion="1.1") == "Deny"


def test_the_packs_find_nothing_but_that_nobody_logs_to_it_yet(found: Built) -> None:
    rules = {finding.partition(":")[0] for finding in found.findings}
    assert rules == {
        "AwsSolutions-S1",
        "HIPAA.Security-S3BucketLoggingEnabled",
        "NIST.800.53.R5-S3BucketLoggingEnabled",
        "PCI.DSS.321-S3BucketLoggingEnabled",
    }


def test_the_packs_find_nothing_once_a_bucket_logs_to_it() -> None:
    def make(stack: Stack) -> None:
        logs = AccessLogBucket(stack, "Logs", perimeter=HERE)
        RetainedBucket(stack, "Data", key=a_key(stack), perimeter=HERE, access_log_bucket=logs.bucket)

    assert built(make).findings == ()


def test_the_bucket_as_the_cdk_knows_it_is_the_same_bucket() -> None:
    def make(stack: Stack) -> None:
        logs = AccessLogBucket(stack, "Logs", perimeter=HERE)
        assert logs.bucket is logs.bucket
        assert logs.bucket.bucket_name == logs.bucket_name

    assert built(make).types == {"AWS::S3::Bucket": 1, "AWS::S3::BucketPolicy": 1}

"""S3: policies that ask whether a write replaces something, and under which key it is."""

from __future__ import annotations

import secrets

import pytest

from tests.local.clients import LocalAws, allow, deny, policy, refusal

ONCE = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}


@pytest.fixture
def bucket(local_aws: LocalAws, account: str) -> str:
    """A bucket in which everything is written once."""
    name = f"bucket-{secrets.token_hex(6)}"
    s3 = local_aws.client("s3", account)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    written_once = {**deny("s3:PutObject", on=f"arn:aws:s3:::{name}/*", when=ONCE), "Principal": "*"}
    s3.put_bucket_policy(Bucket=name, Policy=policy(written_once))
    return name


def test_a_write_that_may_replace_is_refused_and_one_that_may_not_passes_once(
    local_aws: LocalAws, account: str, bucket: str
) -> None:
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*")))
    refusal(lambda: s3.put_object(Bucket=bucket, Key="data", Body=b"1"))
    s3.put_object(Bucket=bucket, Key="data", Body=b"1", IfNoneMatch="*")
    refusal(lambda: s3.put_object(Bucket=bucket, Key="data", Body=b"2", IfNoneMatch="*"), code="PreconditionFailed")
    assert s3.get_object(Bucket=bucket, Key="data")["Body"].read() == b"1"


def test_of_an_upload_in_parts_only_the_completion_is_asked(local_aws: LocalAws, account: str, bucket: str) -> None:
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*")))
    upload = {"Bucket": bucket, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    tag = s3.upload_part(**upload, PartNumber=1, Body=b"1")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    refusal(lambda: s3.complete_multipart_upload(**upload, MultipartUpload=parts))
    s3.complete_multipart_upload(**upload, MultipartUpload=parts, IfNoneMatch="*")
    assert s3.get_object(Bucket=bucket, Key="parts")["Body"].read() == b"1"


def test_a_copy_into_such_a_bucket_is_refused(local_aws: LocalAws, account: str, bucket: str) -> None:
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*")))
    s3.put_object(Bucket=bucket, Key="data", Body=b"1", IfNoneMatch="*")
    refusal(lambda: s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/data"))


def test_a_policy_may_ask_for_the_key_that_a_write_names(local_aws: LocalAws, account: str) -> None:
    name = f"bucket-{secrets.token_hex(6)}"
    root = local_aws.client("s3", account)
    root.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    kms = local_aws.client("kms", account)
    ours, another = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    other_key = {
        "StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption-aws-kms-key-id": ours},
        "Null": {"s3:x-amz-server-side-encryption": "false"},
    }
    refuse = {**deny("s3:PutObject", on=f"arn:aws:s3:::{name}/*", when=other_key), "Principal": "*"}
    root.put_bucket_policy(Bucket=name, Policy=policy(refuse))
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*"), allow("kms:*")))
    s3.put_object(Bucket=name, Key="data", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=ours)
    s3.put_object(Bucket=name, Key="default", Body=b"1")
    refusal(
        lambda: s3.put_object(Bucket=name, Key="data", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=another)
    )

"""KMS: S3 asks it, keys of other accounts are found, aliases are their keys."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, deny, policy, refusal


def key_policy(account: str, *more: dict[str, Any]) -> str:
    owner = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return policy(owner, *more)


@pytest.fixture
def key(local_aws: LocalAws, account: str) -> str:
    """A key whose policy leaves it to its account's IAM."""
    made = local_aws.client("kms", account).create_key(Policy=key_policy(account))
    return str(made["KeyMetadata"]["Arn"])


@pytest.fixture
def bucket(local_aws: LocalAws, account: str, key: str) -> str:
    """A bucket encrypted under the key, with an object."""
    name = f"bucket-{secrets.token_hex(6)}"
    s3 = local_aws.client("s3", account)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=name, Key="data", Body=b"1")
    return name


def test_an_object_is_read_only_by_who_may_decrypt(local_aws: LocalAws, account: str, key: str, bucket: str) -> None:
    without = local_aws.client("s3", local_aws.as_role(account, allow("s3:*")))
    assert "kms:Decrypt" in refusal(lambda: without.get_object(Bucket=bucket, Key="data"))
    may = local_aws.client("s3", local_aws.as_role(account, allow("s3:GetObject"), allow("kms:Decrypt", on=key)))
    assert may.get_object(Bucket=bucket, Key="data")["Body"].read() == b"1"


def test_an_object_is_written_only_by_who_may_have_data_keys(
    local_aws: LocalAws, account: str, key: str, bucket: str
) -> None:
    reader = local_aws.as_role(account, allow("s3:*"), allow("kms:Decrypt", on=key))
    s3 = local_aws.client("s3", reader)
    assert "kms:GenerateDataKey" in refusal(lambda: s3.put_object(Bucket=bucket, Key="new", Body=b"2"))
    refusal(lambda: s3.create_multipart_upload(Bucket=bucket, Key="new"))
    refusal(lambda: s3.copy_object(Bucket=bucket, Key="new", CopySource=f"{bucket}/data"))
    writer = local_aws.as_role(account, allow("s3:PutObject"), allow("kms:GenerateDataKey", on=key))
    local_aws.client("s3", writer).put_object(Bucket=bucket, Key="new", Body=b"2")


def test_a_copy_needs_to_decrypt_its_source(local_aws: LocalAws, account: str, key: str, bucket: str) -> None:
    writer = local_aws.as_role(account, allow("s3:*"), allow("kms:GenerateDataKey", on=key))
    s3 = local_aws.client("s3", writer)
    assert "kms:Decrypt" in refusal(lambda: s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/data"))


def test_a_permission_for_s3_alone_is_no_permission_to_decrypt_by_hand(
    local_aws: LocalAws, account: str, key: str, bucket: str
) -> None:
    by_s3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:CallerAccount": account}}
    credentials = local_aws.as_role(account, allow("s3:*"), allow("kms:*", on=key, when=by_s3))
    local_aws.client("s3", credentials).get_object(Bucket=bucket, Key="data")
    refusal(lambda: local_aws.client("kms", credentials).encrypt(KeyId=key, Plaintext=b"1"))


def test_listing_and_deleting_need_no_key(local_aws: LocalAws, account: str, bucket: str) -> None:
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*")))
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["data"]
    s3.delete_object(Bucket=bucket, Key="data")


def test_a_key_policy_that_denies_wins(local_aws: LocalAws, account: str, key: str, bucket: str) -> None:
    role = local_aws.role(account, allow("s3:*"), allow("kms:*"))
    no = {**deny("kms:Decrypt"), "Principal": {"AWS": role}}
    local_aws.client("kms", account).put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(account, no))
    refusal(lambda: local_aws.client("s3", local_aws.assume(role)).get_object(Bucket=bucket, Key="data"))


def test_a_key_of_another_account_is_used_by_its_arn_where_both_sides_allow(
    local_aws: LocalAws, account: str, key: str
) -> None:
    other = str(int(account) + 1)
    role = local_aws.role(other, allow("kms:*", on=key))
    kms = local_aws.client("kms", local_aws.assume(role))
    refusal(lambda: kms.encrypt(KeyId=key, Plaintext=b"1"))
    use = {**allow("kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"), "Principal": {"AWS": role}}
    local_aws.client("kms", account).put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(account, use))
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    sealed = kms.encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"1"
    refusal(lambda: kms.schedule_key_deletion(KeyId=key))
    no_permission = local_aws.client("kms", local_aws.as_role(other, allow("s3:*")))
    refusal(lambda: no_permission.decrypt(CiphertextBlob=sealed, KeyId=key))


def test_an_alias_is_judged_as_its_key(local_aws: LocalAws, account: str, key: str) -> None:
    local_aws.client("kms", account).create_alias(AliasName="alias/data", TargetKeyId=key)
    kms = local_aws.client("kms", local_aws.as_role(account, allow("kms:Encrypt", on=key)))
    kms.encrypt(KeyId="alias/data", Plaintext=b"1")


def test_s3s_own_key_needs_no_permission(local_aws: LocalAws, account: str, bucket: str) -> None:
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*")))
    s3.put_object(Bucket=bucket, Key="managed", Body=b"1", ServerSideEncryption="aws:kms")
    assert s3.get_object(Bucket=bucket, Key="managed")["ServerSideEncryption"] == "aws:kms"


def test_an_older_version_is_read_by_who_may_use_the_key_that_it_is_under(
    local_aws: LocalAws, account: str, key: str, bucket: str
) -> None:
    root = local_aws.client("s3", account)
    root.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    other = local_aws.client("kms", account).create_key(Policy=key_policy(account))["KeyMetadata"]["Arn"]
    first = root.put_object(Bucket=bucket, Key="versioned", Body=b"1")["VersionId"]
    latest = root.put_object(
        Bucket=bucket, Key="versioned", Body=b"2", ServerSideEncryption="aws:kms", SSEKMSKeyId=other
    )["VersionId"]
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*"), allow("kms:Decrypt", on=key)))
    assert s3.get_object(Bucket=bucket, Key="versioned", VersionId=first)["Body"].read() == b"1"
    assert "kms:Decrypt" in refusal(lambda: s3.get_object(Bucket=bucket, Key="versioned", VersionId=latest))
    assert "kms:Decrypt" in refusal(lambda: s3.get_object(Bucket=bucket, Key="versioned"))


def test_a_copy_of_an_older_version_needs_the_key_of_that_version(
    local_aws: LocalAws, account: str, key: str, bucket: str
) -> None:
    root = local_aws.client("s3", account)
    root.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    other = local_aws.client("kms", account).create_key(Policy=key_policy(account))["KeyMetadata"]["Arn"]
    old = root.put_object(Bucket=bucket, Key="from", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=other)
    root.put_object(Bucket=bucket, Key="from", Body=b"2")
    source = {"Bucket": bucket, "Key": "from", "VersionId": old["VersionId"]}
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*"), allow("kms:*", on=key)))
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")
    assert "kms:Decrypt" in refusal(lambda: s3.copy_object(Bucket=bucket, Key="to", CopySource=source))


def aliased(*names: str) -> dict[str, Any]:
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": list(names)}}


def test_policies_know_a_key_by_any_of_its_aliases(local_aws: LocalAws, account: str, key: str, bucket: str) -> None:
    root = local_aws.client("kms", account)
    for name in ("alias/acme/data", "alias/acme/also"):
        root.create_alias(AliasName=name, TargetKeyId=key)
    keys = f"arn:aws:kms:eu-west-1:{account}:key/*"
    s3 = local_aws.client(
        "s3", local_aws.as_role(account, allow("s3:*"), allow("kms:*", on=keys, when=aliased("alias/acme/also")))
    )
    assert s3.get_object(Bucket=bucket, Key="data")["Body"].read() == b"1"
    kms = local_aws.client("kms", local_aws.as_role(account, allow("kms:*", on=keys, when=aliased("alias/acme/data"))))
    kms.encrypt(KeyId=key, Plaintext=b"1")
    none = local_aws.client("kms", local_aws.as_role(account, allow("kms:*", on=keys, when=aliased("alias/acme"))))
    refusal(lambda: none.encrypt(KeyId=key, Plaintext=b"1"))
    root.delete_alias(AliasName="alias/acme/data")
    refusal(lambda: kms.encrypt(KeyId=key, Plaintext=b"1"))


def test_a_key_of_another_account_is_known_by_its_alias_there(
    local_aws: LocalAws, account: str, key: str, bucket: str
) -> None:
    other = str(int(account) + 1)
    everyone = {
        **allow("s3:GetObject*", on=f"arn:aws:s3:::{bucket}/*"),
        "Principal": {"AWS": f"arn:aws:iam::{other}:root"},
    }
    local_aws.client("s3", account).put_bucket_policy(Bucket=bucket, Policy=policy(everyone))
    use = {**allow("kms:Decrypt"), "Principal": {"AWS": f"arn:aws:iam::{other}:root"}}
    root = local_aws.client("kms", account)
    root.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(account, use))
    keys = f"arn:aws:kms:eu-west-1:{account}:key/*"
    credentials = local_aws.as_role(other, allow("s3:*"), allow("kms:Decrypt", on=keys, when=aliased("alias/theirs")))
    s3 = local_aws.client("s3", credentials)
    refusal(lambda: s3.get_object(Bucket=bucket, Key="data"))
    local_aws.client("kms", other).create_alias(
        AliasName="alias/theirs", TargetKeyId=local_aws.client("kms", other).create_key()["KeyMetadata"]["KeyId"]
    )
    refusal(lambda: s3.get_object(Bucket=bucket, Key="data"))
    root.create_alias(AliasName="alias/theirs", TargetKeyId=key)
    assert s3.get_object(Bucket=bucket, Key="data")["Body"].read() == b"1"


def test_policies_know_what_a_request_signs_with(local_aws: LocalAws, account: str) -> None:
    root = local_aws.client("kms", account)
    key = root.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Policy=key_policy(account))
    arn = key["KeyMetadata"]["Arn"]
    asked = {"StringEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "RAW"}}
    signer = local_aws.client("kms", local_aws.as_role(account, {**allow("kms:Sign", on=arn), "Condition": asked}))
    request = {"KeyId": arn, "Message": b"1", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert signer.sign(**request, MessageType="RAW")["Signature"]
    assert "kms:Sign" in refusal(lambda: signer.sign(**{**request, "Message": b"1" * 32}, MessageType="DIGEST"))


def test_policies_know_the_context_that_a_request_encrypts_under(local_aws: LocalAws, account: str, key: str) -> None:
    asked = {"StringEquals": {"kms:EncryptionContext:whose": "ours"}}
    statement = {**allow("kms:Encrypt", on=key), "Condition": asked}
    kms = local_aws.client("kms", local_aws.as_role(account, statement))
    assert kms.encrypt(KeyId=key, Plaintext=b"1", EncryptionContext={"whose": "ours"})["CiphertextBlob"]
    for other in ({"whose": "theirs"}, {}):
        assert "kms:Encrypt" in refusal(
            lambda other=other: kms.encrypt(KeyId=key, Plaintext=b"1", EncryptionContext=other)
        )

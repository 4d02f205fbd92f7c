"""The ledger on the local AWS: S3's own conditions, versions and locks, and KMS's own signature."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mlops_stages.runtime.ledger.checking import GOVERNANCE, HeadsCheck, LedgerCheck, Retention
from mlops_stages.runtime.ledger.ledger import Ledger
from mlops_stages.runtime.ledger.listing import versions
from mlops_stages.runtime.ledger.signer import Signer, by_kms
from tests.local.clients import REGION, LocalAws
from tests.runtime.ledger.given import MODEL, PREFIX, TEAM, entry, key

HEADS = f"heads/{TEAM}/{MODEL}/"
LOCKED = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": GOVERNANCE, "Days": 1}}}


def a_bucket(s3: Any) -> str:  # noqa: ANN401  # boto3 has no types
    """A bucket with Object Lock."""
    name = f"ledger-{secrets.token_hex(6)}"
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True, CreateBucketConfiguration=where)
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=LOCKED)
    return name


@pytest.fixture
def s3(local_aws: LocalAws, account: str) -> Any:  # noqa: ANN401  # boto3 has no types
    return local_aws.client("s3", account)


@pytest.fixture
def bucket(s3: Any) -> str:  # noqa: ANN401  # boto3 has no types
    """A ledger of five records."""
    name = a_bucket(s3)
    ledger = Ledger(s3, name, TEAM, MODEL)
    for number in range(1, 6):
        ledger.append(entry(number))
    return name


def found(s3: Any, bucket: str) -> list[str]:  # noqa: ANN401  # boto3 has no types
    check = LedgerCheck(TEAM, MODEL, Retention(mode=GOVERNANCE, days=1))
    return [
        f"{each.code} {each.where.rpartition('/')[2][:12]}" for each in check.findings(versions(s3, bucket, PREFIX))
    ]


def test_what_is_appended_is_locked_and_sound(s3: Any, bucket: str) -> None:  # noqa: ANN401
    assert found(s3, bucket) == []
    assert Ledger(s3, bucket, TEAM, MODEL).append(entry(2)).new is False


def test_writers_at_once_lose_nothing_and_write_nothing_twice(local_aws: LocalAws, account: str, bucket: str) -> None:
    def write(number: int) -> int:
        ledger = Ledger(local_aws.client("s3", account), bucket, TEAM, MODEL, pause=lambda _seconds: None)
        return ledger.append(entry(number)).number

    with ThreadPoolExecutor(2) as writers:
        numbers = list(writers.map(write, [6, 6, 7, 7, 3]))
    assert sorted(set(numbers)) == [3, 6, 7]
    assert found(local_aws.client("s3", account), bucket) == []


def test_what_object_lock_lets_happen_is_found(s3: Any, bucket: str) -> None:  # noqa: ANN401
    s3.put_object(Bucket=bucket, Key=key(3), Body=b"{}")
    s3.delete_object(Bucket=bucket, Key=key(5))
    assert found(s3, bucket) == ["LED-101 000000000003", "LED-102 000000000005"]


def test_a_version_that_goes_around_governance_is_missed(s3: Any, bucket: str) -> None:  # noqa: ANN401
    version = s3.head_object(Bucket=bucket, Key=key(2))["VersionId"]
    s3.delete_object(Bucket=bucket, Key=key(2), VersionId=version, BypassGovernanceRetention=True)
    assert found(s3, bucket) == ["LED-103 000000000002"]


def test_a_head_that_kms_signed_is_checked_offline(local_aws: LocalAws, account: str, s3: Any, bucket: str) -> None:  # noqa: ANN401
    kms = local_aws.client("kms", account)
    arn = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    public: Any = serialization.load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])

    def holds(content: bytes, signature: bytes) -> bool:
        try:
            public.verify(signature, content, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    heads_bucket = a_bucket(s3)
    signer = Signer(s3, bucket, s3, heads_bucket, by_kms(kms, arn))
    assert signer.run() == signer.run() == {f"{TEAM}/{MODEL}": 5}
    check = HeadsCheck(TEAM, MODEL, bucket, holds, datetime.now(UTC), Retention(mode=GOVERNANCE, days=1))
    assert list(check.findings(versions(s3, heads_bucket, HEADS))) == []
    assert [head.records for head in check.heads] == [5, 5]
    other = HeadsCheck(TEAM, MODEL, bucket, lambda content, signature: holds(content + b" ", signature), check.now)
    assert {each.code for each in other.findings(versions(s3, heads_bucket, HEADS))} == {"LED-120"}

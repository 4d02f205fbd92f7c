"""CaptureStore: each endpoint writes its own part, monitors read, nobody deletes, and age alone ends it."""

from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.platform import DataClassification
from mlops_stages.reliable import Capture, CaptureStore
from tests.foundation.built import Built, Json, a_role, built, refused, resolved
from tests.foundation.judge import Caller
from tests.reliable.serving import CAPTURE_BUCKET, CAPTURE_KEY, PRODUCTION, a_store

OWN = f"{CAPTURE_BUCKET}/capture/fraud-card-fraud-production/champion/2026/11/27/10/34-30-683-5512.jsonl"
OTHER = OWN.replace("card-fraud", "refunds")
ROLES = f"arn:aws:iam::{PRODUCTION}:role/acme/fraud"
WRITER = {"aws__PrincipalArn": f"{ROLES}/acme-card-fraud.serve-production"}
UNDER_KEY = {
    "s3__x-amz-server-side-encryption": "aws:kms",
    "s3__x-amz-server-side-encryption-aws-kms-key-id": CAPTURE_KEY,
}


@pytest.fixture(scope="module")
def found() -> Built:
    return built(lambda stack: a_store(stack, models=["card-fraud", "refunds"]))


@pytest.fixture(scope="module")
def policy(found: Built) -> Json:
    (bucket,) = found.resources("AWS::S3::Bucket")
    (key,) = found.resources("AWS::KMS::Key")
    names = {f"{bucket}.Arn": CAPTURE_BUCKET, bucket: "captured", f"{key}.Arn": CAPTURE_KEY}
    return resolved(found.one("AWS::S3::BucketPolicy")["PolicyDocument"], names)


def writes(policy: Json, resource: str, **context: Any) -> str:  # noqa: ANN401 - keys of a request
    return Caller(account=PRODUCTION).passes(policy, "s3:PutObject", resource, **UNDER_KEY, **context)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_an_endpoints_role_is_not_refused_in_its_own_part(policy: Json) -> None:
    assert writes(policy, OWN, **WRITER) == "ImplicitDeny"  # nor allowed: its own policy does that


@pytest.mark.parametrize(
    ("resource", "role"),
    [
        (OTHER, f"{ROLES}/acme-card-fraud.serve-production"),
        (OWN, f"{ROLES}/acme-refunds.serve-production"),
        (OWN, f"{ROLES}/acme-card-fraud.serve-staging"),
        (OWN, f"{ROLES}/acme-card-fraud.pipeline"),
        (OWN, f"arn:aws:iam::{PRODUCTION}:role/acme-card-fraud.serve-production"),
        (OWN, "arn:aws:iam::555555555555:role/acme/fraud/acme-card-fraud.serve-production"),
        (OWN, f"arn:aws:iam::{PRODUCTION}:role/Administrator"),
        (f"{CAPTURE_BUCKET}/elsewhere/x.jsonl", f"arn:aws:iam::{PRODUCTION}:role/Administrator"),
    ],
)
def test_whoever_else_writes_is_refused(policy: Json, resource: str, role: str) -> None:
    assert writes(policy, resource, aws__PrincipalArn=role) == "Deny"


def test_another_key_is_refused(policy: Json) -> None:
    other = {**UNDER_KEY, "s3__x-amz-server-side-encryption-aws-kms-key-id": f"{CAPTURE_KEY}-other"}
    assert Caller(account=PRODUCTION).passes(policy, "s3:PutObject", OWN, **other, **WRITER) == "Deny"


@pytest.mark.parametrize("action", ["s3:DeleteObject", "s3:DeleteObjectVersion"])
def test_nobody_deletes(policy: Json, action: str) -> None:
    for role in (WRITER["aws__PrincipalArn"], f"arn:aws:iam::{PRODUCTION}:role/Administrator"):
        assert Caller(account=PRODUCTION).passes(policy, action, OWN, aws__PrincipalArn=role) == "Deny"


@pytest.mark.parametrize(
    ("classification", "days"),
    [
        (DataClassification.PUBLIC, 730),
        (DataClassification.INTERNAL, 730),
        (DataClassification.CONFIDENTIAL, 365),
        (DataClassification.RESTRICTED, 90),
    ],
)
def test_the_more_sensitive_is_kept_shorter(classification: DataClassification, days: int) -> None:
    assert expires(classification=classification) == days


def test_the_composer_may_say_how_long() -> None:
    assert expires(keep_days=30) == 30


def expires(**options: Any) -> int:  # noqa: ANN401 - real options
    store = built(lambda stack: a_store(stack, **options))
    (rule,) = store.one("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    return rule["ExpirationInDays"]


def test_the_bucket_outlives_the_stack_encrypted_and_versioned(found: Built) -> None:
    (bucket,) = found.resources("AWS::S3::Bucket").values()
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert found.one("AWS::KMS::Alias")["AliasName"] == "alias/acme/fraud/capture/production/confidential"


def test_who_is_named_reads(found: Built) -> None:
    def make(stack: Stack) -> None:
        a_store(stack).grant_read(a_role(stack))

    policies = [each["PolicyDocument"] for each in built(make).all("AWS::IAM::Policy")]
    actions = {action for policy in policies for each in policy["Statement"] for action in each["Action"]}
    assert {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"} <= actions
    assert not {each for each in actions if "Put" in each or "Delete" in each}
    assert not found.all("AWS::IAM::Policy")


@pytest.mark.parametrize("options", [{"models": []}, {"models": ["a", "a"]}, {"keep_days": 0}])
def test_a_store_of_nobody_or_for_no_time_is_refused(options: dict[str, Any]) -> None:
    message, made = refused(lambda stack: a_store(stack, **options))
    assert message.startswith("REL-034: Capture: ")
    assert made == ["Alone/AccessLogs"]


def test_everything_is_captured_unless_someone_says_less() -> None:
    captures: list[Capture] = []

    def make(stack: Stack) -> CaptureStore:
        store = a_store(stack)
        captures.append(store.capture())
        return store

    built(make)
    (capture,) = captures
    assert capture.percent == 100
    assert capture.destination.startswith("s3://")
    assert capture.destination.endswith("/capture")


@pytest.mark.parametrize(
    "options",
    [
        {"percent": 0},
        {"percent": 101},
        {"csv_types": []},
        {"json_types": ["application/json; charset=utf-8"]},
        {"csv_types": ["text/csv"] * 11},
    ],
)
def test_a_capture_that_sagemaker_does_not_take_is_refused(options: dict[str, Any]) -> None:
    capture = Capture(bucket_arn=CAPTURE_BUCKET, destination="s3://captured/capture", key_arn=CAPTURE_KEY, **options)
    with pytest.raises(ValueError, match=r"^REL-033: Endpoint: "):
        capture.check("Endpoint")


def test_models_that_read_alike_have_statements_of_their_own() -> None:
    found = built(lambda stack: a_store(stack, models=["card-1", "card1"]))
    sids = [each["Sid"] for each in found.one("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]]
    assert len(sids) == len({*sids})

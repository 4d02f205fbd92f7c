"""LandingZone: a bucket and a key for each classification."""

from collections.abc import Sequence

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import import_bucket
from mlops_stages.initial import LandingZone
from mlops_stages.platform import DataClassification
from tests.foundation.built import ACCOUNT, HERE, Built, Json, a_role, built, refused, resolved
from tests.foundation.judge import Caller

INTERNAL, CONFIDENTIAL = DataClassification.INTERNAL, DataClassification.CONFIDENTIAL


def zone(stack: Stack, classifications: Sequence[DataClassification] = (CONFIDENTIAL, INTERNAL)) -> LandingZone:
    return LandingZone(
        stack,
        "Data",
        platform="acme",
        team="fraud",
        classifications=classifications,
        perimeter=HERE,
        access_log_bucket=import_bucket(stack, "Logs", name="access-logs"),
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(zone)


def test_each_classification_has_a_bucket_under_a_key_of_its_own(found: Built) -> None:
    assert found.types["AWS::S3::Bucket"] == found.types["AWS::KMS::Key"] == 2
    keys: set[str] = set()
    for name, bucket in found.resources("AWS::S3::Bucket").items():
        (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        (key, _) = rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::GetAtt"]
        assert ("Confidential" in name) == ("Confidential" in key)
        keys.add(key)
    assert keys == set(found.resources("AWS::KMS::Key"))


def test_each_says_how_sensitive_it_is(found: Built) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::KMS::Key"):
        for name, resource in found.resources(kind).items():
            expected = "confidential" if "Confidential" in name else "internal"
            assert {"Key": "data-classification", "Value": expected} in resource["Properties"]["Tags"]


def test_aliases_name_platform_team_and_classification(found: Built) -> None:
    names = {alias["AliasName"] for alias in found.all("AWS::KMS::Alias")}
    assert names == {"alias/acme/fraud/internal", "alias/acme/fraud/confidential"}


def test_the_key_is_used_through_s3_and_jobs_only(found: Built) -> None:
    for key in found.all("AWS::KMS::Key"):
        for service, verdict in (("s3", "Allow"), ("sagemaker", "Allow"), ("ec2", "Allow"), ("ssm", "ImplicitDeny")):
            through = {"kms__ViaService": f"{service}.eu-west-1.amazonaws.com", "kms__CallerAccount": ACCOUNT}
            assert Caller().passes(key["KeyPolicy"], "kms:Decrypt", **through) == verdict


def test_what_is_least_sensitive_comes_first_and_each_once() -> None:
    def make(stack: Stack) -> None:
        made = zone(stack, [CONFIDENTIAL, INTERNAL, CONFIDENTIAL])
        assert made.classifications == (INTERNAL, CONFIDENTIAL)
        assert made.bucket(INTERNAL) is not made.bucket(CONFIDENTIAL)

    assert built(make).types["AWS::S3::Bucket"] == 2


def test_the_order_of_classifications_changes_nothing(found: Built) -> None:
    assert built(lambda stack: zone(stack, [INTERNAL, CONFIDENTIAL])).body == found.body


def test_no_classification_is_refused() -> None:
    message, created = refused(lambda stack: zone(stack, []))
    assert message.startswith("INI-010")
    assert not [path for path in created if path.startswith("Alone/Data")]


def granted(*, write: bool) -> tuple[Caller, Built]:
    """A role that was granted the internal data, and the stack."""

    def make(stack: Stack) -> None:
        made, role = zone(stack), a_role(stack)
        grant = made.grant_read_write if write else made.grant_read
        assert grant(role, INTERNAL).success

    found = built(make)
    return Caller(policies=[_short(found, found.one("AWS::IAM::Policy")["PolicyDocument"])]), found


def _short(found: Built, document: Json) -> Json:
    names = {f"{name}.Arn": f"arn:aws:s3:::{_class(name)}" for name in found.resources("AWS::S3::Bucket")}
    return resolved(document, names)


def _class(name: str) -> str:
    return "confidential" if "Confidential" in name else "internal"


@pytest.mark.parametrize("write", [False, True])
def test_a_grant_is_for_one_classification(write: bool) -> None:
    caller, found = granted(write=write)
    assert caller.may("s3:GetObject", "arn:aws:s3:::internal/file")
    assert caller.may("s3:PutObject", "arn:aws:s3:::internal/file") is write
    assert not caller.may("s3:GetObject", "arn:aws:s3:::confidential/file")
    widened = [name for name, key in found.resources("AWS::KMS::Key").items() if "Granted" in str(key)]
    assert ["Internal" in name for name in widened] == [True]


def test_the_teams_statements_cover_every_place_and_no_destruction(found: Built) -> None:
    def make(stack: Stack) -> None:
        statements = zone(stack).read_write()
        actions = {action for statement in statements for action in statement.actions}
        assert not actions & {
            "s3:DeleteBucket",
            "s3:DeleteObjectVersion",
            "kms:ScheduleKeyDeletion",
            "kms:PutKeyPolicy",
        }
        assert not [resource for statement in statements for resource in statement.resources if resource == "*"]

    built(make)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()

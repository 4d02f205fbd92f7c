"""DataZone: a key, a versioned bucket of five zones with their writers, a database."""

from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import import_bucket
from mlops_stages.platform import DataClassification
from mlops_stages.repeatable import DataZone
from tests.foundation.built import ORGANIZATION, Built, Json, built, resolved
from tests.foundation.judge import Caller
from tests.repeatable.data_given import (
    ADDRESSES,
    DATA,
    DEVELOPMENT,
    EXPERIMENTATION,
    INTERNAL,
    PERIMETER,
    RESTRICTED,
    STRANGER,
)

FEATURE_STORE = f"arn:aws:iam::{DATA}:role/acme/arrivals/acme-arrivals.feature-store"
BUCKET = f"arn:aws:s3:::acme-arrivals-internal-{DATA}"
ROLES = {
    "engineers": "acme-arrivals.curate",
    "jobs": "acme-arrivals.data-jobs-internal",
    "jobs of more sensitive data": "acme-arrivals.data-jobs-restricted",
    "jobs of less sensitive data": "acme-arrivals.data-jobs-public",
    "features": "acme-arrivals.feature-store",
}
ONCE = {"s3__if-none-match": "*", "s3__ObjectCreationOperation": "true"}
PLAIN = {"s3__ObjectCreationOperation": "true"}


def zone(stack: Stack, classification: DataClassification = INTERNAL, landing_days: int | None = None) -> DataZone:
    return DataZone(
        stack,
        "Zone",
        addresses=ADDRESSES,
        team="arrivals",
        classification=classification,
        perimeter=PERIMETER,
        access_log_bucket=import_bucket(stack, "Logs", name="access-logs"),
        feature_store_role_arn=FEATURE_STORE,
        landing_days=landing_days,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(zone)


def bucket_policy(found: Built) -> Json:
    (name,) = found.resources("AWS::S3::Bucket")
    return resolved(found.one("AWS::S3::BucketPolicy")["PolicyDocument"], {f"{name}.Arn": BUCKET})


def role(name: str, account: str = DATA, *, team: str = "arrivals", organization: str = ORGANIZATION) -> "Asked":
    return Asked(f"arn:aws:iam::{account}:role/acme/{team}/{name}", account, organization)


class Asked:
    """Whoever asks, by the ARN of their role."""

    def __init__(self, arn: str, account: str, organization: str) -> None:
        self._arn = arn
        self._caller = Caller(account=account, organization=organization, role=arn.rpartition("role/")[2])

    def passes(self, policy: Json, action: str, resource: str = "*", **context: Any) -> str:  # noqa: ANN401
        return self._caller.passes(policy, action, resource, aws__PrincipalArn=self._arn, **context)


def test_no_pack_finds_anything(found: Built) -> None:
    assert found.findings == ()


def test_names_are_those_that_other_accounts_know(found: Built) -> None:
    assert found.one("AWS::S3::Bucket")["BucketName"] == f"acme-arrivals-internal-{DATA}"
    assert found.one("AWS::KMS::Alias")["AliasName"] == "alias/acme/arrivals/data/internal"
    database = found.one("AWS::Glue::Database")
    assert database["DatabaseInput"]["Name"] == "acme_arrivals_internal"
    (name,) = found.resources("AWS::S3::Bucket")
    assert resolved(database["DatabaseInput"]["LocationUri"]) == f"s3://{name}/curated/"


def test_what_holds_data_is_versioned_encrypted_and_retained(found: Built) -> None:
    bucket = found.one("AWS::S3::Bucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    for kind in ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::Glue::Database"):
        for resource in found.resources(kind).values():
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", kind


def test_no_version_ever_expires(found: Built) -> None:
    (rule,) = found.one("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert set(rule) == {"Id", "Status", "AbortIncompleteMultipartUpload"}


def test_raw_data_alone_expires_where_that_is_asked_for() -> None:
    rules = built(lambda stack: zone(stack, landing_days=400)).one("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    (expiring,) = [rule for rule in rules if "ExpirationInDays" in rule or "NoncurrentVersionExpiration" in rule]
    assert (expiring["Prefix"], expiring["ExpirationInDays"]) == ("landing/", 400)


@pytest.mark.parametrize(
    ("key", "writer"),
    [("landing/x", "engineers"), ("curated/x", "jobs"), ("manifests/x", "jobs")],
)
def test_a_zone_is_written_by_its_one_writer(found: Built, key: str, writer: str) -> None:
    policy = bucket_policy(found)
    for who, name in ROLES.items():
        said = role(name).passes(policy, "s3:PutObject", f"{BUCKET}/{key}", **ONCE)
        assert said == ("ImplicitDeny" if who == writer else "Deny"), who
    assert role("acme-admin", team="platform").passes(policy, "s3:PutObject", f"{BUCKET}/{key}", **ONCE) == "Deny"


def test_features_are_written_by_the_feature_store_alone(found: Built) -> None:
    policy = bucket_policy(found)
    said = {w: role(n).passes(policy, "s3:PutObject", f"{BUCKET}/features/x", **PLAIN) for w, n in ROLES.items()}
    assert [who for who, verdict in said.items() if verdict != "Deny"] == ["features"]


def test_nobody_else_writes_anything_anywhere(found: Built) -> None:
    policy = bucket_policy(found)
    for key in ("landing/x", "features/x", "elsewhere"):
        assert role("acme-arrivals-ann").passes(policy, "s3:PutObject", f"{BUCKET}/{key}", **ONCE) == "Deny"


def test_labels_are_written_by_data_engineers_and_by_jobs_of_this_classification_alone(found: Built) -> None:
    policy, key = bucket_policy(found), f"{BUCKET}/labels/late-arrival/2026/11/28/06/1.jsonl"
    said = {w: role(n).passes(policy, "s3:PutObject", key, **ONCE) for w, n in ROLES.items()}
    assert [who for who, verdict in said.items() if verdict != "Deny"] == ["engineers", "jobs"]
    for name in ("acme-arrivals-ann", "acme-late-arrival.monitor-production", "acme-admin"):
        assert role(name).passes(policy, "s3:PutObject", key, **ONCE) == "Deny"


@pytest.mark.parametrize(
    ("zone", "writer"), [("curated", "jobs"), ("manifests", "jobs"), ("labels", "jobs"), ("labels", "engineers")]
)
def test_what_a_manifest_names_and_labels_are_written_once(found: Built, zone: str, writer: str) -> None:
    who, policy, key = role(ROLES[writer]), bucket_policy(found), f"{BUCKET}/{zone}/x"
    assert who.passes(policy, "s3:PutObject", key, **PLAIN) == "Deny"
    assert who.passes(policy, "s3:PutObject", key, **ONCE) == "ImplicitDeny"
    # The parts of an upload: only its completion can carry the header.
    assert who.passes(policy, "s3:PutObject", key, s3__ObjectCreationOperation="false") == "ImplicitDeny"


def test_nothing_shared_is_deleted_and_no_version_at_all(found: Built) -> None:
    policy = bucket_policy(found)
    for name in (*ROLES.values(), "anyone"):
        for zone in ("curated", "features", "labels", "manifests"):
            assert role(name).passes(policy, "s3:DeleteObject", f"{BUCKET}/{zone}/x") == "Deny"
        for zone in ("landing", "curated", "features", "labels", "manifests"):
            assert role(name).passes(policy, "s3:DeleteObjectVersion", f"{BUCKET}/{zone}/x") == "Deny"
    assert role(ROLES["engineers"]).passes(policy, "s3:DeleteObject", f"{BUCKET}/landing/x") == "ImplicitDeny"


@pytest.mark.parametrize("account", [DEVELOPMENT, EXPERIMENTATION])
def test_roles_of_the_team_elsewhere_read_what_is_shared(found: Built, account: str) -> None:
    policy, reader = bucket_policy(found), role("acme-arrivals-ann", account)
    for action in ("s3:GetObject", "s3:GetObjectVersion"):
        assert reader.passes(policy, action, f"{BUCKET}/curated/x") == "Allow"
        assert reader.passes(policy, action, f"{BUCKET}/labels/late-arrival/x") == "Allow"
        assert reader.passes(policy, action, f"{BUCKET}/landing/x") == "ImplicitDeny"
    assert reader.passes(policy, "s3:ListBucketVersions", BUCKET, s3__prefix="manifests/") == "Allow"
    assert reader.passes(policy, "s3:ListBucket", BUCKET) == "ImplicitDeny"


def test_other_teams_and_strangers_are_not_let_in(found: Built) -> None:
    policy, key = bucket_policy(found), f"{BUCKET}/curated/x"
    assert role("acme-pricing-tom", DEVELOPMENT, team="pricing").passes(policy, "s3:GetObject", key) == "ImplicitDeny"
    gone = role("acme-arrivals-ann", DEVELOPMENT, organization="o-stranger00")
    assert gone.passes(policy, "s3:GetObject", key) == "Deny"
    stranger = role("acme-arrivals-ann", STRANGER, organization="o-stranger00")
    assert stranger.passes(policy, "s3:GetObject", key) == "Deny"


def test_restricted_data_is_not_shared_with_experimentation() -> None:
    restricted = built(lambda stack: zone(stack, RESTRICTED))
    said = str(restricted.body)
    assert f"arn:aws:iam::{DEVELOPMENT}:root" in said
    assert EXPERIMENTATION not in said


def test_the_key_opens_to_the_team_elsewhere_through_s3_and_the_feature_store_only(found: Built) -> None:
    policy, reader = found.one("AWS::KMS::Key")["KeyPolicy"], role("acme-arrivals-ann", DEVELOPMENT)
    for service, said in (("s3", "Allow"), ("sagemaker", "Allow"), ("secretsmanager", "ImplicitDeny")):
        through = {"kms__ViaService": f"{service}.eu-west-1.amazonaws.com", "kms__CallerAccount": DEVELOPMENT}
        assert reader.passes(policy, "kms:Decrypt", **through) == said
        assert reader.passes(policy, "kms:GenerateDataKey", **through) == "ImplicitDeny"
    assert reader.passes(policy, "kms:Decrypt") == "ImplicitDeny"
    through = {"kms__ViaService": "s3.eu-west-1.amazonaws.com"}
    other = role("acme-pricing-tom", DEVELOPMENT, team="pricing")
    assert other.passes(policy, "kms:Decrypt", **through) == "ImplicitDeny"

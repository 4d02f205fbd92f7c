"""Shared data: both sides of the border say the same, for the team's roles, and for the zones that are shared."""

from dataclasses import replace

import pytest

from mlops_stages.foundation.statement import MANAGED_POLICY_MAX_CHARACTERS, policy_document, size_in_iam
from mlops_stages.platform import DataClassification
from mlops_stages.repeatable import read_shared_data
from mlops_stages.repeatable.data_names import database_name
from mlops_stages.repeatable.shared_data import READ_FEATURES, readers
from tests.foundation.judge import Caller
from tests.repeatable.data_given import (
    ADDRESSES,
    CONFIDENTIAL,
    DATA,
    DEVELOPMENT,
    EXPERIMENTATION,
    INTERNAL,
    ONE_ACCOUNT,
    RESTRICTED,
)

BUCKET = f"arn:aws:s3:::acme-arrivals-internal-{DATA}"
KEY = f"arn:aws:kms:eu-west-1:{DATA}:key/0123"


@pytest.fixture(scope="module")
def reader() -> Caller:
    """A role that reads the team's internal data."""
    return Caller(policies=[policy_document(read_shared_data(ADDRESSES, "arrivals", [INTERNAL]))], account=DEVELOPMENT)


@pytest.mark.parametrize("zone", ["curated", "features", "labels", "manifests"])
def test_a_reader_reads_objects_and_versions_of_the_shared_zones(reader: Caller, zone: str) -> None:
    for action in ("s3:GetObject", "s3:GetObjectVersion"):
        assert reader.may(action, f"{BUCKET}/{zone}/x")
    for action in ("s3:ListBucket", "s3:ListBucketVersions"):
        assert reader.may(action, BUCKET, s3__prefix=f"{zone}/")


def test_a_reader_sees_no_raw_data_nothing_of_others_and_writes_nothing(reader: Caller) -> None:
    assert not reader.may("s3:GetObject", f"{BUCKET}/landing/x")
    assert not reader.may("s3:ListBucket", BUCKET, s3__prefix="landing/")
    assert not reader.may("s3:ListBucket", BUCKET)
    for other in ("acme-arrivals-confidential", "acme-pricing-internal"):
        assert not reader.may("s3:GetObject", f"arn:aws:s3:::{other}-{DATA}/curated/x")
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert not reader.may(action, f"{BUCKET}/curated/x")


def test_a_reader_decrypts_by_the_aliases_of_its_data_alone(reader: Caller) -> None:
    ours, others = "alias/acme/arrivals/data/internal", "alias/acme/arrivals/data/restricted"
    assert reader.may("kms:Decrypt", KEY, kms__ResourceAliases=[ours])
    assert not reader.may("kms:Decrypt", KEY, kms__ResourceAliases=[others])
    assert not reader.may("kms:Decrypt", KEY)
    assert not reader.may("kms:Decrypt", KEY.replace(DATA, DEVELOPMENT), kms__ResourceAliases=[ours])
    assert not reader.may("kms:GenerateDataKey", KEY, kms__ResourceAliases=[ours])


def test_a_reader_reads_the_features_of_its_team(reader: Caller) -> None:
    groups = f"arn:aws:sagemaker:eu-west-1:{DATA}:feature-group/"
    for action in READ_FEATURES:
        assert reader.may(action, f"{groups}arrivals-route-delays")
        assert not reader.may(action, f"{groups}pricing-loans")
    assert not reader.may("sagemaker:PutRecord", f"{groups}arrivals-route-delays")


def test_development_reads_all_and_experimentation_all_but_restricted() -> None:
    for classification in DataClassification:
        expected = {DEVELOPMENT} if classification == RESTRICTED else {DEVELOPMENT, EXPERIMENTATION}
        assert set(readers(ADDRESSES, classification)) == expected


def test_an_account_counts_once_and_the_data_account_never() -> None:
    assert readers(replace(ADDRESSES, development=EXPERIMENTATION), CONFIDENTIAL) == (EXPERIMENTATION,)
    assert readers(replace(ADDRESSES, development=DATA), INTERNAL) == (EXPERIMENTATION,)
    assert readers(ONE_ACCOUNT, RESTRICTED) == ()


def test_the_statements_of_what_experimentation_reads_fit_half_a_policy() -> None:
    """The other half is for what people do with images; a pipeline reads all four, by a policy of its own."""
    longest = replace(ADDRESSES, platform="abcdefghijkl", region="ap-northeast-1")
    every = list(DataClassification)
    for classifications, most in (
        ([each for each in every if each < RESTRICTED], MANAGED_POLICY_MAX_CHARACTERS / 2),
        (every, MANAGED_POLICY_MAX_CHARACTERS),
    ):
        statements = read_shared_data(longest, "abcdefghijklmnopqrst", classifications)
        assert size_in_iam(policy_document(statements)) < most


def test_the_order_and_number_of_classifications_does_not_matter() -> None:
    once = read_shared_data(ADDRESSES, "arrivals", [INTERNAL, RESTRICTED])
    assert read_shared_data(ADDRESSES, "arrivals", [RESTRICTED, INTERNAL, RESTRICTED]) == once
    assert read_shared_data(ADDRESSES, "arrivals", []) == ()


def test_a_database_is_named_without_hyphens() -> None:
    assert database_name("acme", "late-team", INTERNAL) == "acme_late_team_internal"

"""Shared labels: one role in production reads those of its model, by what both sides of the border say."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.foundation import IamSignIn
from mlops_stages.foundation.statement import policy_document
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.platform.labels import MOST_LABELLED_MODELS
from mlops_stages.platform.names import MODEL_NAME_LONGEST, PLATFORM_NAME_LONGEST, TEAM_NAME_LONGEST
from mlops_stages.repeatable import LabelledModel, read_labels
from tests.foundation.built import ORGANIZATION, Built, Json, built, resolved
from tests.foundation.judge import Caller
from tests.repeatable.data_given import (
    ADDRESSES,
    DATA,
    INTERNAL,
    ONE_ACCOUNT,
    PERIMETER,
    PRODUCTION,
    RESTRICTED,
    STRANGER,
    labelled,
    team_data,
)

BUCKET = f"arn:aws:s3:::acme-arrivals-internal-{DATA}"
OWN, OTHER = "labels/late-arrival/2026/11/28/06/1.jsonl", "labels/gate-change/2026/11/28/06/1.jsonl"
KEY = f"arn:aws:kms:eu-west-1:{DATA}:key/0123"
ALIAS = "alias/acme/arrivals/data/internal"
THROUGH_S3: Json = {"kms__ViaService": "s3.eu-west-1.amazonaws.com"}
MOST_CHARACTERS_OF_A_BUCKETS_POLICY = 20 * 1024


@pytest.fixture(scope="module")
def found() -> Built:
    """The data of a team with two labelled models in its internal data."""
    return built(lambda stack: team_data(stack, labelled_models=[labelled(), labelled("gate-change")]))


def policies_of(found: Built, kind: str, document: str) -> Json:
    """The policy of what holds internal data."""
    (name,) = [name for name in found.resources("AWS::S3::Bucket") if "Internal" in name]
    (resource,) = [each for name, each in found.resources(kind).items() if "Internal" in name]
    return resolved(resource["Properties"][document], {f"{name}.Arn": BUCKET})


def bucket_policy(found: Built) -> Json:
    return policies_of(found, "AWS::S3::BucketPolicy", "PolicyDocument")


def key_policy(found: Built) -> Json:
    return policies_of(found, "AWS::KMS::Key", "KeyPolicy")


class Monitor:
    """The role that judges a model, or another of some name, and what a policy says to it."""

    def __init__(
        self,
        model: str = "late-arrival",
        *,
        duty: str = "monitor-production",
        team: str = "arrivals",
        account: str = PRODUCTION,
        organization: str = ORGANIZATION,
    ) -> None:
        role = f"acme/{team}/acme-{model}.{duty}"
        self._arn = f"arn:aws:iam::{account}:role/{role}"
        self._caller = Caller(account=account, organization=organization, role=role)

    def passes(self, policy: Json, action: str, resource: str = "*", **context: Any) -> str:  # noqa: ANN401
        return self._caller.passes(policy, action, resource, aws__PrincipalArn=self._arn, **context)


@pytest.fixture(scope="module")
def reader() -> Caller:
    """A role with the statements that the monitor gets in production."""
    return Caller(
        policies=[policy_document(read_labels(ADDRESSES, "arrivals", "late-arrival", INTERNAL))], account=PRODUCTION
    )


OTHERS = (
    Monitor("gate-change"),
    Monitor(duty="monitor-staging"),
    Monitor(duty="read-decisions-production"),
    Monitor(team="pricing"),
    Monitor(account=STRANGER),
    Monitor(account=STRANGER, organization="o-stranger00"),
    Monitor(organization="o-stranger00"),
)


def test_no_pack_finds_anything(found: Built) -> None:
    assert found.findings == ()


def test_the_bucket_lets_the_models_monitor_list_and_read_its_labels(found: Built) -> None:
    policy, monitor = bucket_policy(found), Monitor()
    assert monitor.passes(policy, "s3:GetObject", f"{BUCKET}/{OWN}") == "Allow"
    for prefix in ("labels/late-arrival/", "labels/late-arrival/2026/11/28/06/"):
        assert monitor.passes(policy, "s3:ListBucket", BUCKET, s3__prefix=prefix) == "Allow"


def test_the_bucket_lets_it_read_nothing_else_and_write_nothing(found: Built) -> None:
    policy, monitor = bucket_policy(found), Monitor()
    for key in (OTHER, "labels/x", "labels/late-arrival-2/x", "landing/x", "curated/x", "manifests/x", "features/x"):
        assert monitor.passes(policy, "s3:GetObject", f"{BUCKET}/{key}") == "ImplicitDeny", key
    assert monitor.passes(policy, "s3:GetObjectVersion", f"{BUCKET}/{OWN}") == "ImplicitDeny"
    for prefix in ("labels/", "labels/gate-change/", "labels/late-arrival", "curated/", ""):
        assert monitor.passes(policy, "s3:ListBucket", BUCKET, s3__prefix=prefix) == "ImplicitDeny", prefix
    assert monitor.passes(policy, "s3:ListBucket", BUCKET) == "ImplicitDeny"
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert monitor.passes(policy, action, f"{BUCKET}/{OWN}") == "Deny"


@pytest.mark.parametrize("other", OTHERS)
def test_the_bucket_and_the_key_let_no_other_role_in(found: Built, other: Monitor) -> None:
    assert other.passes(bucket_policy(found), "s3:GetObject", f"{BUCKET}/{OWN}") != "Allow"
    listed = other.passes(bucket_policy(found), "s3:ListBucket", BUCKET, s3__prefix="labels/late-arrival/")
    assert listed != "Allow"
    if other is not OTHERS[0]:
        assert other.passes(key_policy(found), "kms:Decrypt", **THROUGH_S3) != "Allow"


def test_the_key_lets_monitors_decrypt_through_s3_only(found: Built) -> None:
    policy = key_policy(found)
    for monitor in (Monitor(), Monitor("gate-change")):
        assert monitor.passes(policy, "kms:Decrypt", **THROUGH_S3) == "Allow"
        assert monitor.passes(policy, "kms:Decrypt") == "ImplicitDeny"
        assert monitor.passes(policy, "kms:GenerateDataKey", **THROUGH_S3) == "ImplicitDeny"
        sagemaker = {"kms__ViaService": "sagemaker.eu-west-1.amazonaws.com"}
        assert monitor.passes(policy, "kms:Decrypt", **sagemaker) == "ImplicitDeny"


def test_labels_of_another_classification_stay_closed(found: Built) -> None:
    (restricted,) = [each for name, each in found.resources("AWS::S3::BucketPolicy").items() if "Restricted" in name]
    assert "monitor-production" not in str(restricted)


def test_a_role_reads_the_labels_of_its_model_alone(reader: Caller) -> None:
    assert reader.may("s3:ListBucket", BUCKET, s3__prefix="labels/late-arrival/2026/")
    assert reader.may("s3:GetObject", f"{BUCKET}/{OWN}")
    for prefix in ("labels/", "labels/gate-change/", "labels/late-arrival"):
        assert not reader.may("s3:ListBucket", BUCKET, s3__prefix=prefix)
    assert not reader.may("s3:ListBucket", BUCKET)
    for key in (f"{BUCKET}/{OTHER}", f"{BUCKET}/curated/x", f"{BUCKET.replace('internal', 'restricted')}/{OWN}"):
        assert not reader.may("s3:GetObject", key)
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObjectVersion"):
        assert not reader.may(action, f"{BUCKET}/{OWN}")


def test_a_role_decrypts_by_the_alias_of_its_data_through_s3_alone(reader: Caller) -> None:
    assert reader.may("kms:Decrypt", KEY, kms__ResourceAliases=[ALIAS], **THROUGH_S3)
    assert not reader.may("kms:Decrypt", KEY, kms__ResourceAliases=[ALIAS])
    assert not reader.may("kms:Decrypt", KEY, kms__ResourceAliases=[f"{ALIAS}-2"], **THROUGH_S3)
    assert not reader.may("kms:Decrypt", KEY, **THROUGH_S3)
    assert not reader.may("kms:Decrypt", KEY.replace(DATA, PRODUCTION), kms__ResourceAliases=[ALIAS], **THROUGH_S3)
    assert not reader.may("kms:GenerateDataKey", KEY, kms__ResourceAliases=[ALIAS], **THROUGH_S3)


def test_the_order_of_models_changes_nothing(found: Built) -> None:
    other = built(lambda stack: team_data(stack, labelled_models=[labelled("gate-change"), labelled()]))
    assert other.body == found.body


def test_models_without_labels_leave_the_policies_as_they_were(found: Built) -> None:
    without = str(built(team_data).body)
    assert PRODUCTION not in without
    assert PRODUCTION in str(found.body)


def test_names_that_read_alike_have_statements_of_their_own() -> None:
    alike = built(lambda stack: team_data(stack, labelled_models=[labelled("card-1"), labelled("card1")]))
    sids = [each["Sid"] for each in bucket_policy(alike)["Statement"]]
    assert len({*sids}) == len(sids)


def test_in_one_account_the_roles_own_policy_decides() -> None:
    """No bucket's policy has to let in a role of its own account, and the key lets those use it through S3."""
    addresses = replace(ONE_ACCOUNT, production=DATA)
    here = labelled(
        reader_account=DATA, reader_role_arn=addresses.monitor_role("arrivals", "late-arrival", "production")
    )
    perimeter = replace(PERIMETER, organization_id=None)
    alone = built(
        lambda stack: team_data(
            stack,
            addresses=addresses,
            perimeter=perimeter,
            sign_in=IamSignIn(account=DATA),
            labelled_models=[here],
        )
    )
    assert "monitor-production" not in str(alone.body)
    monitor = Monitor(account=DATA)
    through = {**THROUGH_S3, "kms__CallerAccount": DATA}
    assert monitor.passes(key_policy(alone), "kms:Decrypt", **through) == "Allow"
    assert monitor.passes(bucket_policy(alone), "s3:GetObject", f"{BUCKET}/{OWN}") == "ImplicitDeny"
    statements = read_labels(addresses, "arrivals", "late-arrival", INTERNAL)
    reader = Caller(policies=[policy_document(statements)], account=DATA)
    assert reader.may("s3:GetObject", f"{BUCKET}/{OWN}")
    assert reader.may("kms:Decrypt", KEY, kms__ResourceAliases=[ALIAS], **THROUGH_S3)


def test_as_many_models_as_there_may_be_fit_the_buckets_policy() -> None:
    longest: Addresses = replace(
        ADDRESSES,
        platform="p" * PLATFORM_NAME_LONGEST,
        region="ap-southeast-1",
        organization_id=f"o-{'a' * 32}",
    )
    team = "t" * TEAM_NAME_LONGEST

    def model(number: int, classification: DataClassification) -> LabelledModel:
        name = f"{classification.value[0]}{number:02}".ljust(MODEL_NAME_LONGEST, "m")
        return labelled(
            name, classification=classification, reader_role_arn=longest.monitor_role(team, name, "production")
        )

    most = built(
        lambda stack: team_data(
            stack,
            platform=longest.platform,
            team=team,
            addresses=longest,
            perimeter=replace(PERIMETER, region=longest.region, organization_id=longest.organization_id),
            feature_groups=[],
            labelled_models=[model(n, each) for n in range(MOST_LABELLED_MODELS) for each in (INTERNAL, RESTRICTED)],
        )
    )
    names = {f"{name}.Arn": f"arn:aws:s3:::{'b' * 63}" for name in most.resources("AWS::S3::Bucket")}
    policies = most.all("AWS::S3::BucketPolicy")
    assert len(policies) == 2
    for policy in policies:
        written = json.dumps(resolved(policy["PolicyDocument"], names), separators=(",", ":"))
        assert len(written) < MOST_CHARACTERS_OF_A_BUCKETS_POLICY

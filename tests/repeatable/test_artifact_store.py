"""ArtifactStore: CI writes code, a pipeline its own results, and nobody deletes."""

import json
from typing import Any

import pytest

from tests.foundation.built import Built, Json, built
from tests.foundation.judge import Caller
from tests.repeatable.tooling import (
    ADDRESSES,
    ALONE,
    BUCKET,
    DATA,
    DEVELOPMENT,
    HERE,
    ONE_ACCOUNT,
    PRODUCTION,
    STRANGER,
    TOOLING,
    a_store,
    named,
    principals,
)

IN_DEVELOPMENT = "arn:aws:iam::222222222222:role/acme"
PIPELINE = {"aws__PrincipalArn": f"{IN_DEVELOPMENT}/arrivals/acme-late-arrival.pipeline"}
OTHER_PIPELINE = {"aws__PrincipalArn": f"{IN_DEVELOPMENT}/arrivals/acme-crew-demand.pipeline"}
TRAIN = {"aws__PrincipalArn": f"{IN_DEVELOPMENT}/arrivals/acme-arrivals.train"}
OTHER_TEAM = {"aws__PrincipalArn": f"{IN_DEVELOPMENT}/fraud/acme-card-fraud.pipeline"}
THROUGH_S3 = {"kms__ViaService": "s3.eu-west-1.amazonaws.com"}
MODEL, CODE = f"{BUCKET}/models/late-arrival/model.tar.gz", f"{BUCKET}/code/abc/train.py"
EVALUATION = f"{BUCKET}/evaluations/late-arrival/1/evaluation.json"


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_store)


@pytest.fixture(scope="module")
def policy(found: Built) -> Json:
    return named(found, found.one("AWS::S3::BucketPolicy")["PolicyDocument"])


@pytest.fixture(scope="module")
def key(found: Built) -> Json:
    return found.one("AWS::KMS::Key")["KeyPolicy"]


def developer(policy: Json, action: str, resource: str = "*", **context: str) -> str:
    return Caller(account=DEVELOPMENT).passes(policy, action, resource, **context)


def test_bucket_and_key_have_the_names_that_other_accounts_know(found: Built) -> None:
    assert found.one("AWS::S3::Bucket")["BucketName"] == "acme-arrivals-artifacts-333333333333"
    assert found.one("AWS::KMS::Alias")["AliasName"] == "alias/acme/arrivals/artifacts"


def test_a_request_may_name_the_key_by_its_alias(policy: Json) -> None:
    (refusal,) = (each for each in policy["Statement"] if each["Sid"] == "RefuseAnotherKey")
    (names,) = refusal["Condition"]["StringNotEqualsIfExists"].values()
    assert "arn:aws:kms:eu-west-1:333333333333:alias/acme/arrivals/artifacts" in names


def test_a_pipeline_reads_code_and_writes_its_own_part(policy: Json) -> None:
    assert developer(policy, "s3:GetObject", CODE, **PIPELINE) == "Allow"
    assert developer(policy, "s3:PutObject", MODEL, **PIPELINE) == "Allow"
    assert developer(policy, "s3:PutObject", EVALUATION, **PIPELINE) == "Allow"


def test_a_pipeline_writes_neither_code_nor_another_models_part(policy: Json) -> None:
    assert developer(policy, "s3:PutObject", CODE, **PIPELINE) == "Deny"
    assert developer(policy, "s3:PutObject", MODEL, **OTHER_PIPELINE) == "Deny"


def test_the_teams_people_read_and_do_not_write(policy: Json) -> None:
    assert developer(policy, "s3:GetObject", EVALUATION, **TRAIN) == "Allow"
    assert developer(policy, "s3:PutObject", EVALUATION, **TRAIN) == "Deny"


def test_another_team_sees_nothing(policy: Json, key: Json) -> None:
    for action, resource in (("s3:ListBucket", BUCKET), ("s3:GetObject", MODEL)):
        assert developer(policy, action, resource, **OTHER_TEAM) == "ImplicitDeny"
    assert developer(policy, "s3:PutObject", MODEL, **OTHER_TEAM) == "Deny"
    assert developer(key, "kms:Decrypt", **OTHER_TEAM, **THROUGH_S3) == "ImplicitDeny"


def test_nobody_changes_the_policy_from_another_account(policy: Json) -> None:
    assert developer(policy, "s3:PutBucketPolicy", BUCKET, **PIPELINE) == "ImplicitDeny"


@pytest.mark.parametrize("account", [TOOLING, DEVELOPMENT])
@pytest.mark.parametrize("action", ["s3:DeleteObject", "s3:DeleteObjectVersion"])
def test_nobody_deletes_what_a_version_in_the_registry_may_name(policy: Json, account: str, action: str) -> None:
    for resource in (CODE, MODEL, EVALUATION):
        assert Caller(account=account).passes(policy, action, resource, **PIPELINE) == "Deny"


def test_ci_uploads_code_once_and_never_over_what_is_there(policy: Json) -> None:
    ci = {"aws__PrincipalArn": ADDRESSES.ci_role("arrivals")}
    here = Caller(account=TOOLING)
    created = {"s3__ObjectCreationOperation": "true"}
    assert here.passes(policy, "s3:PutObject", CODE, **ci, **created) == "Deny"
    assert here.passes(policy, "s3:PutObject", CODE, **ci, **created, **{"s3__if-none-match": "*"}) != "Deny"
    # The parts of an upload, before the request that completes it.
    assert here.passes(policy, "s3:PutObject", CODE, **ci, s3__ObjectCreationOperation="false") != "Deny"


@pytest.mark.parametrize("resource", [CODE, MODEL, EVALUATION])
def test_an_administrator_writes_nothing_of_a_model(policy: Json, resource: str) -> None:
    administrator = Caller(account=TOOLING)
    once: dict[str, Any] = {"s3__ObjectCreationOperation": "true", "s3__if-none-match": "*"}
    assert administrator.passes(policy, "s3:PutObject", resource, **once) == "Deny"


def test_ci_writes_no_model_and_no_evaluation(policy: Json) -> None:
    ci: dict[str, Any] = {"aws__PrincipalArn": ADDRESSES.ci_role("arrivals"), "s3__if-none-match": "*"}
    for resource in (MODEL, EVALUATION):
        assert Caller(account=TOOLING).passes(policy, "s3:PutObject", resource, **ci) == "Deny"


def test_no_version_expires_and_uploads_that_never_end_do(found: Built) -> None:
    (rule,) = found.one("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert rule == {
        "Id": "AbortIncompleteUploads",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }


SERVES = {
    "aws__PrincipalArn": f"arn:aws:iam::{PRODUCTION}:role/acme/arrivals/acme-late-arrival.serve-production",
}


def test_what_serves_in_production_reads_models_only(policy: Json) -> None:
    production = Caller(account=PRODUCTION)
    assert production.passes(policy, "s3:GetObject", MODEL, **SERVES) == "Allow"
    assert production.passes(policy, "s3:GetObject", EVALUATION, **SERVES) == "ImplicitDeny"
    assert production.passes(policy, "s3:GetObject", CODE, **SERVES) == "ImplicitDeny"
    assert production.passes(policy, "s3:PutObject", MODEL, **SERVES) == "Deny"


@pytest.mark.parametrize(
    "name", ["arrivals/acme-late-arrival.deploy-production", "fraud/acme-card-fraud.serve-production"]
)
def test_nobody_else_in_production_reads_any(policy: Json, key: Json, name: str) -> None:
    other = {"aws__PrincipalArn": f"arn:aws:iam::{PRODUCTION}:role/acme/{name}"}
    assert Caller(account=PRODUCTION).passes(policy, "s3:GetObject", MODEL, **other) == "ImplicitDeny"
    assert Caller(account=PRODUCTION).passes(key, "kms:Decrypt", **other, **THROUGH_S3) == "ImplicitDeny"


@pytest.mark.parametrize("account", [DATA, STRANGER])
def test_other_accounts_read_nothing(policy: Json, key: Json, account: str) -> None:
    assert Caller(account=account).passes(policy, "s3:GetObject", MODEL) == "ImplicitDeny"
    assert Caller(account=account).passes(key, "kms:Decrypt", **THROUGH_S3) == "ImplicitDeny"


def test_an_account_that_left_the_organization_is_refused(policy: Json) -> None:
    left = Caller(account=DEVELOPMENT, organization="o-left00000")
    assert left.passes(policy, "s3:GetObject", MODEL, **PIPELINE) == "Deny"


def test_other_accounts_use_the_key_through_s3_only(key: Json) -> None:
    assert developer(key, "kms:GenerateDataKey", **PIPELINE, **THROUGH_S3) == "Allow"
    assert developer(key, "kms:GenerateDataKey", **PIPELINE) == "ImplicitDeny"
    production = Caller(account=PRODUCTION)
    assert production.passes(key, "kms:Decrypt", **SERVES, **THROUGH_S3) == "Allow"
    assert production.passes(key, "kms:Decrypt", **SERVES) == "ImplicitDeny"
    assert production.passes(key, "kms:GenerateDataKey", **SERVES, **THROUGH_S3) == "ImplicitDeny"


def test_in_one_account_no_name_clashes_and_no_account_is_named_twice() -> None:
    found = built(lambda stack: a_store(stack, ONE_ACCOUNT, ALONE, readers=[TOOLING, TOOLING]))
    document = named(found, found.one("AWS::S3::BucketPolicy")["PolicyDocument"])
    for each in document["Statement"]:
        named_once = each["Principal"] if each["Principal"] == "*" else each["Principal"]["AWS"]
        assert len(named_once) == len(set(named_once))
    assert len({each["Sid"] for each in document["Statement"]}) == len(document["Statement"])
    assert set(principals(document)) == {f"arn:aws:iam::{TOOLING}:root"}
    assert json.dumps(document).count("PrincipalOrgID") == 0


def test_models_that_read_alike_have_statements_of_their_own() -> None:
    found = built(lambda stack: a_store(stack, models=["card-1", "card1"]))
    sids = [each["Sid"] for each in found.one("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]]
    assert len(sids) == len({*sids})


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


MONITOR = {"aws__PrincipalArn": f"arn:aws:iam::{PRODUCTION}:role/acme/arrivals/acme-late-arrival.monitor-production"}


def test_who_compares_decisions_with_baselines_reads_that_models_evaluations_and_no_model() -> None:
    compared = built(lambda stack: a_store(stack, compared=["late-arrival"]))
    policy = named(compared, compared.one("AWS::S3::BucketPolicy")["PolicyDocument"])
    key = compared.one("AWS::KMS::Key")["KeyPolicy"]
    production = Caller(account=PRODUCTION)
    belongs = {"aws__PrincipalOrgID": str(HERE.organization_id)}
    assert production.passes(policy, "s3:GetObject", EVALUATION, **MONITOR, **belongs) == "Allow"
    assert production.passes(key, "kms:Decrypt", "*", **MONITOR, **belongs, **THROUGH_S3) == "Allow"
    assert production.passes(key, "kms:Decrypt", "*", **MONITOR, **belongs) != "Allow"
    for other in (MODEL, EVALUATION.replace("late-arrival", "crew-demand"), CODE):
        assert production.passes(policy, "s3:GetObject", other, **MONITOR, **belongs) != "Allow"
    assert production.passes(policy, "s3:PutObject", EVALUATION, **MONITOR, **belongs) == "Deny"


def test_where_nothing_is_compared_nobody_in_production_reads_evaluations(policy: Json, key: Json) -> None:
    production = Caller(account=PRODUCTION)
    belongs = {"aws__PrincipalOrgID": str(HERE.organization_id)}
    assert production.passes(policy, "s3:GetObject", EVALUATION, **MONITOR, **belongs) != "Allow"
    assert production.passes(key, "kms:Decrypt", "*", **MONITOR, **belongs, **THROUGH_S3) != "Allow"

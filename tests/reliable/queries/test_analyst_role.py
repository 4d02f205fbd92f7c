"""AnalystRole: queries one model's tables in one workgroup, and reads no row but through Athena."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn
from mlops_stages.reliable.queries import AnalystRole
from mlops_stages.reliable.serving_account import actions_in_use
from tests.foundation.built import Built, Json, built, refused, resolved
from tests.foundation.judge import Caller, Service
from tests.reliable.serving import CAPTURE_KEY, EXPERIMENTATION, HERE, PRODUCTION, REGION, SERVED, a_store

ANALYST = "ann@acme.example"
BOUNDARY = f"arn:aws:iam::{PRODUCTION}:policy/acme-production-boundary"
STORE = "arn:aws:s3:::decisions"
OWN = "endpoint=fraud-card-fraud-production"
GROUP = f"arn:aws:athena:{REGION}:{PRODUCTION}:workgroup/acme-card-fraud-production-queries"
CATALOG = f"arn:aws:glue:{REGION}:{PRODUCTION}"
THROUGH: dict[str, Any] = {"aws__CalledVia": ["athena.amazonaws.com"]}


def a_role(stack: Stack, **options: Any) -> AnalystRole:  # noqa: ANN401 - each test names a real option
    given: dict[str, Any] = {
        "served": SERVED,
        "analysts": [ANALYST],
        "bucket_name": "decisions",
        "data_key_arn": CAPTURE_KEY,
        "sign_in": IamSignIn(account=EXPERIMENTATION),
        "permissions_boundary_arn": BOUNDARY,
    }
    return AnalystRole(stack, "Query", **{**given, **options})


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_role)


@pytest.fixture(scope="module")
def caller(found: Built) -> Caller:
    policies = resolved([each["PolicyDocument"] for each in found.all("AWS::IAM::ManagedPolicy")])
    return Caller(policies=policies, account=PRODUCTION)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_named_people_come_in_under_their_own_name_alone(found: Built) -> None:
    role = found.one("AWS::IAM::Role")
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    conditions = statement["Condition"]["StringEquals"]
    assert (conditions["aws:PrincipalTag/email"], role["RoleName"]) == (ANALYST, "acme-card-fraud.query-production")
    assert conditions["sts:RoleSessionName"] == "${aws:PrincipalTag/email}"
    assert role["PermissionsBoundary"] == BOUNDARY


@pytest.mark.parametrize("action", ["StartQueryExecution", "GetQueryResults", "GetQueryResultsStream", "GetWorkGroup"])
def test_queries_run_in_the_models_workgroup_alone(caller: Caller, action: str) -> None:
    assert caller.may(f"athena:{action}", GROUP)
    for another in ("primary", "acme-refunds-production-queries", "acme-card-fraud-staging-queries"):
        assert not caller.may(f"athena:{action}", GROUP.replace("acme-card-fraud-production-queries", another))


@pytest.mark.parametrize("action", ["UpdateWorkGroup", "DeleteWorkGroup", "CreateNamedQuery", "CreateDataCatalog"])
def test_nothing_of_athena_is_changed(caller: Caller, action: str) -> None:
    assert not caller.may(f"athena:{action}", GROUP)


def test_the_models_tables_are_seen_and_never_changed(caller: Caller) -> None:
    for table in (
        f"{CATALOG}:database/acme_card_fraud_production",
        f"{CATALOG}:table/acme_card_fraud_production/labels",
    ):
        assert caller.may("glue:GetTable", table)
        assert not caller.may("glue:GetTable", table.replace("card_fraud", "refunds"))
        for action in ("CreateTable", "UpdateTable", "DeleteTable", "CreatePartition"):
            assert not caller.may(f"glue:{action}", table)
    assert caller.may("glue:GetDatabase", f"{CATALOG}:database/default")
    assert not caller.may("glue:GetTable", f"{CATALOG}:table/default/anything")


@pytest.mark.parametrize("folder", ["decisions", "labels", "monitors"])
def test_rows_are_read_through_athena_alone(caller: Caller, folder: str) -> None:
    row = f"{STORE}/{folder}/{OWN}/utc_day=2026-11-27/x"
    assert caller.may("s3:GetObject", row, **THROUGH)
    assert not caller.may("s3:GetObject", row)
    assert not caller.may("s3:GetObject", row, aws__CalledVia=["cloudformation.amazonaws.com"])
    assert not caller.may("s3:GetObject", row.replace("card-fraud", "refunds"), **THROUGH)
    assert caller.may("s3:ListBucket", STORE, s3__prefix=f"{folder}/{OWN}/utc_day=2026-11-27/", **THROUGH)
    assert not caller.may("s3:ListBucket", STORE, s3__prefix=f"{folder}/{OWN}/")
    assert not caller.may("s3:ListBucket", STORE, s3__prefix=f"{folder}/", **THROUGH)
    for action in ("PutObject", "DeleteObject", "GetObjectVersion"):
        assert not caller.may(f"s3:{action}", row, **THROUGH)


@pytest.mark.parametrize("folder", ["manifests", "quarantine", "quarantine/labels", "notices"])
def test_nothing_else_of_the_bucket_is_read(caller: Caller, folder: str) -> None:
    assert not caller.may("s3:GetObject", f"{STORE}/{folder}/{OWN}/utc_day=2026-11-27/x", **THROUGH)
    assert not caller.may("s3:ListBucket", STORE, s3__prefix=f"{folder}/{OWN}/", **THROUGH)


def test_the_key_decrypts_rows_by_s3_and_results_by_athena(caller: Caller) -> None:
    by_s3, by_athena = (f"{each}.{REGION}.amazonaws.com" for each in ("s3", "athena"))
    assert caller.may("kms:Decrypt", CAPTURE_KEY, kms__ViaService=by_s3, **THROUGH)
    assert not caller.may("kms:Decrypt", CAPTURE_KEY, kms__ViaService=by_s3)
    assert not caller.may("kms:Decrypt", CAPTURE_KEY)
    assert not caller.may("kms:GenerateDataKey", CAPTURE_KEY, kms__ViaService=by_s3, **THROUGH)
    assert caller.may("kms:GenerateDataKey", CAPTURE_KEY, kms__ViaService=by_athena)
    assert not caller.may("kms:GenerateDataKey", CAPTURE_KEY.replace("captured", "other"), kms__ViaService=by_athena)


def test_it_stays_within_the_accounts_boundary(found: Built) -> None:
    statements = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert {action for each in statements for action in each["Action"]} <= set(actions_in_use())


def test_nobody_is_no_role_and_a_name_out_of_bounds_is_refused() -> None:
    message, made = refused(lambda stack: a_role(stack, analysts=[]))
    assert message.startswith("REL-051: Query: nobody could query model card-fraud")
    assert made == []
    message, made = refused(lambda stack: a_role(stack, served=replace(SERVED, model="*")))
    assert message.startswith("REL-032")
    assert made == []


GROUPS = {
    "acme-card-fraud-production-queries": f"arn:aws:iam::{PRODUCTION}:role/acme/fraud/acme-card-fraud.query-production"
}


@pytest.fixture(scope="module")
def key_policy() -> Json:
    return resolved(built(lambda stack: a_store(stack, analysts=GROUPS)).one("AWS::KMS::Key")["KeyPolicy"])


def test_the_key_lets_athena_keep_results_of_named_workgroups_and_of_no_others(key_policy: Json) -> None:
    athena = Service(principal="encryption.athena.amazonaws.com", account=HERE.account)
    context = "kms__EncryptionContext:aws:athena:arn"
    assert athena.passes(key_policy, "kms:DescribeKey", aws__SourceArn=GROUP) == "Allow"
    assert athena.passes(key_policy, "kms:DescribeKey", aws__SourceArn=GROUP[:-1]) == "ImplicitDeny"
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert athena.passes(key_policy, action, **{"aws__SourceArn": GROUP, context: GROUP}) == "Allow"
        other = GROUP.replace("card-fraud", "refunds")
        assert athena.passes(key_policy, action, **{"aws__SourceArn": other, context: other}) == "ImplicitDeny"
        assert athena.passes(key_policy, action, aws__SourceArn=GROUP) == "ImplicitDeny"
    stranger = Service(principal="encryption.athena.amazonaws.com", account="999999999999")
    assert stranger.passes(key_policy, "kms:Decrypt", **{"aws__SourceArn": GROUP, context: GROUP}) == "ImplicitDeny"


def test_nobody_but_the_analysts_has_results_decrypted_through_athena(key_policy: Json) -> None:
    through = {"kms__ViaService": f"athena.{REGION}.amazonaws.com", "kms__CallerAccount": PRODUCTION}
    (role,) = GROUPS.values()

    def decrypts(principal: str) -> str:
        return Caller(account=PRODUCTION).passes(key_policy, "kms:Decrypt", aws__PrincipalArn=principal, **through)

    assert decrypts(role) == "Allow"
    for another in ("Administrator", "acme/fraud/acme-refunds.query-production", "acme-card-fraud.query-production"):
        assert decrypts(f"arn:aws:iam::{PRODUCTION}:role/{another}") == "ImplicitDeny"


def test_without_a_workgroup_the_key_knows_nothing_of_athena() -> None:
    assert "athena" not in str(built(a_store).one("AWS::KMS::Key")["KeyPolicy"])

"""ModelReaderRole: people see what monitors found and what was told, and no decision; they acknowledge alarms."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn
from mlops_stages.reliable.monitors import ModelReaderRole
from mlops_stages.reliable.serving_account import actions_in_use
from tests.foundation.built import Built, built, refused, resolved
from tests.foundation.judge import Caller
from tests.reliable.serving import BOUNDARY, EXPERIMENTATION, OWNER, PRODUCTION, REGION, SERVED

STORE = "arn:aws:s3:::decisions"
KEY = f"arn:aws:kms:{REGION}:{PRODUCTION}:key/data"
OWN = "endpoint=fraud-card-fraud-production"


def a_role(stack: Stack, **options: Any) -> ModelReaderRole:  # noqa: ANN401 - each test names a real option
    given: dict[str, Any] = {
        "served": SERVED,
        "readers": [OWNER],
        "bucket_name": "decisions",
        "data_key_arn": KEY,
        "sign_in": IamSignIn(account=EXPERIMENTATION),
        "permissions_boundary_arn": BOUNDARY,
    }
    return ModelReaderRole(stack, "See", **{**given, **options})


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_role)


@pytest.fixture(scope="module")
def caller(found: Built) -> Caller:
    policies = resolved([each["PolicyDocument"] for each in found.all("AWS::IAM::ManagedPolicy")])
    return Caller(policies=policies, account=PRODUCTION)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_it_has_the_name_that_the_command_knows_under_the_boundary(found: Built) -> None:
    role = found.one("AWS::IAM::Role")
    assert (role["RoleName"], role["PermissionsBoundary"]) == ("acme-card-fraud.see-production", BOUNDARY)


def test_its_people_come_in_under_their_own_name_alone(found: Built) -> None:
    (statement,) = found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    conditions = statement["Condition"]["StringEquals"]
    assert conditions["aws:PrincipalTag/email"] == OWNER
    assert conditions["sts:RoleSessionName"] == "${aws:PrincipalTag/email}"


@pytest.mark.parametrize(
    "key",
    [
        f"monitors/{OWN}/utc_day=2026-11-27/figures.jsonl",
        f"manifests/monitors/{OWN}/utc_day=2026-11-27/run.json",
        f"manifests/labels/{OWN}/utc_day=2026-11-27/day.json",
        f"manifests/{OWN}/variant=champion/utc_day=2026-11-27/utc_hour=09/hour.json",
    ],
)
def test_it_reads_figures_and_manifests_of_its_model_and_changes_none(caller: Caller, key: str) -> None:
    assert caller.may("s3:GetObject", f"{STORE}/{key}")
    assert not caller.may("s3:GetObject", f"{STORE}/{key}".replace("card-fraud", "refunds"))
    assert not caller.may("s3:PutObject", f"{STORE}/{key}")
    assert caller.may("s3:ListBucket", STORE, s3__prefix=key.rpartition("/")[0] + "/")


@pytest.mark.parametrize(
    "key",
    [
        f"quarantine/labels/{OWN}/utc_day=2026-11-27/day.jsonl",
        f"quarantine/{OWN}/variant=champion/utc_day=2026-11-27/utc_hour=09/hour.jsonl",
    ],
)
def test_it_reads_which_lines_were_refused_of_its_model(caller: Caller, key: str) -> None:
    assert caller.may("s3:GetObject", f"{STORE}/{key}")
    assert not caller.may("s3:GetObject", f"{STORE}/{key}".replace("card-fraud", "refunds"))
    assert not caller.may("s3:PutObject", f"{STORE}/{key}")


@pytest.mark.parametrize("folder", ["decisions", "labels"])
def test_it_reads_and_lists_no_rows(caller: Caller, folder: str) -> None:
    assert not caller.may("s3:GetObject", f"{STORE}/{folder}/{OWN}/variant=champion/utc_day=2026-11-27/x")
    assert not caller.may("s3:ListBucket", STORE, s3__prefix=f"{folder}/{OWN}/")
    assert not caller.may("s3:ListBucket", STORE)


def test_it_decrypts_through_s3_alone(caller: Caller) -> None:
    assert caller.may("kms:Decrypt", KEY, kms__ViaService=f"s3.{REGION}.amazonaws.com")
    assert not caller.may("kms:Decrypt", KEY)
    assert not caller.may("kms:Encrypt", KEY, kms__ViaService=f"s3.{REGION}.amazonaws.com")


@pytest.mark.parametrize(
    "name",
    [
        "acme-card-fraud-production-monitors-silent",
        "acme-card-fraud-production-decisions-gap",
        "fraud-card-fraud-production-silence",
        "fraud-card-fraud-v12-8f5089-latency",
    ],
)
def test_it_sees_the_alarms_of_its_model_alone_and_silences_none(caller: Caller, name: str) -> None:
    alarm = f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm:{name}"
    assert caller.may("cloudwatch:DescribeAlarms", alarm)
    assert not caller.may("cloudwatch:DescribeAlarms", alarm.replace("card-fraud", "refunds"))
    assert not caller.may("cloudwatch:SetAlarmState", alarm)
    assert not caller.may("cloudwatch:DisableAlarmActions", alarm)


def test_it_sees_the_stacks_that_name_the_bucket_and_the_alarms(caller: Caller) -> None:
    stacks = f"arn:aws:cloudformation:{REGION}:{PRODUCTION}:stack"
    assert caller.may("cloudformation:DescribeStacks", f"{stacks}/acme-production-team-fraud/0a1b")
    assert not caller.may("cloudformation:DescribeStacks", f"{stacks}/acme-production-team-refunds/0a1b")
    for stack in ("team-fraud", "model-card-fraud"):
        assert caller.may("cloudformation:ListStackResources", f"{stacks}/acme-production-{stack}/0a1b")
        assert not caller.may("cloudformation:UpdateStack", f"{stacks}/acme-production-{stack}/0a1b")
    assert not caller.may("cloudformation:ListStackResources", f"{stacks}/acme-production-model-refunds/0a1b")


def test_it_has_the_monitors_of_its_model_run_a_day_and_changes_them_not(caller: Caller) -> None:
    monitors = f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:acme-card-fraud-production-monitors"
    assert caller.may("lambda:InvokeFunction", monitors)
    for another in ("refunds-production-monitors", "card-fraud-production-decisions", "card-fraud-staging-monitors"):
        assert not caller.may("lambda:InvokeFunction", monitors.replace("card-fraud-production-monitors", another))
    assert not caller.may("lambda:UpdateFunctionConfiguration", monitors)
    assert not caller.may("lambda:UpdateFunctionCode", monitors)


def test_of_a_model_that_nothing_judges_it_calls_no_function() -> None:
    found = built(lambda stack: a_role(stack, has_monitors=False))
    statements = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert "lambda:InvokeFunction" not in {action for each in statements for action in each["Action"]}


ALARM = f"notices/{OWN}/alarm=acme-card-fraud-production-monitors-quality/since=20261127T053100Z"


def test_it_reads_what_is_told_and_acknowledges_under_the_callers_own_name_alone(found: Built) -> None:
    policies = resolved([each["PolicyDocument"] for each in found.all("AWS::IAM::ManagedPolicy")])
    caller = Caller(policies=policies, account=PRODUCTION, user_id=f"AROAEXAMPLE:{OWNER}")
    own = f"{STORE}/{ALARM}/acknowledged-by/AROAEXAMPLE:{OWNER}.json"
    assert caller.may("s3:GetObject", f"{STORE}/{ALARM}/told.json")
    assert caller.may("s3:ListBucket", STORE, s3__prefix=f"notices/{OWN}/")
    assert caller.may("s3:PutObject", own)
    assert caller.may("kms:GenerateDataKey", KEY, kms__ViaService=f"s3.{REGION}.amazonaws.com")
    for another in (
        own.replace(OWNER, "somebody.else@acme.example"),
        own.replace("card-fraud", "refunds"),
        f"{STORE}/{ALARM}/told.json",
        f"{STORE}/{ALARM}/over.json",
        f"{STORE}/decisions/{OWN}/acknowledged-by/AROAEXAMPLE:{OWNER}.json",
    ):
        assert not caller.may("s3:PutObject", another)
    assert not caller.may("s3:DeleteObject", own)


def test_it_stays_within_the_accounts_boundary(found: Built) -> None:
    statements = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert {action for each in statements for action in each["Action"]} <= set(actions_in_use())


def test_a_role_for_nobody_is_refused() -> None:
    message, created = refused(lambda stack: a_role(stack, readers=[]))
    assert message.startswith("REL-047: ")
    assert created == []
    message, created = refused(lambda stack: a_role(stack, served=replace(SERVED, team="*")))
    assert message.startswith("REL-032: ")
    assert created == []

"""ModelNotices: what the function that tells of alarms may do, who calls it, and whom it tells."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from mlops_stages.reliable.notices import CODE, Escalation
from mlops_stages.reliable.notices.model_notices import HANDLER
from mlops_stages.reliable.serving_account import actions_in_use
from mlops_stages.runtime.notices.settings import VARIABLE
from tests.foundation.built import Built, Json, built, refused, resolved
from tests.foundation.judge import Caller
from tests.reliable.decisions.test_team_decisions import NEXT, REFUNDS, ROLES, RUNBOOK, STORE, a_model, a_team
from tests.reliable.serving import OWNER, PRODUCTION, REGION

NAME = "acme-card-fraud-production-notices"
ROLE = "acme-card-fraud.notify-production"
OWN = "endpoint=fraud-card-fraud-production"
ALARM = f"notices/{OWN}/alarm=acme-card-fraud-production-monitors-quality/since=20261127T053100Z"


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_team)


def references(found: Built) -> dict[str, str]:
    """What a reference stands for, as far as a test looks at it."""
    stores = [
        name for name, each in found.resources("AWS::S3::Bucket").items() if each["Properties"].get("ObjectLockEnabled")
    ]
    names = {f"{name}.Arn": STORE for name in stores} | {name: STORE.rpartition(":")[2] for name in stores}
    for kind, service in (("AWS::KMS::Key", "kms"), ("AWS::SQS::Queue", "sqs"), ("AWS::IAM::Role", "iam")):
        names |= {f"{name}.Arn": f"arn:aws:{service}:{REGION}:{PRODUCTION}:{name}" for name in found.resources(kind)}
    topics = found.resources("AWS::SNS::Topic")
    return names | {name: f"arn:aws:sns:{REGION}:{PRODUCTION}:{name}" for name in topics}


@pytest.fixture(scope="module")
def caller(found: Built) -> Caller:
    (role,) = (each for each in found.all("AWS::IAM::Role") if each.get("RoleName") == ROLE)
    policies = found.resources("AWS::IAM::ManagedPolicy")
    own = [policies[each["Ref"]]["Properties"]["PolicyDocument"] for each in role["ManagedPolicyArns"]]
    return Caller(policies=resolved(own, references(found)), account=PRODUCTION)


def own(found: Built, type: str) -> list[Json]:
    """What the construct of card-fraud has made of a type."""
    return [
        each["Properties"]
        for name, each in found.resources(type).items()
        if name.startswith("Decisionscardfraud") and "Notices" in name
    ]


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_owner_has_a_topic_and_so_have_those_who_are_told_next(found: Built) -> None:
    assert sorted(each["Endpoint"] for each in own(found, "AWS::SNS::Subscription")) == sorted([OWNER, NEXT])
    assert {each["Protocol"] for each in own(found, "AWS::SNS::Subscription")} == {"email"}
    assert all(each["KmsMasterKeyId"] for each in own(found, "AWS::SNS::Topic"))


def test_the_function_is_told_whom_to_tell_and_when(found: Built) -> None:
    (function,) = (each for each in found.all("AWS::Lambda::Function") if each["FunctionName"] == NAME)
    assert function["Handler"] == HANDLER
    assert function["KmsKeyArn"]
    assert function["DeadLetterConfig"]
    told = json.dumps(function["Environment"]["Variables"][VARIABLE]).replace("\\", "")
    for part in (
        '"model":"fraud/card-fraud"',
        '"minutes":240',
        f'"owner":"{OWNER}"',
        f'"others":"{NEXT}"',
        f'"runbook":"{RUNBOOK}"',
        '"prefixes":{"acme-card-fraud-production-decisions-":"decisions-","acme-card-fraud-production-monitors-":"",',
    ):
        assert part in told


def test_alarms_of_the_model_alone_may_call_it(found: Built) -> None:
    allowed = own(found, "AWS::Lambda::Permission")
    assert {each["Principal"] for each in allowed} == {"lambda.alarms.cloudwatch.amazonaws.com"}
    assert {each["SourceAccount"] for each in allowed} == {PRODUCTION}
    alarms = f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm"
    assert {each["SourceArn"] for each in allowed} == {
        f"{alarms}:fraud-card-fraud-production-*",
        f"{alarms}:acme-card-fraud-production-decisions-*",
        f"{alarms}:acme-card-fraud-production-monitors-*",
    }


def test_what_it_cannot_tell_is_told_without_it(found: Built) -> None:
    (alarm,) = own(found, "AWS::CloudWatch::Alarm")
    assert alarm["AlarmName"] == f"{NAME}-failed"
    (told,) = alarm["AlarmActions"]
    topics = [name for name in found.resources("AWS::SNS::Topic") if "cardfraudNoticesOwner" in name]
    assert told == {"Ref": topics[0]}


def test_it_reads_figures_and_no_row(caller: Caller) -> None:
    for key in (
        f"monitors/{OWN}/utc_day=2026-11-27/figures.jsonl",
        f"manifests/monitors/{OWN}/utc_day=2026-11-27/run.json",
    ):
        assert caller.may("s3:GetObject", f"{STORE}/{key}")
        assert not caller.may("s3:PutObject", f"{STORE}/{key}")
        assert not caller.may("s3:GetObject", f"{STORE}/{key}".replace("card-fraud", "refunds"))
    for folder in ("decisions", "labels", "quarantine"):
        assert not caller.may("s3:GetObject", f"{STORE}/{folder}/{OWN}/x")


def test_it_writes_what_is_told_and_acknowledges_nothing(caller: Caller) -> None:
    for name in ("held-back.json", "told.json", "told-on.json", "over.json"):
        assert caller.may("s3:PutObject", f"{STORE}/{ALARM}/{name}")
        assert not caller.may("s3:PutObject", f"{STORE}/{ALARM}/{name}".replace("card-fraud", "refunds"))
    assert not caller.may("s3:PutObject", f"{STORE}/{ALARM}/acknowledged-by/AROAEXAMPLE:{OWNER}.json")


def test_it_tells_its_own_topics_alone(found: Built, caller: Caller) -> None:
    topics = [each for name, each in references(found).items() if name in found.resources("AWS::SNS::Topic")]
    allowed = {each for each in topics if caller.may("sns:Publish", each)}
    assert len(allowed) == 2
    assert all("cardfraudNotices" in each for each in allowed)


def test_it_plans_looks_in_its_own_group_and_hands_them_one_role(found: Built, caller: Caller) -> None:
    schedules = f"arn:aws:scheduler:{REGION}:{PRODUCTION}:schedule"
    assert caller.may("scheduler:CreateSchedule", f"{schedules}/{NAME}/look-0a1b")
    assert not caller.may("scheduler:CreateSchedule", f"{schedules}/{NAME}/another")
    assert not caller.may("scheduler:CreateSchedule", f"{schedules}/default/look-0a1b")
    assert not caller.may("scheduler:UpdateSchedule", f"{schedules}/{NAME}/look-0a1b")
    roles = {name: arn for name, arn in references(found).items() if ":iam:" in arn}
    to = {"iam__PassedToService": "scheduler.amazonaws.com"}
    handed = [name for name, arn in roles.items() if caller.may("iam:PassRole", arn, **to)]
    assert len(handed) == 1
    assert "cardfraudNoticesScheduleRole" in handed[0]
    assert not caller.may("iam:PassRole", roles[handed[0]], iam__PassedToService="lambda.amazonaws.com")


def test_it_sees_alarms_of_its_model_and_changes_none(caller: Caller) -> None:
    alarm = f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm:acme-card-fraud-production-monitors-quality"
    assert caller.may("cloudwatch:DescribeAlarms", alarm)
    assert not caller.may("cloudwatch:DescribeAlarms", alarm.replace("card-fraud", "refunds"))
    assert not caller.may("cloudwatch:SetAlarmState", alarm)


def test_it_sees_whether_its_endpoint_is_being_updated_and_changes_nothing(caller: Caller) -> None:
    endpoint = f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:endpoint/fraud-card-fraud-production"
    assert caller.may("sagemaker:DescribeEndpoint", endpoint)
    assert not caller.may("sagemaker:DescribeEndpoint", endpoint.replace("card-fraud", "refunds"))
    assert not caller.may("sagemaker:UpdateEndpoint", endpoint)
    assert not caller.may("sagemaker:InvokeEndpoint", endpoint)


def test_nobody_but_the_function_and_people_writes_notices(found: Built) -> None:
    (policy,) = (
        each["PolicyDocument"]
        for each in found.all("AWS::S3::BucketPolicy")
        if any(".notify-" in json.dumps(one) for one in each["PolicyDocument"]["Statement"])
    )
    document, key = resolved(policy, references(found)), f"{STORE}/{ALARM}/told.json"

    def written(name: str) -> str:
        role = f"{ROLES}/{name}-production"
        return Caller(account=PRODUCTION).passes(document, "s3:PutObject", key, aws__PrincipalArn=role)

    assert written("acme-card-fraud.notify") == "ImplicitDeny"  # nor allowed: its own policy does that
    assert written("acme-card-fraud.see") == "ImplicitDeny"
    for other in ("acme-refunds.notify", "acme-refunds.see", "acme-card-fraud.read-decisions", "Administrator"):
        assert written(other) == "Deny"


def test_the_function_stays_within_the_accounts_boundary(found: Built) -> None:
    statements = [each for one in found.all("AWS::IAM::ManagedPolicy") for each in one["PolicyDocument"]["Statement"]]
    assert {action for each in statements for action in each["Action"]} <= set(actions_in_use())


def test_the_archive_needs_nothing_but_what_lambda_has(tmp_path: Path) -> None:
    zipfile.ZipFile(BytesIO(CODE.content)).extractall(tmp_path)
    module = HANDLER.rpartition(".")[0]
    # Without site-packages: boto3 is imported once it is needed.
    program = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; import {module}; print({HANDLER})"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("<function handler")


def test_a_model_whose_alarms_nobody_else_is_told_of_is_refused() -> None:
    message, _ = refused(
        lambda stack: a_team(stack, a_model(served=REFUNDS, escalation=Escalation(minutes=5, others=())))
    )
    assert message.startswith("FND-060: Others: ")

"""What trains a model again: told what is declared, allowed that alone, and heard of where it fails."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import CustomerManagedKey
from mlops_stages.local.server.cloudwatch.judgement import judge
from mlops_stages.platform import DataClassification
from mlops_stages.reliable.promotion import CODE, promotion_actions, promotions_may_encrypt
from mlops_stages.reliable.promotion.statements import SERVICES as PROMOTIONS
from mlops_stages.reliable.retraining import ModelRetraining, RetrainingTerms, retraining_actions
from mlops_stages.reliable.retraining.model_retraining import HANDLER
from mlops_stages.reliable.retraining.statements import SERVICES
from mlops_stages.runtime.promotion.settings import VARIABLE as PROMOTION
from mlops_stages.runtime.retraining.settings import VARIABLE, Settings, read
from tests.foundation.built import Built, Json, built, refused, resolved
from tests.foundation.judge import Caller
from tests.reliable.ledger.built_ledger import ADDRESSES, TOOLING
from tests.reliable.promotion.a_promotion import BOUNDARY, HERE, a_promotion

TERMS = RetrainingTerms(every_days=30, cool_down_days=14, most_a_year=12)
DATA = [DataClassification.PUBLIC, DataClassification.INTERNAL]
NAME, ROLE = "acme-late-arrival-retraining", "acme-late-arrival.retrain"
PACKAGE = f"arn:aws:sagemaker:eu-west-1:{TOOLING}:model-package/arrivals-late-arrival/2"
OTHERS_PACKAGE = f"arn:aws:sagemaker:eu-west-1:{TOOLING}:model-package/arrivals-late-arrival-2/2"
TABLE = f"arn:aws:dynamodb:eu-west-1:{TOOLING}:table/acme-late-arrival-releases"
FOLDER = "challenges/endpoint=arrivals-late-arrival-production/utc_day=2026-11-27"
BUCKET = "arn:aws:s3:::acme-arrivals-challenges-666666666666"
START = "arn:aws:iam::222222222222:role/acme/arrivals/acme-late-arrival.start-retraining"


def a_retraining(stack: Stack, **options: Any) -> ModelRetraining:  # noqa: ANN401 - each test names a real option
    key = CustomerManagedKey(
        stack,
        "Shared",
        perimeter=HERE,
        alias="acme/arrivals/retraining",
        description="Promotions and retraining of team arrivals",
        via=(*PROMOTIONS, *SERVICES),
        statements=promotions_may_encrypt(HERE),
    )
    code = CODE.placed(stack)
    given: dict[str, Any] = {
        "perimeter": HERE,
        "addresses": ADDRESSES,
        "team": "arrivals",
        "model": "late-arrival",
        "terms": TERMS,
        "classifications": DATA,
        "promotion": a_promotion(stack, key=key, code=code),
        "key": key,
        "code": code,
        "permissions_boundary_arn": BOUNDARY,
    }
    return ModelRetraining(stack, "Retraining", **{**given, **options})


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_retraining)


def own(found: Built, kind: str, id: str = "") -> Json:
    """Its only resource of a kind with that id, among the promotion's."""
    (one,) = [each for name, each in found.resources(kind).items() if name.startswith(f"Retraining{id}")]
    return one["Properties"]


def told(found: Built) -> Settings:
    variables = own(found, "AWS::Lambda::Function")["Environment"]["Variables"]
    return read({VARIABLE: resolved(variables[VARIABLE])})


@pytest.fixture(scope="module")
def role(found: Built) -> Caller:
    policies = found.resources("AWS::IAM::ManagedPolicy")
    (made,) = [each for each in found.all("AWS::IAM::Role") if each.get("RoleName") == ROLE]
    documents = [resolved(policies[arn["Ref"]]["Properties"]["PolicyDocument"]) for arn in made["ManagedPolicyArns"]]
    return Caller(policies=documents, account=TOOLING)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_function_is_told_what_is_declared(found: Built) -> None:
    assert told(found) == Settings(
        function=NAME,
        role=ROLE,
        pipeline="arrivals-late-arrival",
        start_role=START,
        bucket="acme-arrivals-challenges-666666666666",
        data=("acme-arrivals-public-444444444444", "acme-arrivals-internal-444444444444"),
        every_days=30,
        cool_down_days=14,
        most_a_year=12,
    )


def test_it_is_told_what_the_promotion_is(found: Built) -> None:
    functions = [each["Environment"]["Variables"] for each in found.all("AWS::Lambda::Function")]
    assert len({json.dumps(each[PROMOTION]) for each in functions}) == 1


def test_it_looks_each_day_an_hour_after_the_monitors(found: Built) -> None:
    schedule = own(found, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(30 6 * * ? *)"
    assert json.loads(schedule["Target"]["Input"]) == {"at": "<aws.scheduler.scheduled-time>"}
    assert schedule["KmsKeyArn"]


def test_what_fails_every_time_is_kept_and_told(found: Built) -> None:
    alarm = own(found, "AWS::CloudWatch::Alarm", "NotLooked")
    assert alarm["AlarmName"] == f"{NAME}-failed"
    (topic,) = found.resources("AWS::SNS::Topic")
    assert alarm["AlarmActions"] == [{"Ref": topic}]
    assert own(found, "AWS::Lambda::Function")["DeadLetterConfig"]
    assert own(found, "AWS::Scheduler::Schedule")["Target"]["DeadLetterConfig"]


def test_a_day_without_a_look_is_told_and_a_new_stack_is_not(found: Built) -> None:
    alarm = own(found, "AWS::CloudWatch::Alarm", "Silent")
    assert alarm["AlarmName"] == f"{NAME}-silent"
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": NAME}]
    (topic,) = found.resources("AWS::SNS::Topic")
    assert alarm["AlarmActions"] == alarm["InsufficientDataActions"] == [{"Ref": topic}]
    hours = alarm["EvaluationPeriods"]
    assert (hours, alarm["DatapointsToAlarm"], alarm["Period"], alarm["TreatMissingData"]) == (26, 26, 3600, "missing")

    def state(seen: list[bool | None]) -> str | None:
        return judge(seen, periods=hours, needed=hours, missing="missing").state

    nothing: list[bool | None] = [None] * hours
    assert state(nothing) == "INSUFFICIENT_DATA"  # as it is when it is made: no change, so nobody is told
    for hour in range(hours):
        assert state([*nothing[:hour], False, *nothing[hour + 1 :]]) == "OK"


def test_the_archive_has_what_it_needs(tmp_path: Path) -> None:
    zipfile.ZipFile(BytesIO(CODE.content)).extractall(tmp_path)
    module = HANDLER.rpartition(".")[0]
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {module}; print({module}.handler)"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_it_rejects_versions_of_the_model_and_approves_none(role: Caller) -> None:
    def may(arn: str = PACKAGE, **context: Any) -> bool:  # noqa: ANN401 - condition keys
        return role.may("sagemaker:UpdateModelPackage", arn, **context)

    assert may(sagemaker__ModelApprovalStatus="Rejected")
    assert not may(sagemaker__ModelApprovalStatus="Approved")
    assert not may()
    assert not may(OTHERS_PACKAGE, sagemaker__ModelApprovalStatus="Rejected")
    changed = {"sagemaker__CustomerMetadataProperties/commit": "another"}
    assert not may(sagemaker__ModelApprovalStatus="Rejected", **changed)
    assert not role.may("sagemaker:CreateModelPackage", PACKAGE)


def test_it_reads_what_was_found_and_no_request(role: Caller) -> None:
    assert role.may("s3:GetObject", f"{BUCKET}/{FOLDER}/findings.json")
    assert role.may("s3:ListBucket", BUCKET, s3__prefix=f"{FOLDER}/findings.json")
    assert not role.may("s3:GetObject", f"{BUCKET}/{FOLDER}/requests.csv.gz")
    assert not role.may("s3:GetObject", f"{BUCKET}/{FOLDER.replace('late-arrival', 'other')}/findings.json")
    assert not role.may("s3:ListBucket", BUCKET)
    assert not role.may("s3:PutObject", f"{BUCKET}/{FOLDER}/findings.json")


def test_it_keeps_items_in_its_own_partition_of_the_table(role: Caller) -> None:
    for action in ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"):
        assert role.may(action, TABLE, dynamodb__LeadingKeys=["late-arrival#retraining"])
        assert not role.may(action, TABLE, dynamodb__LeadingKeys=["late-arrival"])
        assert not role.may(action, TABLE)
    assert not role.may("dynamodb:DeleteItem", TABLE, dynamodb__LeadingKeys=["late-arrival#retraining"])


def test_it_uses_the_promotions_key_through_the_services_that_it_calls(found: Built, role: Caller) -> None:
    (name,) = [each for each in found.resources("AWS::KMS::Key") if each.startswith("Shared")]
    key = f"{name}.Arn"
    for service in ("dynamodb", "sns", "sqs"):
        assert role.may("kms:Decrypt", key, kms__ViaService=f"{service}.eu-west-1.amazonaws.com")
    assert not role.may("kms:Decrypt", key)
    assert not role.may("kms:Decrypt", key, kms__ViaService="s3.eu-west-1.amazonaws.com")


def test_it_becomes_who_starts_the_models_pipeline_and_nobody_else(role: Caller) -> None:
    assert role.may("sts:AssumeRole", START)
    for other in (START.replace("late-arrival", "other"), START.replace(".start-retraining", ".pipeline")):
        assert not role.may("sts:AssumeRole", other)


@pytest.mark.parametrize(
    "action",
    [
        "states:StartExecution",
        "states:SendTaskSuccess",
        "cloudformation:CreateChangeSet",
        "sagemaker:StartPipelineExecution",
    ],
)
def test_it_promotes_nothing(role: Caller, action: str) -> None:
    assert not role.may(action)


def test_the_boundary_is_told_of_all_its_actions(found: Built) -> None:
    documents = [resolved(each["PolicyDocument"]) for each in found.all("AWS::IAM::ManagedPolicy")]
    used = {action for document in documents for each in document["Statement"] for action in each["Action"]}
    assert used <= {*retraining_actions(), *promotion_actions()}


@pytest.mark.parametrize(
    "options",
    [
        {"classifications": []},
        {"terms": replace(TERMS, cool_down_days=0)},
        {"terms": replace(TERMS, every_days=0)},
        {"terms": replace(TERMS, most_a_year=0)},
    ],
)
def test_what_could_train_nothing_is_refused(options: dict[str, Any]) -> None:
    message, _ = refused(lambda stack: a_retraining(stack, **options))
    assert message.startswith("REL-082: Retraining: ")

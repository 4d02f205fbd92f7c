"""Promotion: least rights, nothing unencrypted, no failure that nobody hears of."""

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
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from mlops_stages.reliable.promotion import CODE, OneApproval, promotion_actions
from mlops_stages.reliable.promotion.code import REQUEST, TASK
from mlops_stages.runtime.promotion import settings
from tests.foundation.built import REGION, Built, built, refused, resolved, statement
from tests.foundation.judge import Caller
from tests.reliable.ledger.built_ledger import ADDRESSES, GOVERNANCE, TOOLING
from tests.reliable.promotion.a_promotion import OWNER, a_promotion

Json = dict[str, Any]
MACHINE = f"arn:aws:states:{REGION}:{TOOLING}:stateMachine:acme-late-arrival-promotion"


APPROVERS = ["zoe.martin@acme.example", "bo@acme.example"]


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_promotion)


@pytest.fixture(scope="module")
def by_one_approval() -> Built:
    """Of a model whose retrained versions need one approval."""
    one_approval = OneApproval(risk="low", approvers=APPROVERS)
    return built(lambda stack: a_promotion(stack, one_approval=one_approval))


def policies(found: Built) -> dict[str, Json]:
    """Each statement of the roles' policies, by its sid."""
    documents = [resolved(each["PolicyDocument"]) for each in found.all("AWS::IAM::ManagedPolicy")]
    return {each["Sid"]: each for document in documents for each in document["Statement"]}


def told(found: Built) -> settings.Settings:
    (given,) = {
        resolved(each["Environment"]["Variables"][settings.VARIABLE]) for each in found.all("AWS::Lambda::Function")
    }
    return settings.read({settings.VARIABLE: given})


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_cfn_lint_finds_nothing_in_the_template_nor_in_the_states(found: Built) -> None:
    said = lint(json.dumps(found.body), config=ManualArgs(regions=[REGION]))
    assert [each.message for each in said] == []


def test_functions_are_told_where_everything_is(found: Built) -> None:
    read = told(found)
    assert read.name == "arrivals/late-arrival"
    assert read.machine == MACHINE
    assert read.owner == OWNER
    assert read.ledger_queue == (
        f"https://sqs.{REGION}.amazonaws.com/{GOVERNANCE}/acme_ledger_arrivals_late-arrival.fifo"
    )
    assert read.staging.deploy_role == ADDRESSES.deploy_role("arrivals", "late-arrival", "staging")
    assert read.production.stack == "acme-production-model-late-arrival"
    assert read.production.cloudformation_role.endswith(".cloudformation-production")
    assert (read.approve_role, read.release_role) == ("acme-late-arrival.approve", "acme-late-arrival.release")
    assert read.promise.p99_latency_ms == 200
    assert read.topic  # a reference
    assert read.inputs_sha256 == settings.inputs_sha256([("amount", "number"), ("country", "category")])


def test_without_declared_inputs_no_version_is_compared_with_any() -> None:
    assert told(built(lambda stack: a_promotion(stack, inputs=()))).inputs_sha256 is None


def test_settings_are_read_as_they_were_written(found: Built) -> None:
    read = told(found)
    assert settings.read({settings.VARIABLE: read.to_json()}) == read


def test_the_archive_needs_nothing_that_lambda_does_not_have(tmp_path: Path) -> None:
    zipfile.ZipFile(BytesIO(CODE.content)).extractall(tmp_path)
    modules = ", ".join(handler.rpartition(".")[0] for handler in (REQUEST, TASK))
    # Without site-packages: the standard library and the archive alone, as boto3 is imported once it is needed.
    first = REQUEST.rpartition(".")[0]
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {modules}; print({first}.handler)"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("<function handler")


def test_the_role_becomes_the_deployers_of_this_model_alone(found: Built) -> None:
    assert policies(found)["BecomeTheDeployers"]["Resource"] == [
        f"arn:aws:iam::{account}:role/acme/arrivals/acme-late-arrival.deploy-{name}"
        for account, name in (("555555555555", "staging"), ("666666666666", "production"))
    ]


def test_only_what_takes_no_resource_is_allowed_on_everything(found: Built) -> None:
    everywhere = {sid for sid, each in policies(found).items() if each["Resource"] == ["*"]}
    assert everywhere == {"AnswerWaitingPromotions", "DeliverLogs", "TraceExecutions"}


def test_nobody_but_functions_and_the_machine_takes_the_roles_on(found: Built) -> None:
    trusted = [each["AssumeRolePolicyDocument"]["Statement"] for each in found.all("AWS::IAM::Role")]
    assert sorted(one["Principal"]["Service"][0] for (one,) in trusted) == [
        "lambda.amazonaws.com",
        "states.amazonaws.com",
    ]
    (machine,) = [one for (one,) in trusted if one["Principal"]["Service"] == ["states.amazonaws.com"]]
    assert machine["Condition"] == {
        "StringEquals": {"aws:SourceAccount": TOOLING}, "ArnEquals": {"aws:SourceArn": MACHINE}
    }  # fmt: skip


def test_the_boundary_of_its_account_can_have_all_that_its_roles_do(found: Built) -> None:
    used = {action for each in policies(found).values() for action in each["Action"]}
    assert used <= {*promotion_actions()}
    assert {each["PermissionsBoundary"] for each in found.all("AWS::IAM::Role")} == {
        f"arn:aws:iam::{TOOLING}:policy/acme-tooling-boundary"
    }


def test_everything_it_keeps_is_under_its_key(found: Built) -> None:
    (key,) = [{"Fn::GetAtt": [name, "Arn"]} for name in found.resources("AWS::KMS::Key")]
    assert found.one("AWS::DynamoDB::Table")["SSESpecification"]["KMSMasterKeyId"] == key
    assert found.one("AWS::SQS::Queue")["KmsMasterKeyId"] == key
    assert found.one("AWS::SNS::Topic")["KmsMasterKeyId"] == key
    assert {json.dumps(each["KmsKeyId"]) for each in found.all("AWS::Logs::LogGroup")} == {json.dumps(key)}
    assert {json.dumps(each["KmsKeyArn"]) for each in found.all("AWS::Lambda::Function")} == {json.dumps(key)}
    assert found.one("AWS::StepFunctions::StateMachine")["EncryptionConfiguration"]["KmsKeyId"] == key


def test_the_table_outlives_its_stack_and_every_second_of_it_comes_back(found: Built) -> None:
    ((_, table),) = found.resources("AWS::DynamoDB::Table").items()
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert "DeletionProtectionEnabled" not in table["Properties"], "a failed deploy could not be done again"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_a_decision_that_reaches_no_function_is_tried_again_kept_and_told(found: Built) -> None:
    (queue,) = found.resources("AWS::SQS::Queue")
    rules = {each["Name"]: each for each in found.all("AWS::Events::Rule")}
    for rule in rules.values():
        (target,) = rule["Targets"]
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
        assert target["RetryPolicy"] == {"MaximumRetryAttempts": 24, "MaximumEventAgeInSeconds": 21600}
    functions = {each["FunctionName"]: each for each in found.all("AWS::Lambda::Function")}
    dead = functions["acme-late-arrival-request"]["DeadLetterConfig"]
    assert dead == {"TargetArn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert found.one("AWS::Lambda::EventInvokeConfig")["MaximumRetryAttempts"] == 2
    alarm = found.one("AWS::CloudWatch::Alarm")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "acme-late-arrival-promotion-failed"}]
    (topic,) = found.resources("AWS::SNS::Topic")
    assert alarm["AlarmActions"] == [{"Ref": topic}]
    assert [each["Endpoint"] for each in found.all("AWS::SNS::Subscription")] == [OWNER]


def test_only_its_own_rules_send_to_the_queue_and_call_the_function(found: Built) -> None:
    document = found.one("AWS::SQS::QueuePolicy")["PolicyDocument"]
    rules = [
        f"arn:aws:events:{REGION}:{TOOLING}:rule/acme-late-arrival-{each}" for each in ("decisions", "promotion-ended")
    ]
    assert statement(document, "KeepWhatRulesCouldNotDeliver")["Condition"] == {"ArnEquals": {"aws:SourceArn": rules}}
    permission = found.one("AWS::Lambda::Permission")
    assert (permission["Principal"], permission["SourceArn"]) == ("events.amazonaws.com", rules[0])


def test_decisions_registrations_and_calls_about_this_group_alone_reach_the_function(found: Built) -> None:
    (pattern,) = [
        each["EventPattern"] for each in found.all("AWS::Events::Rule") if each["Name"].endswith("-decisions")
    ]
    assert (pattern["source"], pattern["account"]) == (["aws.sagemaker"], [TOOLING])
    decided, registered, called = pattern["$or"]
    for each in (decided, registered):
        assert each["detail-type"] == ["SageMaker Model Package State Change"]
        assert each["detail"]["ModelPackageGroupName"] == ["arrivals-late-arrival"]
    assert decided["detail"]["UpdatedModelPackageFields"] == ["ModelApprovalStatus", "ModelLifeCycle"]
    assert registered["detail"]["ModelApprovalStatus"] == ["PendingManualApproval"]
    versions = f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/arrivals-late-arrival/"
    assert called == {
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["sagemaker.amazonaws.com"],
            "eventName": ["UpdateModelPackage"],
            "errorCode": [{"exists": False}],
            "requestParameters": {"modelPackageArn": [{"prefix": versions}]},
        },
    }


def test_the_log_of_the_machine_has_all_but_the_data_which_holds_tokens(found: Built) -> None:
    logging = found.one("AWS::StepFunctions::StateMachine")["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)


def test_every_notice_comes_of_an_end_that_was_not_told(found: Built) -> None:
    (pattern,) = [each["EventPattern"] for each in found.all("AWS::Events::Rule") if each["Name"].endswith("-ended")]
    assert pattern["detail"]["stateMachineArn"] == [MACHINE]
    assert pattern["detail"]["$or"] == [
        {"status": ["TIMED_OUT", "ABORTED"]},
        {"status": ["FAILED"], "error": [{"anything-but": ["PromotionFailed"]}]},
        {"status": ["FAILED"], "error": [{"exists": False}]},
    ]


@pytest.mark.parametrize(
    "options", [{"longest_minutes": 29}, {"longest_minutes": 721}, {"addresses": replace(ADDRESSES, production=None)}]
)
def test_what_cannot_be_is_refused_before_anything_is_made(options: Json) -> None:
    def make(stack: Stack) -> None:
        a_promotion(stack, **options)

    message, made = refused(make)
    assert message.startswith("REL-070")
    assert [each for each in made if "Promotion" in each] == []


@pytest.mark.parametrize(
    "options",
    [
        {"one_approval": OneApproval(risk="high", approvers=APPROVERS)},
        {"one_approval": OneApproval(risk="none", approvers=APPROVERS)},
        {"one_approval": OneApproval(risk="low", approvers=[])},
        {"one_approval": OneApproval(risk="low", approvers=APPROVERS), "has_endpoint": False},
    ],
)
def test_one_approval_is_refused_for_high_risk_without_approvers_and_without_an_endpoint(options: Json) -> None:
    message, made = refused(lambda stack: a_promotion(stack, **options))
    assert message.startswith("REL-083")
    assert [each for each in made if "Promotion" in each] == []


def test_without_a_class_of_risk_every_version_takes_two_approvals(found: Built) -> None:
    assert told(found).one_approval is None
    assert "one_approval" not in json.dumps(found.body)
    (machine,) = found.all("AWS::StepFunctions::StateMachine")
    assert "risk" not in machine["DefinitionString"]
    assert "Condition" not in policies(found)["RememberPromotions"]
    assert "ReadRunsOfRetraining" not in policies(found)


class TestOneApproval:
    def test_the_packs_and_cfn_lint_find_nothing(self, by_one_approval: Built) -> None:
        assert by_one_approval.findings == ()
        said = lint(json.dumps(by_one_approval.body), config=ManualArgs(regions=[REGION]))
        assert [each.message for each in said] == []

    def test_the_template_says_so_to_whoever_reviews_it(self, by_one_approval: Built) -> None:
        rule = told(by_one_approval).one_approval
        assert rule is not None
        assert (rule.risk, rule.starter) == ("low", ADDRESSES.retraining_name("late-arrival"))
        assert rule.pipeline_role == ADDRESSES.pipeline_role_name("late-arrival")
        (machine,) = by_one_approval.all("AWS::StepFunctions::StateMachine")
        assert "of low risk" in json.dumps(resolved(machine["DefinitionString"]))

    def test_the_functions_read_what_retraining_remembers_and_cannot_write_it(self, by_one_approval: Built) -> None:
        own, others = (policies(by_one_approval)[sid] for sid in ("RememberPromotions", "ReadRunsOfRetraining"))
        for each, partition in ((own, "late-arrival"), (others, "late-arrival#retraining")):
            assert each["Condition"] == {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [partition]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            }
        assert set(others["Action"]) == {"dynamodb:GetItem", "dynamodb:Query"}

    def test_iam_lets_them_read_runs_and_write_none(self, by_one_approval: Built) -> None:
        documents = [{"Statement": list(policies(by_one_approval).values())}]
        role, table = Caller(policies=documents, account=TOOLING), ADDRESSES.releases_table("late-arrival")
        for action in ("GetItem", "Query", "PutItem", "DeleteItem"):
            asked, reads = f"dynamodb:{action}", action in ("GetItem", "Query")
            assert role.may(asked, table, dynamodb__LeadingKeys=["late-arrival"])
            assert role.may(asked, table, dynamodb__LeadingKeys=["late-arrival#retraining"]) is reads
            assert not role.may(asked, table, dynamodb__LeadingKeys=["late-arrival", "late-arrival#retraining"])
            assert not role.may(asked, table)

    def test_each_approver_has_a_mail_of_it_and_alone_of_it(self, by_one_approval: Built) -> None:
        rule = told(by_one_approval).one_approval
        assert rule is not None
        mails = [resolved(each) for each in by_one_approval.all("AWS::SNS::Subscription")]
        assert sorted(each["Endpoint"] for each in mails) == sorted([*APPROVERS, OWNER])
        assert {each["Endpoint"] for each in mails if each["TopicArn"] == rule.topic} == {*APPROVERS}
        topics = policies(by_one_approval)["TellTheOwner"]["Resource"]
        assert resolved(topics) == [told(by_one_approval).topic, rule.topic]

    def test_the_boundary_of_its_account_can_have_all_that_its_roles_do(self, by_one_approval: Built) -> None:
        actions = {a for s in policies(by_one_approval).values() for a in _listed(s["Action"])}
        assert actions <= set(promotion_actions())


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_without_a_channel_only_the_owners_topic_is_spoken_to(found: Built) -> None:
    assert told(found).chat_topic == ""
    (topic,) = found.resources("AWS::SNS::Topic")
    assert policies(found)["TellTheOwner"]["Resource"] == [topic]


def test_where_a_channel_shows_it_the_functions_may_speak_there_too() -> None:
    chat = f"arn:aws:sns:{REGION}:{TOOLING}:acme-chat"
    found = built(lambda stack: a_promotion(stack, chat_topic_arn=chat))
    assert told(found).chat_topic == chat
    assert chat in policies(found)["TellTheOwner"]["Resource"]

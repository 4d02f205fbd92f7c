"""LambdaFunction: encrypted, logged, and nothing that fails unseen."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack

import mlops_stages.runtime.ledger as some_code
from mlops_stages.foundation import (
    CustomerManagedKey,
    EncryptedLogGroup,
    FunctionCode,
    LambdaFunction,
    ServiceRole,
    functions_may_encrypt,
    logs_may_encrypt,
    run_functions,
    trust_in_lambda,
    trust_policy,
)
from tests.foundation.built import ACCOUNT, BOUNDARY, HERE, Built, built, refused, resolved
from tests.foundation.judge import Caller, Service

CODE = FunctionCode(paths=[Path(some_code.__file__).parent])
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:acme-count"
DEAD = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dead"
WHY = "A test calls it, and waits."


def function(stack: Stack, **options: Any) -> None:  # noqa: ANN401
    key = CustomerManagedKey(
        stack,
        "Key",
        perimeter=HERE,
        alias="acme/count",
        description="for a test",
        statements=[*logs_may_encrypt(HERE), *functions_may_encrypt(HERE)],
    )
    logs = EncryptedLogGroup(stack, "Logs", key=key)
    role = ServiceRole(
        stack,
        "Role",
        perimeter=HERE,
        service="lambda.amazonaws.com",
        description="Counts",
        permissions_boundary_arn=BOUNDARY,
        service_hides_its_source=True,
        statements=run_functions(
            HERE, [options.get("name", "acme-count")], log_group_arn=logs.log_group_arn, key_arn=key.key_arn
        ),
    )
    given: dict[str, Any] = {
        "name": "acme-count",
        "description": "Counts.",
        "handler": "ledger.writer.handler",
        "environment": {"WHAT": "sheep"},
        "never_called_asynchronously": WHY,
        **options,
    }
    LambdaFunction(
        stack,
        "Function",
        code=CODE.placed(stack),
        role_arn=role.role_arn,
        log_group=logs,
        key_arn=key.key_arn,
        **given,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    """A function with no option given."""
    return built(function)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_it_runs_on_the_newest_python_on_arm(found: Built) -> None:
    made = found.one("AWS::Lambda::Function")
    assert (made["Runtime"], made["Architectures"]) == ("python3.14", ["arm64"])
    assert made["Code"]["S3Key"] == f"{CODE.sha256}.zip"


def test_its_environment_and_its_logs_are_under_the_key(found: Built) -> None:
    made = found.one("AWS::Lambda::Function")
    (key,) = found.resources("AWS::KMS::Key")
    (group,) = found.resources("AWS::Logs::LogGroup")
    assert made["KmsKeyArn"] == {"Fn::GetAtt": [key, "Arn"]}
    assert made["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": group}}
    assert found.one("AWS::Logs::LogGroup")["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]}


def test_its_role_writes_its_logs_and_reads_its_own_environment_alone(found: Built) -> None:
    policy = resolved(found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"])
    (key,) = found.resources("AWS::KMS::Key")
    (group,) = found.resources("AWS::Logs::LogGroup")
    caller = Caller(policies=[policy])
    own = {"kms__EncryptionContext__aws__lambda__FunctionArn": FUNCTION}
    other = {"kms__EncryptionContext__aws__lambda__FunctionArn": f"{FUNCTION}-others"}
    assert caller.may("logs:PutLogEvents", f"{group}.Arn")
    assert not caller.may("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:other:*")
    assert caller.may("kms:Decrypt", f"{key}.Arn", **own)
    assert not caller.may("kms:Decrypt", f"{key}.Arn", **other)
    assert not caller.may("kms:Decrypt", f"{key}.Arn")


def test_the_key_serves_functions_of_this_account_and_deploys_through_lambda(found: Built) -> None:
    policy = resolved(found.one("AWS::KMS::Key")["KeyPolicy"], {"AWS::AccountId": ACCOUNT})
    mine = {"kms__CallerAccount": ACCOUNT}
    through = {**mine, "kms__ViaService": "lambda.eu-west-1.amazonaws.com"}
    whose = {**mine, "kms__EncryptionContext__aws__lambda__FunctionArn": FUNCTION}
    assert Caller().passes(policy, "kms:Decrypt", **whose) == "Allow"
    assert Caller().passes(policy, "kms:Encrypt", **through) == "Allow"
    assert Caller().passes(policy, "kms:Encrypt", **whose) != "Allow"
    assert Caller().passes(policy, "kms:Decrypt", **mine) != "Allow"
    assert Caller().passes(policy, "kms:CreateGrant", **through) != "Allow"
    assert Caller().passes(policy, "kms:CreateGrant", **through, kms__GrantIsForAWSResource="true") == "Allow"


def test_lambda_takes_the_role_on_for_no_other_account() -> None:
    trust = trust_policy([trust_in_lambda(HERE)])
    assert Service(principal="lambda.amazonaws.com").passes(trust, "sts:AssumeRole") == "Allow"
    other = Service(principal="lambda.amazonaws.com", account="999999999999")
    assert other.passes(trust, "sts:AssumeRole") != "Allow"
    assert Service(principal="states.amazonaws.com").passes(trust, "sts:AssumeRole") != "Allow"


def test_what_fails_every_time_goes_to_the_queue_that_is_given() -> None:
    found = built(lambda stack: function(stack, dead_letter_queue_arn=DEAD, never_called_asynchronously=None))
    assert found.one("AWS::Lambda::Function")["DeadLetterConfig"] == {"TargetArn": DEAD}
    assert found.findings == ()


def test_without_a_queue_for_what_fails_there_must_be_a_reason() -> None:
    for options in ({"never_called_asynchronously": None}, {"dead_letter_queue_arn": DEAD}):
        message, _ = refused(lambda stack, options=options: function(stack, **options))
        assert message.startswith("FND-096: Function: give a dead-letter queue, or say why")


@pytest.mark.parametrize("options", [{"name": "a" * 65}, {"timeout_seconds": 901}, {"timeout_seconds": 0}])
def test_a_name_or_a_time_over_the_limits_of_lambda_is_refused(options: dict[str, Any]) -> None:
    message, made = refused(lambda stack: function(stack, **options))
    assert message.startswith("FND-095: Function: ")
    assert [each for each in made if "Function" in each] == []

"""EncryptedLogGroup: under a key that only this account's log groups use."""

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import EncryptedLogGroup
from tests.foundation.built import Built, a_key, built
from tests.foundation.judge import Service

LOGS = Service(principal="logs.eu-west-1.amazonaws.com")
CONTEXT = "kms__EncryptionContext__aws__logs__arn"


@pytest.fixture(scope="module")
def found() -> Built:
    """A group with no option given."""

    def make(stack: Stack) -> None:
        EncryptedLogGroup(stack, "Group", key=a_key(stack))

    return built(make)


def test_a_group_is_encrypted_and_kept_for_a_year(found: Built) -> None:
    group = found.one("AWS::Logs::LogGroup")
    (key,) = found.resources("AWS::KMS::Key")
    assert group == {"KmsKeyId": {"Fn::GetAtt": [key, "Arn"]}, "RetentionInDays": 365}


def test_a_group_outlives_its_stack(found: Built) -> None:
    (group,) = found.resources("AWS::Logs::LogGroup").values()
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_days_are_the_callers() -> None:
    found = built(lambda stack: EncryptedLogGroup(stack, "Group", key=a_key(stack), keep_days=30))
    assert found.one("AWS::Logs::LogGroup")["RetentionInDays"] == 30


def test_the_key_encrypts_log_groups_of_this_account_only(found: Built) -> None:
    policy = found.one("AWS::KMS::Key")["KeyPolicy"]
    group = "arn:aws:logs:eu-west-1:111111111111:log-group:any"
    assert LOGS.passes(policy, "kms:GenerateDataKey", **{CONTEXT: group}) == "Allow"
    for elsewhere in (group.replace("111111111111", "999999999999"), group.replace("eu-west-1", "us-east-1")):
        assert LOGS.passes(policy, "kms:GenerateDataKey", **{CONTEXT: elsewhere}) == "ImplicitDeny"
    assert LOGS.passes(policy, "kms:GenerateDataKey") == "ImplicitDeny"
    assert Service(principal="logs.us-east-1.amazonaws.com").passes(policy, "kms:Decrypt") == "ImplicitDeny"


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()

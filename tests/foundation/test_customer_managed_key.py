"""CustomerManagedKey: who administers it, who may use it, and through what."""

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import CustomerManagedKey, Statement
from mlops_stages.foundation.customer_managed_key import ADMINISTRATION
from tests.foundation.built import (
    ACCOUNT,
    HERE,
    Built,
    Json,
    a_role,
    a_service,
    built,
    refused,
    resolved,
    sids,
    statement,
)
from tests.foundation.judge import Caller

USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
ANYONE = Caller()
STRANGER = Caller(account="999999999999", organization="o-stranger00")


@pytest.fixture(scope="module")
def key() -> Built:
    """A key with no option but its name."""
    return built(lambda stack: CustomerManagedKey(stack, "Key", perimeter=HERE, alias="acme/data", description="Data"))


@pytest.fixture(scope="module")
def used() -> Json:
    """The policy of a key that is used through S3."""
    stack = built(
        lambda stack: CustomerManagedKey(
            stack, "Key", perimeter=HERE, alias="acme/data", description="Data", via=["s3", "sagemaker"]
        )
    )
    return stack.one("AWS::KMS::Key")["KeyPolicy"]


def test_a_key_is_a_key_and_its_alias(key: Built) -> None:
    assert key.types == {"AWS::KMS::Key": 1, "AWS::KMS::Alias": 1}
    assert key.one("AWS::KMS::Alias")["AliasName"] == "alias/acme/data"
    assert key.findings == ()


def test_a_key_is_rotated_and_takes_a_month_to_delete(key: Built) -> None:
    properties = key.one("AWS::KMS::Key")
    assert properties["EnableKeyRotation"] is True
    assert properties["PendingWindowInDays"] == 30
    assert "KeySpec" not in properties
    assert "MultiRegion" not in properties


def test_a_key_outlives_its_stack(key: Built) -> None:
    (resource,) = key.resources("AWS::KMS::Key").values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_a_key_policy_writes_out_its_actions(used: Json) -> None:
    assert not [action for each in used["Statement"] for action in each["Action"] if "*" in action]


@pytest.mark.parametrize("action", [*USE, "kms:CreateGrant", "kms:ReEncryptFrom", "kms:GenerateDataKeyPair"])
def test_administrators_cannot_use_the_key(key: Built, action: str) -> None:
    assert ANYONE.passes(key.one("AWS::KMS::Key")["KeyPolicy"], action) == "ImplicitDeny"


@pytest.mark.parametrize("action", ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:EnableKeyRotation"])
def test_administrators_can_administer_the_key(key: Built, action: str) -> None:
    assert action in ADMINISTRATION
    assert ANYONE.passes(key.one("AWS::KMS::Key")["KeyPolicy"], action) == "Allow"


def test_a_key_without_services_has_administrators_only(key: Built) -> None:
    assert sids(key.one("AWS::KMS::Key")["KeyPolicy"]) == ["AdministratorsManageButDoNotDecrypt"]


@pytest.mark.parametrize("action", USE)
def test_the_accounts_principals_use_the_key_through_the_services_only(used: Json, action: str) -> None:
    through = {"kms__CallerAccount": ACCOUNT}
    assert ANYONE.passes(used, action, kms__ViaService="s3.eu-west-1.amazonaws.com", **through) == "Allow"
    assert ANYONE.passes(used, action, kms__ViaService="s3.us-east-1.amazonaws.com", **through) == "ImplicitDeny"
    assert ANYONE.passes(used, action, kms__ViaService="ssm.eu-west-1.amazonaws.com", **through) == "ImplicitDeny"
    assert ANYONE.passes(used, action) == "ImplicitDeny"


def test_another_account_does_not_use_the_key_through_a_service(used: Json) -> None:
    through = {"kms__ViaService": "s3.eu-west-1.amazonaws.com", "kms__CallerAccount": STRANGER.account}
    assert STRANGER.passes(used, "kms:Decrypt", **through) == "ImplicitDeny"


def test_grants_are_for_aws_services_only(used: Json) -> None:
    through = {"kms__ViaService": "sagemaker.eu-west-1.amazonaws.com", "kms__CallerAccount": ACCOUNT}
    assert ANYONE.passes(used, "kms:CreateGrant", kms__GrantIsForAWSResource="true", **through) == "Allow"
    assert ANYONE.passes(used, "kms:CreateGrant", kms__GrantIsForAWSResource="false", **through) == "ImplicitDeny"
    assert ANYONE.passes(used, "kms:CreateGrant", **through) == "ImplicitDeny"


def test_further_statements_follow() -> None:
    own = Statement(sid="SomethingElse", principals={"Service": ["x.amazonaws.com"]}, actions=["kms:Decrypt"])
    key = built(
        lambda stack: CustomerManagedKey(
            stack, "Key", perimeter=HERE, alias="acme/x", description="x", statements=[own]
        )
    )
    policy = key.one("AWS::KMS::Key")["KeyPolicy"]
    assert statement(policy, "SomethingElse") == own.to_json()


@pytest.fixture(scope="module")
def granted() -> Built:
    """A key that one role decrypts with, and another encrypts too."""

    def make(stack: Stack) -> None:
        key = CustomerManagedKey(stack, "Key", perimeter=HERE, alias="acme/x", description="x")
        reader = a_role(stack, "Reader")
        writer = a_role(stack, "Writer")
        assert key.grant_decrypt(reader).success
        assert key.grant_encrypt_decrypt(writer).success

    return built(make)


def test_a_grant_widens_the_keys_policy_and_the_roles(granted: Built) -> None:
    key_policy = granted.one("AWS::KMS::Key")["KeyPolicy"]
    policies = {p["PolicyName"][:6]: p["PolicyDocument"] for p in granted.all("AWS::IAM::Policy")}
    (key_id,) = granted.resources("AWS::KMS::Key")
    for sid, name in (("Granted1", "Reader"), ("Granted2", "Writer")):
        of_key, (of_role,) = statement(key_policy, sid), policies[name]["Statement"]
        assert of_key["Principal"]["AWS"][0]["Fn::GetAtt"][0].startswith(name)
        assert sorted(of_role["Action"]) == of_key["Action"]
        assert resolved(of_role["Resource"]) == f"{key_id}.Arn"


def test_a_reader_cannot_encrypt(granted: Built) -> None:
    assert statement(granted.one("AWS::KMS::Key")["KeyPolicy"], "Granted1")["Action"] == [
        "kms:Decrypt",
        "kms:DescribeKey",
    ]


def test_a_grant_to_a_service_is_refused_and_changes_nothing() -> None:
    def make(stack: Stack) -> None:
        key = CustomerManagedKey(stack, "Key", perimeter=HERE, alias="acme/x", description="x")
        key.grant_decrypt(a_service())

    message, _ = refused(make)
    assert message.startswith("FND-070")


def test_the_key_as_the_cdk_knows_it_is_the_same_key() -> None:
    def make(stack: Stack) -> None:
        key = CustomerManagedKey(stack, "Key", perimeter=HERE, alias="acme/x", description="x")
        assert key.key is key.key
        assert key.key.key_arn == key.key_arn

    assert built(make).types == {"AWS::KMS::Key": 1, "AWS::KMS::Alias": 1}

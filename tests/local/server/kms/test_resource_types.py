"""Keys and aliases through CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.clients import LocalAws
from tests.local.stacks import RefusedStackError, Stack, Value, ref, resource


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def key(account: str, **more: Value) -> dict[str, Any]:
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    return resource("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": [root]}, **more)


def test_a_key_keeps_policy_rotation_and_tags(stack: Stack) -> None:
    wanted = key(
        stack.account,
        Description="data",
        EnableKeyRotation=True,
        RotationPeriodInDays=180,
        PendingWindowInDays=7,
        Tags=[{"Key": "team", "Value": "fraud"}],
    )
    stack.create({"Key": wanted, "Alias": resource("AWS::KMS::Alias", AliasName="alias/data", TargetKeyId=ref("Key"))})
    kms, key_id = stack.client("kms"), stack.id_of("Key")
    assert kms.describe_key(KeyId="alias/data")["KeyMetadata"]["KeyId"] == key_id
    rotation = kms.get_key_rotation_status(KeyId=key_id)
    assert (rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]) == (True, 180)
    assert {"TagKey": "team", "TagValue": "fraud"} in kms.list_resource_tags(KeyId=key_id)["Tags"]
    said = json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
    assert said == wanted["Properties"]["KeyPolicy"]


def test_a_deleted_key_waits_as_long_as_its_template_says(stack: Stack) -> None:
    stack.create({"Key": key(stack.account, PendingWindowInDays=7)})
    key_id = stack.id_of("Key")
    stack.delete()
    found = stack.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]
    assert found["KeyState"] == "PendingDeletion"
    assert 6 <= (found["DeletionDate"] - found["CreationDate"]).days <= 7


@pytest.mark.parametrize("days", [{"PendingWindowInDays": 3}, {"RotationPeriodInDays": 30, "EnableKeyRotation": True}])
def test_days_that_kms_would_refuse_are_refused(stack: Stack, days: dict[str, Any]) -> None:
    with pytest.raises(RefusedStackError, match=next(iter(days))):
        stack.create({"Key": key(stack.account, **days)})


def test_an_alias_needs_its_key(stack: Stack) -> None:
    target = "11111111-2222-3333-4444-555555555555"
    with pytest.raises(RefusedStackError, match="NotFoundException"):
        stack.create({"Alias": resource("AWS::KMS::Alias", AliasName="alias/data", TargetKeyId=target)})
    assert stack.client("kms").list_aliases()["Aliases"] == []

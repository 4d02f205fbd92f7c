"""LedgerHeads: one role signs, another account than the ledger's, and silence is told."""

import pytest

from tests.foundation.built import Built
from tests.foundation.judge import Caller
from tests.reliable.ledger.built_ledger import (
    ADDRESSES,
    TOOLING,
    bucket_policy,
    deploying,
    heads,
    key_policy,
    policy_of,
    verdict,
)

BUCKET = f"arn:aws:s3:::{ADDRESSES.heads_bucket}"
HEAD = f"{BUCKET}/heads/arrivals/late-arrival/000000000001.json"
SIGNER, WRITER = ADDRESSES.ledger_signer_role, ADDRESSES.ledger_writer_role
ADMINISTRATOR, ROOT = f"arn:aws:iam::{TOOLING}:role/Administrator", f"arn:aws:iam::{TOOLING}:root"


@pytest.fixture(scope="module")
def found() -> Built:
    return heads()


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_key_is_ecdsa_on_p256_and_outlives_its_stack(found: Built) -> None:
    (key,) = [each for each in found.resources("AWS::KMS::Key").values() if "KeySpec" in each["Properties"]]
    assert (key["Properties"]["KeySpec"], key["Properties"]["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_signer_alone_signs(found: Built) -> None:
    policy = key_policy(found, ADDRESSES.signing_key_alias)
    assert verdict(policy, SIGNER, "kms:Sign", "*") == "Allow"
    others = (ADMINISTRATOR, ROOT, WRITER, deploying(TOOLING), ADDRESSES.ledger_auditor_role)
    assert {verdict(policy, role, "kms:Sign", "*") for role in others} == {"Deny"}
    assert {verdict(policy, role, "kms:CreateGrant", "*") for role in (*others, SIGNER)} == {"Deny"}


def test_nobody_ends_the_signing_key_but_a_create_that_fails(found: Built) -> None:
    policy = key_policy(found, ADDRESSES.signing_key_alias)
    for action in ("kms:ScheduleKeyDeletion", "kms:DisableKey"):
        assert {verdict(policy, role, action, "*") for role in (ADMINISTRATOR, ROOT, SIGNER)} == {"Deny"}
        assert verdict(policy, deploying(TOOLING), action, "*") == "Allow"


def test_auditors_fetch_the_public_key_from_the_ledgers_account(found: Built) -> None:
    policy = key_policy(found, ADDRESSES.signing_key_alias)
    assert verdict(policy, ADDRESSES.ledger_auditor_role, "kms:GetPublicKey", "*") == "Allow"
    assert verdict(policy, WRITER, "kms:GetPublicKey", "*") == "ImplicitDeny"


def test_the_signer_alone_adds_heads_each_once(found: Built) -> None:
    policy = bucket_policy(found, ADDRESSES.heads_bucket)
    new = {"s3__if-none-match": "*"}
    assert verdict(policy, SIGNER, "s3:PutObject", HEAD, **new) != "Deny"
    assert verdict(policy, SIGNER, "s3:PutObject", HEAD) == "Deny"
    assert {verdict(policy, role, "s3:PutObject", HEAD, **new) for role in (ADMINISTRATOR, ROOT, WRITER)} == {"Deny"}
    assert {verdict(policy, role, "s3:DeleteObject", HEAD) for role in (SIGNER, ROOT, deploying(TOOLING))} == {"Deny"}


def test_the_signer_reads_the_ledger_and_can_add_nothing_to_it(found: Built) -> None:
    signer = Caller(policies=[policy_of(found, SIGNER)])
    record = f"arn:aws:s3:::{ADDRESSES.ledger_bucket}/ledger/arrivals/late-arrival/000000000001.json"
    assert signer.may("s3:GetObjectVersion", record)
    assert not signer.may("s3:PutObject", record)
    assert signer.may("s3:PutObject", HEAD)


def test_it_signs_twice_a_day_and_keeps_what_failed(found: Built) -> None:
    schedule = found.one("AWS::Scheduler::Schedule")
    (queue,) = found.resources("AWS::SQS::Queue")
    assert schedule["ScheduleExpression"] == "rate(12 hours)"
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert found.one("AWS::Lambda::Function")["DeadLetterConfig"] == {"TargetArn": {"Fn::GetAtt": [queue, "Arn"]}}


def test_heads_are_signed_as_they_are_deployed_before_silence_is_an_alarm(found: Built) -> None:
    (schedule,) = found.resources("AWS::Scheduler::Schedule")
    assert "StartDate" not in found.one("AWS::Scheduler::Schedule")  # then a rate's first run is at once
    (alarm,) = (
        each
        for each in found.body["Resources"].values()
        if each.get("Properties", {}).get("AlarmName") == "acme-ledger-heads-missing"
    )
    assert schedule in alarm["DependsOn"]


def test_a_ledger_that_is_not_signed_is_told_and_so_is_silence(found: Built) -> None:
    alarms = {each["AlarmName"]: each for each in found.all("AWS::CloudWatch::Alarm")}
    assert alarms["acme-ledger-heads-not-signed"]["MetricName"] == "Errors"
    missing = alarms["acme-ledger-heads-missing"]
    (judged,) = [each for each in missing["Metrics"] if each["ReturnData"]]
    assert judged["Expression"] == "FILL(calls, 0) - FILL(failures, 0)"
    assert (missing["EvaluationPeriods"], missing["DatapointsToAlarm"], missing["TreatMissingData"]) == (
        25,
        25,
        "breaching",
    )
    assert {each["MetricStat"]["Period"] for each in missing["Metrics"] if "MetricStat" in each} == {3600}

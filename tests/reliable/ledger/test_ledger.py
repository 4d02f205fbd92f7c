"""Ledger: one writer, each record once, nobody deletes, and who administers is told of."""

import json
from dataclasses import replace

import pytest
from aws_cdk import Stack
from aws_cdk import aws_s3 as s3

from mlops_stages.foundation import CustomerManagedKey, IamSignIn
from mlops_stages.platform.names import MODEL_NAME_LONGEST, TEAM_NAME_LONGEST
from mlops_stages.platform.risk import MOST_BY_ONE_APPROVAL
from mlops_stages.reliable.ledger import Ledger
from mlops_stages.reliable.ledger.written_once_bucket import WrittenOnceBucket
from mlops_stages.runtime.ledger.keeping import RETENTION_YEARS
from tests.foundation.built import HERE, Built, built, refused
from tests.foundation.judge import Caller
from tests.reliable.ledger.built_ledger import (
    ADDRESSES,
    AUDITOR,
    GOVERNANCE,
    a_ledger,
    bucket_policy,
    deploying,
    key_policy,
    ledger,
    perimeter,
    policy_of,
    verdict,
)

BUCKET = f"arn:aws:s3:::{ADDRESSES.ledger_bucket}"
RECORD = f"{BUCKET}/ledger/arrivals/late-arrival/000000000001.json"
WRITER, SIGNER = ADDRESSES.ledger_writer_role, ADDRESSES.ledger_signer_role
ADMINISTRATOR = f"arn:aws:iam::{GOVERNANCE}:role/Administrator"
ROOT = f"arn:aws:iam::{GOVERNANCE}:root"
NEW = {"s3__if_none_match": "*"}


def asked(action: str, role: str, resource: str = RECORD, **context: str) -> str:
    given = {name.replace("s3__if_none_match", "s3__if-none-match"): value for name, value in context.items()}
    return verdict(bucket_policy(ledger(AUDITOR), ADDRESSES.ledger_bucket), role, action, resource, **given)


@pytest.fixture(scope="module")
def found() -> Built:
    return ledger(AUDITOR)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
    assert ledger().findings == ()


def test_records_are_locked_in_compliance_mode_for_years_that_are_never_short(found: Built) -> None:
    (bucket,) = [each for each in found.all("AWS::S3::Bucket") if each.get("BucketName") == ADDRESSES.ledger_bucket]
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3660}}}
    assert bucket["ObjectLockConfiguration"] == lock
    assert RETENTION_YEARS * 366 == 3660
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert [rule["Id"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == ["AbortIncompleteUploads"]


def test_bucket_and_key_outlive_their_stack_but_not_a_create_that_failed(found: Built) -> None:
    (key,) = [
        each["TargetKeyId"]["Ref"] for each in found.all("AWS::KMS::Alias") if each["AliasName"] == "alias/acme/ledger"
    ]
    kept = [found.body["Resources"][key], *found.resources("AWS::S3::Bucket").values()]
    assert {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in kept} == {
        ("RetainExceptOnCreate", "Retain")
    }


def test_the_writer_adds_records_and_writes_over_none() -> None:
    assert asked("s3:PutObject", WRITER, **NEW) != "Deny"
    assert asked("s3:PutObject", WRITER) == "Deny"


@pytest.mark.parametrize("role", [ADMINISTRATOR, ROOT, SIGNER, deploying(GOVERNANCE), ADDRESSES.ledger_auditor_role])
def test_nobody_else_adds_a_record(role: str) -> None:
    assert asked("s3:PutObject", role, **NEW) == "Deny"


@pytest.mark.parametrize("role", [WRITER, ADMINISTRATOR, ROOT, deploying(GOVERNANCE)])
@pytest.mark.parametrize(
    "action",
    [
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutObjectRetention",
        "s3:PutObjectLegalHold",
        "s3:BypassGovernanceRetention",
        "s3:ReplicateObject",
        "s3:ReplicateDelete",
    ],
)
def test_nobody_hides_replaces_or_frees_a_record(role: str, action: str) -> None:
    assert asked(action, role) == "Deny"


@pytest.mark.parametrize(
    "action",
    [
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:PutBucketVersioning",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutReplicationConfiguration",
        "s3:PutEncryptionConfiguration",
    ],
)
def test_who_deploys_changes_the_bucket_and_nobody_else(action: str) -> None:
    assert asked(action, deploying(GOVERNANCE), BUCKET) != "Deny"
    assert {asked(action, role, BUCKET) for role in (ADMINISTRATOR, ROOT, WRITER)} == {"Deny"}


def test_the_signer_and_the_auditors_read_from_other_accounts_and_no_other_role_does() -> None:
    for role in (SIGNER, ADDRESSES.ledger_auditor_role):
        assert asked("s3:GetObjectVersion", role) == "Allow"
        assert asked("s3:ListBucketVersions", role, BUCKET) == "Allow"
    stranger = ADDRESSES.promote_role("arrivals", "late-arrival")
    assert asked("s3:GetObjectVersion", stranger) == "ImplicitDeny"


def test_without_auditors_there_is_no_role_for_them() -> None:
    names = [each.get("RoleName") for each in ledger().all("AWS::IAM::Role")]
    assert "acme-platform.audit-ledger" not in names
    policy = bucket_policy(ledger(), ADDRESSES.ledger_bucket)
    assert verdict(policy, ADDRESSES.ledger_auditor_role, "s3:GetObjectVersion", RECORD) == "ImplicitDeny"


def test_the_key_encrypts_what_promotions_send_and_nothing_else_of_theirs(found: Built) -> None:
    policy = key_policy(found, ADDRESSES.ledger_key_alias)
    promotion = ADDRESSES.promote_role("arrivals", "late-arrival")
    sqs, s3 = ({"kms__ViaService": f"{service}.eu-west-1.amazonaws.com"} for service in ("sqs", "s3"))
    assert verdict(policy, promotion, "kms:GenerateDataKey", "*", **sqs) == "Allow"
    assert verdict(policy, promotion, "kms:Decrypt", "*", **s3) == "ImplicitDeny"
    assert verdict(policy, f"{promotion}r", "kms:GenerateDataKey", "*", **sqs) == "ImplicitDeny"
    assert verdict(policy, SIGNER, "kms:Decrypt", "*", **s3) == "Allow"


def test_it_encrypts_what_retraining_sends_where_a_model_is_retrained() -> None:
    retraining = ADDRESSES.retrain_role("arrivals", "late-arrival")
    sqs, s3 = ({"kms__ViaService": f"{service}.eu-west-1.amazonaws.com"} for service in ("sqs", "s3"))
    policy = key_policy(ledger(retrains=True), ADDRESSES.ledger_key_alias)
    assert verdict(policy, retraining, "kms:GenerateDataKey", "*", **sqs) == "Allow"
    assert verdict(policy, retraining, "kms:Decrypt", "*", **s3) == "ImplicitDeny"
    without = key_policy(ledger(), ADDRESSES.ledger_key_alias)
    assert verdict(without, retraining, "kms:GenerateDataKey", "*", **sqs) == "ImplicitDeny"


@pytest.mark.parametrize("action", ["kms:ScheduleKeyDeletion", "kms:DisableKey"])
def test_nobody_ends_the_key_but_a_create_that_fails(found: Built, action: str) -> None:
    policy = key_policy(found, ADDRESSES.ledger_key_alias)
    assert {verdict(policy, role, action, "*") for role in (ADMINISTRATOR, ROOT, WRITER)} == {"Deny"}
    assert verdict(policy, deploying(GOVERNANCE), action, "*") == "Allow"


def test_the_writer_may_take_messages_of_models_and_nothing_of_the_signer(found: Built) -> None:
    writer = Caller(policies=[policy_of(found, WRITER)])
    queues = (ADDRESSES.ledger_queue("arrivals", "late-arrival"), ADDRESSES.ledger_queue("any", "other"))
    assert all(writer.may("sqs:ReceiveMessage", queue) for queue in queues)
    assert not writer.may("sqs:ReceiveMessage", f"arn:aws:sqs:eu-west-1:{GOVERNANCE}:other.fifo")
    assert not writer.may("sqs:SendMessage", queues[0])
    assert writer.may("s3:PutObject", RECORD)
    assert not writer.may("s3:PutObject", f"{BUCKET}/elsewhere/1.json")
    assert not writer.may("s3:DeleteObjectVersion", RECORD)


def test_the_writer_runs_the_ledgers_own_code_under_the_boundary(found: Built) -> None:
    function = found.one("AWS::Lambda::Function")
    assert function["Handler"] == "ledger.writer.handler"
    assert function["Environment"] == {"Variables": {"LEDGER_BUCKET": ADDRESSES.ledger_bucket}}
    assert all(each.get("PermissionsBoundary") is not None for each in found.all("AWS::IAM::Role"))


def test_the_writer_is_told_of_which_models_a_release_needs_one_approval() -> None:
    by_class = {"medium": ["b/two"], "low": ["b/one", "a/one"]}
    found = built(lambda stack: a_ledger(stack, one_approval=by_class))
    told = found.one("AWS::Lambda::Function")["Environment"]["Variables"]["LEDGER_ONE_APPROVAL"]
    assert json.loads(told) == {"low": ["a/one", "b/one"], "medium": ["b/two"]}


def test_the_names_of_as_many_models_as_may_need_one_approval_fit_the_writers_environment() -> None:
    longest = [f"{'t' * TEAM_NAME_LONGEST}/{'m' * MODEL_NAME_LONGEST}"] * MOST_BY_ONE_APPROVAL
    assert len(json.dumps({"low": longest, "medium": []})) + 200 < 4096


def test_the_boundary_allows_what_the_roles_do_and_no_administration(found: Built) -> None:
    (boundary,) = [
        each for each in found.all("AWS::IAM::ManagedPolicy") if "boundary" in each.get("ManagedPolicyName", "")
    ]
    document = boundary["PolicyDocument"]
    writer = Caller(policies=[policy_of(found, WRITER)], boundary=document)
    assert writer.may("s3:PutObject", RECORD)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    widened = Caller(policies=[everything], boundary=document)
    assert not any(widened.may(action, RECORD) for action in ("s3:DeleteObjectVersion", "s3:PutBucketPolicy"))


def test_a_change_of_the_bucket_or_the_key_is_told(found: Built) -> None:
    rules = {each["Name"]: each["EventPattern"]["detail"] for each in found.all("AWS::Events::Rule")}
    assert rules["acme-ledger-bucket-changed"]["requestParameters"] == {"bucketName": [ADDRESSES.ledger_bucket]}
    assert rules["acme-ledger-bucket-changed"]["readOnly"] == [False]
    assert "PutKeyPolicy" in rules["acme-ledger-key-changed"]["eventName"]


def test_a_writer_that_fails_is_told(found: Built) -> None:
    (alarm,) = [each for each in found.all("AWS::CloudWatch::Alarm") if each["AlarmName"] == "acme-ledger-writer-fails"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("AWS/Lambda", "Errors", 1)
    assert alarm["AlarmActions"] == [{"Ref": next(iter(found.resources("AWS::SNS::Topic")))}]


@pytest.mark.parametrize(("years", "deployed_by"), [(0, ["arn"]), (1, [])])
def test_a_bucket_that_nothing_locks_or_nobody_deploys_is_refused(years: int, deployed_by: list[str]) -> None:
    def make(stack: Stack) -> None:
        key = CustomerManagedKey(stack, "Key", perimeter=HERE, alias="a", description="d")
        WrittenOnceBucket(
            stack,
            "Bucket",
            name="acme-ledger",
            key=key,
            perimeter=HERE,
            access_log_bucket=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
            writer_role_arn=WRITER,
            deployed_by=deployed_by,
            retention_years=years,
        )

    message, made = refused(make)
    assert message.startswith("REL-060: Bucket: ")
    assert not any("/Bucket" in each for each in made)


def test_a_ledger_that_is_shared_without_an_organization_is_refused() -> None:
    alone = replace(perimeter(GOVERNANCE), organization_id=None)

    def make(stack: Stack) -> None:
        Ledger(
            stack,
            "Ledger",
            owner="platform@acme.example",
            perimeter=alone,
            addresses=ADDRESSES,
            auditors=[],
            sign_in=IamSignIn(account=GOVERNANCE),
            deployed_by=["arn"],
        )

    message, made = refused(make)
    assert message.startswith("REP-037: Ledger: ")
    assert made == []

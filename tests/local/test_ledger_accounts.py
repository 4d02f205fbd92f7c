"""The ledger over accounts on the local AWS: by queues and functions, under their own roles, and under attack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import ledger
from mlops_stages.cli.ledger import Asked
from mlops_stages.platform import Platform, Stage, load
from mlops_stages.platform.sign_in import IamSignIn
from mlops_stages.runtime.ledger.records import checksum, file_name, read_record
from mlops_stages.runtime.ledger.values import canonical
from tests.local.clients import LocalAws, refusal
from tests.local.ledger_accounts import AUDITOR, MODELS, LedgerAccounts, deployed
from tests.runtime.ledger.given import entry

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
(TEAM, MODEL), (OTHER_TEAM, OTHER) = MODELS
Answer = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module")
def accounts(local_aws: LocalAws) -> LedgerAccounts:
    """A ledger to which two promotions sent records: twice, in another order, and one that is none; then signed."""
    accounts = deployed(local_aws)
    # Half an hour of attempts is not waited for here: what failed once is put aside.
    aside = accounts.client("sqs").get_queue_attributes(
        QueueUrl=accounts.queue(MODEL, failed=True), AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": aside, "maxReceiveCount": 1})
    accounts.client("sqs").set_queue_attributes(
        QueueUrl=accounts.queue(MODEL), Attributes={"VisibilityTimeout": "1", "RedrivePolicy": redrive}
    )
    for number in (1, 3, 2, 3, 1):
        accounts.send(OTHER, entry(number).to_message())
    accounts.send(MODEL, entry(1).to_message(), '{"kind": "approved"}', entry(2).to_message())
    wait(lambda: (len(accounts.records(OTHER)), len(accounts.records(MODEL))) == (3, 2))
    return accounts


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.2)


def sign(accounts: LedgerAccounts) -> dict[str, Any]:
    """Run the signer, under its own role; what it says."""
    functions = accounts.client("lambda", accounts.addresses.tooling)
    answer = functions.invoke(FunctionName=accounts.addresses.ledger_signer_name, Payload=b"{}")
    return json.loads(answer["Payload"].read())


@pytest.fixture
def verify(
    accounts: LedgerAccounts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """Run the command on the local AWS, as an auditor whom platform.yaml names."""
    names = accounts.addresses
    declared = load(ROOT / "platform.yaml")
    update: dict[str, Any] = {
        "stage": Stage.RELIABLE,
        "accounts": declared.accounts.model_copy(update={"governance": names.governance, "tooling": names.tooling}),
        "organization_id": names.organization_id,
        "people": declared.people.model_copy(update={"auditors": (AUDITOR,)}),
        "sign_in": IamSignIn(method="iam", account=names.governance, mfa=False),
    }
    platform: Platform = declared.model_copy(update=update)

    def declared_here(_directory: Path) -> Platform:
        return platform

    def running(_directory: Path) -> LocalAws:
        return accounts.aws

    monkeypatch.setattr(ledger, "read", declared_here)
    monkeypatch.setattr(ledger, "running_in", running)

    def run(name: str | None = None) -> Answer:
        code = ledger.verify(Asked(directory=ROOT, name=name, on_aws=False, as_json=True))
        return code, json.loads(capsys.readouterr().out)

    return run


def codes(answer: Answer) -> dict[str, set[str]]:
    """What was found of each ledger, by its model."""
    return {each["model"]: {found["code"] for found in each["findings"]} for each in answer[1]["ledgers"]}


def test_each_event_is_one_record_in_the_order_that_it_came(accounts: LedgerAccounts) -> None:
    s3, bucket = accounts.client("s3"), accounts.addresses.ledger_bucket
    found = [read_record(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), key) for key in accounts.records(OTHER)]
    assert [record.event.rpartition("#")[2] for record in found] == ["1", "3", "2"]
    assert {(record.team, record.model) for record in found} == {(OTHER_TEAM, OTHER)}


def test_what_is_no_record_is_put_aside_and_the_next_has_its_turn(accounts: LedgerAccounts) -> None:
    assert len(accounts.records(MODEL)) == 2
    aside = accounts.client("sqs").get_queue_attributes(
        QueueUrl=accounts.queue(MODEL, failed=True), AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert aside["Attributes"]["ApproximateNumberOfMessages"] == "1"


def test_a_promotion_sends_to_no_other_models_queue(accounts: LedgerAccounts) -> None:
    sqs = accounts.aws.client("sqs", accounts.promotions[MODEL])
    given = {"MessageBody": entry(8).to_message(), "MessageGroupId": OTHER}
    assert "explicit deny" in refusal(lambda: sqs.send_message(QueueUrl=accounts.queue(OTHER), **given))


def test_root_of_the_ledgers_account_writes_and_deletes_nothing(accounts: LedgerAccounts) -> None:
    s3, bucket, key = accounts.client("s3"), accounts.addresses.ledger_bucket, accounts.records(MODEL)[0]
    version = s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    refusal(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"{}"))
    refusal(lambda: s3.put_object(Bucket=bucket, Key=key.replace("1.json", "7.json"), Body=b"{}", IfNoneMatch="*"))
    refusal(lambda: s3.delete_object(Bucket=bucket, Key=key))
    refusal(lambda: s3.delete_object(Bucket=bucket, Key=key, VersionId=version))


def test_what_was_sent_is_signed_and_sound(accounts: LedgerAccounts, verify: Callable[..., Answer]) -> None:
    assert verify()[0] == 0  # younger than the signer's turn
    assert sign(accounts) == sign(accounts) == {f"{TEAM}/{MODEL}": 2, f"{OTHER_TEAM}/{OTHER}": 3}
    code, told = verify()
    assert (code, told["sound"]) == (0, True)
    assert [(each["records"], each["signed"]) for each in told["ledgers"]] == [(2, 2), (3, 3)]


def test_an_administrator_who_takes_the_policy_away_is_found_out(
    accounts: LedgerAccounts, verify: Callable[..., Answer]
) -> None:
    sign(accounts)
    s3, bucket = accounts.client("s3"), accounts.addresses.ledger_bucket
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    first, second, third = accounts.records(OTHER)
    held = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in (first, second, third)}
    version = s3.head_object(Bucket=bucket, Key=third)["VersionId"]
    # Compliance holds even now: nothing that is there can go, so neither gap nor order can be forged in it.
    for more in ({}, {"BypassGovernanceRetention": True}):
        refusal(lambda more=more: s3.delete_object(Bucket=bucket, Key=third, VersionId=version, **more))
    s3.put_object(Bucket=bucket, Key=first, Body=held[first].replace(b"too low", b"so high"))
    s3.put_object(Bucket=bucket, Key=second, Body=held[third])
    s3.delete_object(Bucket=bucket, Key=third)
    forged = {**json.loads(held[third]), "number": 6, "previous": checksum(b"what was never there"), "event": "x"}
    s3.put_object(Bucket=bucket, Key=f"ledger/{OTHER_TEAM}/{OTHER}/{file_name(6)}", Body=canonical(forged))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)

    code, told = verify()
    assert code == 2
    assert codes((code, told)) == {MODEL: set(), OTHER: {"LED-101", "LED-102", "LED-103"}}
    assert verify(f"{TEAM}/{MODEL}")[0] == 0
    assert sign(accounts)["errorType"] == "NotSignedError"


def test_a_head_that_somebody_else_wrote_is_found_out(accounts: LedgerAccounts, verify: Callable[..., Answer]) -> None:
    sign(accounts)
    s3, bucket = accounts.client("s3", accounts.addresses.tooling), accounts.addresses.heads_bucket
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"heads/{TEAM}/{MODEL}/")["Contents"]
    last = s3.get_object(Bucket=bucket, Key=listed[-1]["Key"])["Body"].read()
    number = len(listed) + 1
    head = {**json.loads(last)["head"], "number": number, "previous": checksum(last), "records": 1}
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    forged = canonical({"head": head, "signature": json.loads(last)["signature"]})
    s3.put_object(Bucket=bucket, Key=f"heads/{TEAM}/{MODEL}/{file_name(number)}", Body=forged)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert codes(verify())[MODEL] == {"LED-120"}


def test_only_the_signer_signs(accounts: LedgerAccounts) -> None:
    names = accounts.addresses
    kms = accounts.client("kms", names.tooling)
    request = {"Message": b"head", "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}
    refusal(lambda: kms.sign(KeyId=names.signing_key_alias, **request))
    key = kms.describe_key(KeyId=names.signing_key_alias)["KeyMetadata"]["Arn"]
    everything = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    other = accounts.aws.client("kms", accounts.aws.as_role(names.tooling, everything))
    assert "kms:Sign" in refusal(lambda: other.sign(KeyId=key, **request))

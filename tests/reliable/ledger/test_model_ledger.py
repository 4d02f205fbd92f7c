"""ModelLedger: the model's promotion alone sends, the writer alone takes."""

import pytest

from mlops_stages.foundation import policy_document
from mlops_stages.reliable.ledger import send_to_ledger
from mlops_stages.runtime.ledger.writer import queue_name
from tests.foundation.built import Built, resolved
from tests.foundation.judge import Caller
from tests.reliable.ledger.built_ledger import ADDRESSES, GOVERNANCE, deploying, model, verdict

PROMOTION, WRITER = ADDRESSES.promote_role("arrivals", "late-arrival"), ADDRESSES.ledger_writer_role
RETRAINING = ADDRESSES.retrain_role("arrivals", "late-arrival")
ADMINISTRATOR, ROOT = f"arn:aws:iam::{GOVERNANCE}:role/Administrator", f"arn:aws:iam::{GOVERNANCE}:root"


@pytest.fixture(scope="module")
def found() -> Built:
    return model()


def policy(found: Built, name: str) -> tuple[dict[str, object], str]:
    ((logical, _),) = [
        each for each in found.resources("AWS::SQS::Queue").items() if each[1]["Properties"]["QueueName"] == name
    ]
    (document,) = [
        each["PolicyDocument"] for each in found.all("AWS::SQS::QueuePolicy") if each["Queues"] == [{"Ref": logical}]
    ]
    arn = f"arn:aws:sqs:eu-west-1:{GOVERNANCE}:{name}"
    return resolved(document, {f"{logical}.Arn": arn}), arn


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_queue_has_the_name_that_the_writer_reads_team_and_model_off(found: Built) -> None:
    names = [each["QueueName"] for each in found.all("AWS::SQS::Queue")]
    assert sorted(names) == [
        "acme_ledger-failed_arrivals_late-arrival.fifo",
        queue_name("acme", "arrivals", "late-arrival"),
    ]
    assert all(
        each["FifoQueue"] and each["KmsMasterKeyId"] == "alias/acme/ledger" for each in found.all("AWS::SQS::Queue")
    )


def test_the_promotion_of_this_model_sends_and_nobody_else_does(found: Built) -> None:
    document, queue = policy(found, queue_name("acme", "arrivals", "late-arrival"))
    assert verdict(document, PROMOTION, "sqs:SendMessage", queue) == "Allow"
    others = (ADDRESSES.promote_role("arrivals", "other"), WRITER, ADMINISTRATOR, ROOT, deploying(GOVERNANCE))
    assert {verdict(document, role, "sqs:SendMessage", queue) for role in others} == {"Deny"}


def test_the_retraining_of_this_model_sends_where_it_has_one() -> None:
    document, queue = policy(model(is_retrained=True), queue_name("acme", "arrivals", "late-arrival"))
    senders = (PROMOTION, RETRAINING)
    assert [verdict(document, role, "sqs:SendMessage", queue) for role in senders] == ["Allow", "Allow"]
    others = (ADDRESSES.retrain_role("arrivals", "other"), WRITER, ADMINISTRATOR, ROOT, deploying(GOVERNANCE))
    assert {verdict(document, role, "sqs:SendMessage", queue) for role in others} == {"Deny"}
    without, _ = policy(model(), queue_name("acme", "arrivals", "late-arrival"))
    assert verdict(without, RETRAINING, "sqs:SendMessage", queue) == "Deny"


def test_who_left_the_organization_sends_nothing(found: Built) -> None:
    document, queue = policy(found, queue_name("acme", "arrivals", "late-arrival"))
    left = Caller(account=PROMOTION.split(":")[4], organization="o-other00000")
    assert left.passes(document, "sqs:SendMessage", queue, aws__PrincipalArn=PROMOTION) == "ImplicitDeny"


def test_nobody_sends_to_what_is_put_aside(found: Built) -> None:
    document, queue = policy(found, "acme_ledger-failed_arrivals_late-arrival.fifo")
    assert {verdict(document, role, "sqs:SendMessage", queue) for role in (PROMOTION, WRITER, ROOT)} == {"Deny"}


@pytest.mark.parametrize(
    "name", ["acme_ledger_arrivals_late-arrival.fifo", "acme_ledger-failed_arrivals_late-arrival.fifo"]
)
def test_the_writer_alone_takes_messages_and_a_deploy_alone_changes_a_queue(found: Built, name: str) -> None:
    document, queue = policy(found, name)
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage"):
        assert verdict(document, WRITER, action, queue) != "Deny"
        assert {verdict(document, role, action, queue) for role in (PROMOTION, ADMINISTRATOR, ROOT)} == {"Deny"}
    for action in ("sqs:PurgeQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes"):
        assert verdict(document, deploying(GOVERNANCE), action, queue) != "Deny"
        assert {verdict(document, role, action, queue) for role in (WRITER, ADMINISTRATOR, ROOT)} == {"Deny"}


def test_what_fails_five_times_is_put_aside_and_read_again_when_a_person_says_so(found: Built) -> None:
    queues = {each["QueueName"]: each for each in found.all("AWS::SQS::Queue")}
    assert queues["acme_ledger_arrivals_late-arrival.fifo"]["RedrivePolicy"]["maxReceiveCount"] == 5
    mappings = found.all("AWS::Lambda::EventSourceMapping")
    assert {(each["Enabled"], each["BatchSize"]) for each in mappings} == {(True, 1), (False, 10)}
    assert all(each["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for each in mappings)
    assert all(each["VisibilityTimeout"] == 360 for each in queues.values())


def test_a_record_that_is_put_aside_or_waits_is_told(found: Built) -> None:
    alarms = {each["AlarmName"]: each for each in found.all("AWS::CloudWatch::Alarm")}
    assert alarms["acme-late-arrival-ledger-not-recorded"]["Threshold"] == 1
    assert alarms["acme-late-arrival-ledger-waiting"]["Threshold"] == 3600


def test_a_promotion_may_send_to_its_own_models_queue_alone() -> None:
    may = Caller(policies=[policy_document(send_to_ledger(ADDRESSES, "arrivals", "late-arrival"))]).may
    assert may("sqs:SendMessage", ADDRESSES.ledger_queue("arrivals", "late-arrival"))
    assert not may("sqs:SendMessage", ADDRESSES.ledger_queue("arrivals", "other"))
    key = f"arn:aws:kms:eu-west-1:{GOVERNANCE}:key/1"
    ours, other = ["alias/acme/ledger"], ["alias/acme/else"]
    sqs, s3 = "sqs.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"
    assert may("kms:GenerateDataKey", key, kms__ResourceAliases=ours, kms__ViaService=sqs)
    assert not may("kms:GenerateDataKey", key, kms__ResourceAliases=other, kms__ViaService=sqs)
    assert not may("kms:GenerateDataKey", key, kms__ResourceAliases=ours, kms__ViaService=s3)

"""Queues that functions read: order, partial failures, dead letters, filters, and what AWS refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from mlops_stages.local.server.engine import event_sources
from mlops_stages.local.server.engine.invocations import Outcome
from tests.local.clients import REGION, LocalAws, allow, refusal
from tests.local.laboratory import until
from tests.local.server.lambda_functions.test_functions import TRUST, Functions

READS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
BATCH: list[dict[str, Any]] = [{"id": "a"}, {"id": "b"}]
PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


@pytest.mark.parametrize(
    ("source", "payload", "failed"),
    [
        ({}, {"batchItemFailures": [{"itemIdentifier": "a"}]}, set[str]()),
        (PARTIAL, {"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        (PARTIAL, {"batchItemFailures": []}, set[str]()),
        (PARTIAL, {}, set[str]()),
        (PARTIAL, None, set[str]()),
        (PARTIAL, {"batchItemFailures": [{"itemIdentifier": ""}]}, None),
        (PARTIAL, {"batchItemFailures": [{"itemIdentifier": "c"}]}, None),
        (PARTIAL, {"batchItemFailures": [{"identifier": "a"}]}, None),
    ],
)
def test_what_a_function_says_of_its_batch_decides(
    source: Mapping[str, Any],
    payload: Any,  # noqa: ANN401  # JSON-like
    failed: set[str] | None,
) -> None:
    found = event_sources.failed_of(source, BATCH, Outcome(payload=payload, error=""))
    assert found == (None if failed is None else frozenset(failed))


def test_a_function_that_fails_is_done_with_nothing() -> None:
    assert event_sources.failed_of(PARTIAL, BATCH, Outcome(payload={}, error="Unhandled")) is None


@pytest.fixture
def functions(local_aws: LocalAws, account: str) -> Functions:
    """Functions of an account of its own."""
    return Functions(local_aws, account)


def test_a_fifo_queue_is_read_in_order_and_what_fails_ends_in_its_dead_letters(functions: Functions) -> None:
    aws, account = functions.aws, functions.account
    sqs = aws.client("sqs", account)
    sqs.create_queue(QueueName="lost.fifo", Attributes={"FifoQueue": "true"})
    sqs.create_queue(QueueName="seen")
    lost, source = (f"arn:aws:sqs:{REGION}:{account}:{name}" for name in ("lost.fifo", "ledger.fifo"))
    redrive = json.dumps({"deadLetterTargetArn": lost, "maxReceiveCount": 1})
    given = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "4"}
    url = sqs.create_queue(QueueName="ledger.fifo", Attributes={**given, "RedrivePolicy": redrive})["QueueUrl"]
    code = (
        "import boto3, json\nsqs = boto3.client('sqs')\nurl = sqs.get_queue_url(QueueName='seen')['QueueUrl']\n"
        "def handler(event, context):\n"
        "    failed = []\n"
        "    for record in event['Records']:\n"
        "        said = json.loads(record['body'])\n"
        "        if said.get('bad') or failed: failed.append({'itemIdentifier': record['messageId']})\n"
        "        else: sqs.send_message(QueueUrl=url, MessageBody=json.dumps([said['n'], "
        "record['attributes']['MessageGroupId']]))\n"
        "    return {'batchItemFailures': failed}"
    )
    name = functions.create(code, Timeout=4)
    pattern = json.dumps({"body": {"kind": ["record"]}})
    mapped = {"EventSourceArn": source, "FunctionName": name, "FilterCriteria": {"Filters": [{"Pattern": pattern}]}}
    for number in range(5):
        body = json.dumps({"n": number, "kind": "other" if number == 2 else "record", "bad": number == 4})
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="late-arrival")
    functions.client.create_event_source_mapping(**mapped, **PARTIAL)

    def received(queue: str, number: int) -> list[Any]:
        where, found = sqs.get_queue_url(QueueName=queue)["QueueUrl"], list[Any]()

        def enough() -> bool:
            got = sqs.receive_message(QueueUrl=where, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
            found.extend(json.loads(message["Body"]) for message in got)
            return len(found) >= number

        until(enough)
        return found

    assert sorted(received("seen", 3)) == [[0, "late-arrival"], [1, "late-arrival"], [3, "late-arrival"]]
    assert received("lost.fifo", 1) == [{"n": 4, "kind": "record", "bad": True}]


def test_what_aws_refuses_of_a_queue_is_refused(functions: Functions) -> None:
    aws, account = functions.aws, functions.account
    sqs = aws.client("sqs", account)
    sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "30"})
    sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})
    queue, fifo = (f"arn:aws:sqs:{REGION}:{account}:{name}" for name in ("q", "q.fifo"))
    code = "def handler(event, context): pass"
    name, slow = functions.create(code), functions.create(code, Timeout=60)
    blind = functions.create(code, Role=aws.role(account, allow(*READS[:2]), trust=TRUST))

    def refused(**given: Any) -> str:  # noqa: ANN401  # as boto3 has it
        create = functions.client.create_event_source_mapping
        asked = {"FunctionName": name, "EventSourceArn": queue, **given}
        return refusal(lambda: create(**asked), code="InvalidParameterValue")

    assert "less than Function timeout: 60 seconds" in refused(FunctionName=slow)
    assert "does not have permissions to call GetQueueAttributes on SQS" in refused(FunctionName=blind)
    assert "window is not supported" in refused(EventSourceArn=fifo, MaximumBatchingWindowInSeconds=5)
    assert "must be greater than 0" in refused(BatchSize=100)
    assert "does not exist" in refused(EventSourceArn=f"{queue}-none")


def test_the_clock_goes_on_once_what_lies_in_a_queue_has_been_read(functions: Functions) -> None:
    aws, account = functions.aws, functions.account
    sqs = aws.client("sqs", account)
    url = sqs.create_queue(QueueName="hours", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    seen = sqs.create_queue(QueueName="seen")["QueueUrl"]
    code = (
        "import boto3, time\nsqs = boto3.client('sqs')\n"
        f"def handler(event, context):\n    time.sleep(0.3)\n"
        f"    for record in event['Records']: sqs.send_message(QueueUrl={seen!r}, MessageBody=record['body'])"
    )
    name = functions.create(code, Timeout=20)
    source = f"arn:aws:sqs:{REGION}:{account}:hours"
    functions.client.create_event_source_mapping(EventSourceArn=source, FunctionName=name, BatchSize=1)
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=f"hour {number}")
    assert aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": 1})[0] == 200
    told = sqs.receive_message(QueueUrl=seen, MaxNumberOfMessages=10)["Messages"]
    assert sorted(each["Body"] for each in told) == ["hour 0", "hour 1", "hour 2"]

"""What a topic tells its subscribers, for tests: by a queue of the account's root."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from uuid import uuid4

from tests.callers import Caller

LONGEST_S = 60


def told_by(root: Caller, topic_arn: str) -> Callable[[str], list[str]]:
    """The messages of a topic from now on that hold a text, once there are any: others tell of other things there."""
    sqs = root.client("sqs")
    queue = sqs.create_queue(QueueName=f"told-{uuid4()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    root.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)

    def told(text: str) -> list[str]:
        found: list[str] = []
        deadline = time.monotonic() + LONGEST_S
        while not found and time.monotonic() < deadline:
            received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=10)
            messages = [str(json.loads(each["Body"])["Message"]) for each in received.get("Messages", [])]
            found = [each for each in messages if text in each]
        return found

    return told

"""What a topic tells its subscribers, for tests: by a queue of the account's root."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

from tests.callers import Caller


def told_by(root: Caller, topic_arn: str) -> Callable[[], list[str]]:
    """The messages of a topic from now on, some at each call."""
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

    def told() -> list[str]:
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10, MaxNumberOfMessages=10).get("Messages", [])
        return [str(json.loads(each["Body"])["Message"]) for each in found]

    return told

"""What the model's owner is told: a queue, which the topics tell as they tell the owner's mail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from mlops_stages.drill.people import Clients
from mlops_stages.local.json_values import document

_AT_ONCE = 10


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message of a topic: which alarm changed to which state, why, when, and what it says of itself."""

    id: str
    topic: str
    alarm: str
    state: str
    reason: str
    description: str
    at: datetime


class Inbox:
    """A queue of the account that the model serves in, for as long as the drill takes."""

    def __init__(self, root: Clients, topics: Sequence[str]) -> None:
        self._sqs, self._sns = root("sqs"), root("sns")
        self._url = str(self._sqs.create_queue(QueueName=f"drill-{uuid4().hex[:12]}")["QueueUrl"])
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": list(topics)}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        self._subscriptions = [
            str(self._sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"])
            for topic in topics
        ]

    def taken(self) -> Iterator[Message]:
        """What has come since the last time, in any order."""
        while found := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=_AT_ONCE).get("Messages"):
            for each in found:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
                message = _message(str(each["Body"]))
                if message is not None:
                    yield message

    def mailed(self, topic: str) -> list[str]:
        """The addresses that a topic tells by mail."""
        found = self._sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return sorted(str(each["Endpoint"]) for each in found if each["Protocol"] == "email")

    def close(self) -> None:
        """Take the queue away."""
        for each in self._subscriptions:
            self._sns.unsubscribe(SubscriptionArn=each)
        self._sqs.delete_queue(QueueUrl=self._url)


def _message(body: str) -> Message | None:
    """A message about an alarm; None for any other."""
    envelope = document(body)
    said = document(str(envelope.get("Message", "")))
    if "AlarmName" not in said:
        return None
    return Message(
        id=str(envelope.get("MessageId", "")),
        topic=str(envelope.get("TopicArn", "")),
        alarm=str(said["AlarmName"]),
        state=str(said.get("NewStateValue", "")),
        reason=str(said.get("NewStateReason", "")),
        description=str(said.get("AlarmDescription") or ""),
        at=_time(str(said.get("StateChangeTime", ""))),
    )


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)

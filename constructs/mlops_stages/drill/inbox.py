"""What people are told of a model: a queue, which the topics tell as they tell people's mail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from mlops_stages.drill.people import Clients
from mlops_stages.local.json_values import document

_AT_ONCE = 10
_ALARM = re.compile(r"^Alarm: ([A-Za-z0-9-]{1,255})$", re.MULTILINE)
_SINCE = re.compile(
    r"(?:^Since: |is over since |was to be acknowledged by )(\d{4}-\d{2}-\d{2} \d{2}:\d{2}) UTC", re.MULTILINE
)
NOT_ACKNOWLEDGED = "NOT ACKNOWLEDGED"
_STATES = {"went off": "ALARM", "is not acknowledged": NOT_ACKNOWLEDGED, "is over": "OK"}
"""What has become of an alarm, by the end of a notice's subject."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message of a topic: of which alarm, what has become of it, when, and all that it says.

    `state` is that of the alarm, or `NOT ACKNOWLEDGED`.
    """

    id: str
    topic: str
    alarm: str
    state: str
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message of a topic, whatever it is about."""

    id: str
    topic: str
    subject: str
    text: str


class Inbox:
    """A queue beside the topics, in their account, for as long as the drill takes."""

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
        """What has come about alarms since the last time, in any order."""
        for mail in self.mails():
            message = _message(mail)
            if message is not None:
                yield message

    def mails(self) -> Iterator[Mail]:
        """All that has come since the last time, in any order."""
        while found := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=_AT_ONCE).get("Messages"):
            for each in found:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
                envelope = document(str(each["Body"]))
                name, topic, subject, text = (
                    str(envelope.get(key, "")) for key in ("MessageId", "TopicArn", "Subject", "Message")
                )
                yield Mail(id=name, topic=topic, subject=subject, text=text)

    def mailed(self, topic: str) -> list[str]:
        """The addresses that a topic tells by mail."""
        found = self._sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return sorted(str(each["Endpoint"]) for each in found if each["Protocol"] == "email")

    def close(self) -> None:
        """Take the queue away."""
        for each in self._subscriptions:
            self._sns.unsubscribe(SubscriptionArn=each)
        self._sqs.delete_queue(QueueUrl=self._url)


def _message(mail: Mail) -> Message | None:
    """A message about an alarm; None for any other."""
    found = _of_cloudwatch(document(mail.text)) or _of_a_notice(mail.subject, mail.text)
    if found is None:
        return None
    alarm, state, at = found
    return Message(id=mail.id, topic=mail.topic, alarm=alarm, state=state, text=mail.text, at=at)


def _of_cloudwatch(said: Mapping[str, Any]) -> tuple[str, str, datetime] | None:
    """What CloudWatch itself tells a topic."""
    if "AlarmName" not in said:
        return None
    return str(said["AlarmName"]), str(said.get("NewStateValue", "")), _time(str(said.get("StateChangeTime", "")))


def _of_a_notice(subject: str, text: str) -> tuple[str, str, datetime] | None:
    """What the function of a model's notices tells."""
    alarm, since = _ALARM.search(text), _SINCE.search(text)
    state = next((state for end, state in _STATES.items() if subject.endswith(end)), None)
    if alarm is None or state is None:
        return None
    return alarm[1], state, _time("" if since is None else f"{since[1]}+00:00")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)

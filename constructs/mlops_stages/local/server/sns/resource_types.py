"""SNS: the topic attributes that ministack's CloudFormation drops; policies and subscriptions need their topic."""

from __future__ import annotations

import json
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, call

TOPIC = "AWS::SNS::Topic"
TOPIC_POLICY = "AWS::SNS::TopicPolicy"
SUBSCRIPTION = "AWS::SNS::Subscription"

ATTRIBUTES = (
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "FifoThroughputScope",
    "FifoTopic",
)


def text(value: Any) -> str:  # noqa: ANN401  # a template's value
    """A template's value as SNS stores attributes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _apply(arn: str, old: Properties, new: Properties) -> None:
    for name in ATTRIBUTES:
        if new.get(name) is not None:
            call("sns", "SetTopicAttributes", _attribute(arn, name, text(new[name])))
        elif old.get(name) is not None:
            call("sns", "SetTopicAttributes", _attribute(arn, name, ""))


def _attribute(arn: str, name: str, value: str) -> Properties:
    return {"TopicArn": arn, "AttributeName": name, "AttributeValue": value}


def _check_topics(properties: Properties) -> None:
    for arn in properties["Topics"]:
        call("sns", "GetTopicAttributes", {"TopicArn": arn})


def _check_topic(properties: Properties) -> None:
    call("sns", "GetTopicAttributes", {"TopicArn": properties["TopicArn"]})


def register() -> None:
    """Mend the types."""
    engine.mend_resource_type(
        TOPIC,
        after_create=lambda arn, properties, _stack: _apply(arn, {}, properties),
        after_update=lambda arn, old, new, _stack: _apply(arn, old, new),
    )
    engine.mend_resource_type(
        TOPIC_POLICY,
        after_create=lambda _id, properties, _stack: _check_topics(properties),
        after_update=lambda _id, _old, new, _stack: _check_topics(new),
    )
    engine.mend_resource_type(SUBSCRIPTION, after_create=lambda _id, properties, _stack: _check_topic(properties))

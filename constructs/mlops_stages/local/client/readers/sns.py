"""Reading SNS topics, their policies and subscriptions back."""

from __future__ import annotations

import json

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, parsed, policy, tags

_ATTRIBUTES = (
    "DisplayName",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "FifoThroughputScope",
    "FifoTopic",
)
_WHO = ("TopicArn", "Protocol", "Endpoint")
_SUBSCRIPTION = (
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "DeliveryPolicy",
    "SubscriptionRoleArn",
    "ReplayPolicy",
)


def _attributes(api: Api, arn: str) -> Properties:
    found: Properties = api.call("sns", "get_topic_attributes", TopicArn=arn)["Attributes"]
    return found


def _topic(api: Api, resource: Resource) -> Properties:
    found = {name: value for name, value in _attributes(api, resource.physical_id).items() if value != ""}
    return {"TopicName": resource.physical_id.rpartition(":")[2], **picked(found, *_ATTRIBUTES)}


def _tags(api: Api, resource: Resource) -> Properties:
    return picked(api.call("sns", "list_tags_for_resource", ResourceArn=resource.physical_id), "Tags")


def _inline(api: Api, resource: Resource) -> Properties:
    found = api.call("sns", "list_subscriptions_by_topic", TopicArn=resource.physical_id)["Subscriptions"]
    return {"Subscription": [picked(item, "Protocol", "Endpoint") for item in found]}


def _topic_policy(api: Api, resource: Resource) -> Properties:
    topics = [str(arn) for arn in resource.properties.get("Topics") or ()]
    documents = [_attributes(api, arn).get("Policy", "{}") for arn in topics]
    # one document for several topics: held only when every topic has it
    same = len({json.dumps(policy(document), sort_keys=True) for document in documents}) == 1
    return {"Topics": topics, **({"PolicyDocument": documents[0]} if same else {})}


def _who(api: Api, resource: Resource) -> Properties:
    found = api.listed("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn").get(resource.physical_id, {})
    return picked(found, *_WHO)


def _subscription(api: Api, resource: Resource) -> Properties:
    found = api.call("sns", "get_subscription_attributes", SubscriptionArn=resource.physical_id)["Attributes"]
    return {name: value for name, value in picked(found, *_SUBSCRIPTION).items() if value != ""}


READERS = (
    Reader(
        type="AWS::SNS::Topic",
        parts=(
            Part(properties=("TopicName", *_ATTRIBUTES), read=_topic),
            Part(properties=("Tags",), read=_tags),
            Part(properties=("Subscription",), read=_inline),
        ),
        canonical={"KmsMasterKeyId": key, "ArchivePolicy": parsed, "Tags": tags},
    ),
    Reader(
        type="AWS::SNS::TopicPolicy",
        parts=(Part(properties=("Topics", "PolicyDocument"), read=_topic_policy),),
        canonical={"PolicyDocument": policy},
    ),
    Reader(
        type="AWS::SNS::Subscription",
        parts=(Part(properties=_WHO, read=_who), Part(properties=_SUBSCRIPTION, read=_subscription)),
        canonical=dict.fromkeys(("FilterPolicy", "RedrivePolicy", "DeliveryPolicy", "ReplayPolicy"), parsed),
        hidden={"Region": "an argument of the call, kept nowhere"},
    ),
)

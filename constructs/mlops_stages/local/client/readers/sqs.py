"""Reading queues and their policies back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import key, parsed, policy, tags

_ATTRIBUTES = {
    "ContentBasedDeduplication": "ContentBasedDeduplication",
    "DeduplicationScope": "DeduplicationScope",
    "DelaySeconds": "DelaySeconds",
    "FifoQueue": "FifoQueue",
    "FifoThroughputLimit": "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId": "KmsMasterKeyId",
    "MaximumMessageSize": "MaximumMessageSize",
    "MessageRetentionPeriod": "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy": "RedriveAllowPolicy",
    "RedrivePolicy": "RedrivePolicy",
    "SqsManagedSseEnabled": "SqsManagedSseEnabled",
    "VisibilityTimeout": "VisibilityTimeout",
}


def _attributes(api: Api, url: str) -> Properties:
    found: Properties = api.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return found


def _queue(api: Api, resource: Resource) -> Properties:
    found = _attributes(api, resource.physical_id)
    named = {"QueueName": found["QueueArn"].rpartition(":")[2]}
    return named | {name: found[member] for name, member in _ATTRIBUTES.items() if member in found}


def _tags(api: Api, resource: Resource) -> Properties:
    return {"Tags": api.call("sqs", "list_queue_tags", QueueUrl=resource.physical_id).get("Tags", {})}


def _policy(api: Api, resource: Resource) -> Properties:
    held = {url: _attributes(api, url).get("Policy") for url in resource.properties["Queues"]}
    texts = set(held.values())
    alike = {"PolicyDocument": texts.pop()} if len(texts) == 1 and None not in texts else {}
    return {"Queues": [url for url, text in held.items() if text is not None], **alike}


READERS = (
    Reader(
        type="AWS::SQS::Queue",
        parts=(
            Part(properties=("QueueName", *_ATTRIBUTES), read=_queue),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"KmsMasterKeyId": key, "RedrivePolicy": parsed, "RedriveAllowPolicy": parsed, "Tags": tags},
    ),
    Reader(
        type="AWS::SQS::QueuePolicy",
        parts=(Part(properties=("Queues", "PolicyDocument"), read=_policy),),
        canonical={"PolicyDocument": policy},
    ),
)

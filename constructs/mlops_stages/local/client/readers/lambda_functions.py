"""Reading Lambda functions, their sources of events, retries and permissions back."""

from __future__ import annotations

import json

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, tags
from mlops_stages.local.json_values import mapping

_FUNCTION = (
    "Architectures",
    "DeadLetterConfig",
    "Description",
    "EphemeralStorage",
    "FunctionName",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "Timeout",
)
_CONFIGURATION = ("Environment", "KmsKeyArn", "Layers", "SnapStart", "TracingConfig", "VpcConfig")
_MAPPING = (
    "AmazonManagedKafkaEventSourceConfig",
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "EventSourceArn",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "ScalingConfig",
    "StartingPosition",
)
_INVOKE = ("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
_PERMISSION = ("Action", "FunctionName", "Principal", "SourceAccount", "SourceArn")


def _function(api: Api, resource: Resource) -> Properties:
    found = api.call("lambda", "get_function_configuration", FunctionName=resource.physical_id)
    layers = [each["Arn"] for each in found.get("Layers") or ()]
    key_arn = {"KmsKeyArn": found["KMSKeyArn"]} if found.get("KMSKeyArn") else {}
    return {**picked(found, *_FUNCTION, *_CONFIGURATION), "Layers": layers, **key_arn}


def _concurrency(api: Api, resource: Resource) -> Properties:
    return picked(
        api.call("lambda", "get_function_concurrency", FunctionName=resource.physical_id),
        "ReservedConcurrentExecutions",
    )


def _tags(api: Api, resource: Resource) -> Properties:
    return picked(api.call("lambda", "get_function", FunctionName=resource.physical_id), "Tags")


def _mapping(api: Api, resource: Resource) -> Properties:
    found = api.call("lambda", "get_event_source_mapping", UUID=resource.physical_id)
    return {
        **picked(found, *_MAPPING),
        "Enabled": found["State"] in ("Creating", "Enabling", "Enabled", "Updating"),
        "FunctionName": found["FunctionArn"],
    }


def _invoke(api: Api, resource: Resource) -> Properties:
    given = {name: resource.properties[name] for name in ("FunctionName", "Qualifier")}
    found = api.call("lambda", "get_function_event_invoke_config", **given)
    parts = str(found["FunctionArn"]).split(":")
    return {**picked(found, *_INVOKE), "FunctionName": parts[6], "Qualifier": parts[7] if len(parts) > 7 else "$LATEST"}


def _permission(api: Api, resource: Resource) -> Properties:
    function = str(resource.properties["FunctionName"])
    found = json.loads(api.call("lambda", "get_policy", FunctionName=function)["Policy"])
    statement = next(each for each in found["Statement"] if each["Sid"] in resource.physical_id)
    principal = statement["Principal"]
    conditions = {name: value for block in statement.get("Condition", {}).values() for name, value in block.items()}
    lowered = {name.lower(): value for name, value in conditions.items()}
    return {
        "Action": statement["Action"],
        "FunctionName": statement["Resource"],
        "Principal": next(iter(mapping(principal).values()), principal),
        **{
            name: lowered[condition]
            for name, condition in (("SourceAccount", "aws:sourceaccount"), ("SourceArn", "aws:sourcearn"))
            if condition in lowered
        },
    }


def _named(value: object) -> str:
    """A function by its name alone, whether the template has that or its ARN."""
    parts = str(value).split(":")
    return parts[6] if len(parts) > 6 else parts[-1]


READERS = (
    Reader(
        type="AWS::Lambda::Function",
        parts=(
            Part(properties=(*_FUNCTION, *_CONFIGURATION), read=_function),
            Part(properties=("ReservedConcurrentExecutions",), read=_concurrency),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"KmsKeyArn": key, "Tags": tags},
        hidden={"Code": "AWS shows where it keeps the code, not where that came from"},
    ),
    Reader(
        type="AWS::Lambda::EventSourceMapping",
        parts=(Part(properties=(*_MAPPING, "Enabled", "FunctionName"), read=_mapping),),
        canonical={"FunctionName": _named, "KmsKeyArn": key},
    ),
    Reader(
        type="AWS::Lambda::EventInvokeConfig",
        parts=(Part(properties=(*_INVOKE, "FunctionName", "Qualifier"), read=_invoke),),
        canonical={"FunctionName": _named},
    ),
    Reader(
        type="AWS::Lambda::Permission",
        parts=(Part(properties=_PERMISSION, read=_permission),),
        canonical={"FunctionName": _named},
    ),
)

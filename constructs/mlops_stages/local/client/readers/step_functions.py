"""Reading state machines back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import key, log_group_arn, parsed, tags

_MACHINE = {
    "DefinitionString": "definition",
    "EncryptionConfiguration": "encryptionConfiguration",
    "LoggingConfiguration": "loggingConfiguration",
    "RoleArn": "roleArn",
    "StateMachineName": "name",
    "StateMachineType": "type",
    "TracingConfiguration": "tracingConfiguration",
}


def capitalized(value: Any) -> Any:  # noqa: ANN401  # JSON-like
    """Members named as CloudFormation has them, of an API that begins its own with a small letter."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {name[0].upper() + name[1:]: capitalized(item) for name, item in members.items()}
    return [capitalized(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


def _machine(api: Api, resource: Resource) -> Properties:
    found = api.call("stepfunctions", "describe_state_machine", stateMachineArn=resource.physical_id)
    return {name: capitalized(found[member]) for name, member in _MACHINE.items() if found.get(member) is not None}


def _tags(api: Api, resource: Resource) -> Properties:
    found = api.call("stepfunctions", "list_tags_for_resource", resourceArn=resource.physical_id)["tags"]
    return {"Tags": capitalized(found)}


READERS = (
    Reader(
        type="AWS::StepFunctions::StateMachine",
        parts=(Part(properties=tuple(_MACHINE), read=_machine), Part(properties=("Tags",), read=_tags)),
        canonical={
            "DefinitionString": parsed,
            "EncryptionConfiguration.KmsKeyId": key,
            "LoggingConfiguration.Destinations[].CloudWatchLogsLogGroup.LogGroupArn": log_group_arn,
            "Tags": tags,
        },
    ),
)

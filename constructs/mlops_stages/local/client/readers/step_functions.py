"""Reading state machines back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import key, log_group_arn, parsed, tags
from mlops_stages.local.json_values import capitals

_MACHINE = {
    "DefinitionString": "definition",
    "EncryptionConfiguration": "encryptionConfiguration",
    "LoggingConfiguration": "loggingConfiguration",
    "RoleArn": "roleArn",
    "StateMachineName": "name",
    "StateMachineType": "type",
    "TracingConfiguration": "tracingConfiguration",
}


def _machine(api: Api, resource: Resource) -> Properties:
    found = api.call("stepfunctions", "describe_state_machine", stateMachineArn=resource.physical_id)
    return {name: capitals(found[member]) for name, member in _MACHINE.items() if found.get(member) is not None}


def _tags(api: Api, resource: Resource) -> Properties:
    found = api.call("stepfunctions", "list_tags_for_resource", resourceArn=resource.physical_id)["tags"]
    return {"Tags": capitals(found)}


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

"""AWS::CodeConnections::Connection, over the operations in `service`."""

from __future__ import annotations

from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, TagApi, call

_SERVICE = "codeconnections"


def _attributes(arn: str) -> Properties:
    found = call(_SERVICE, "GetConnection", {"ConnectionArn": arn})["Connection"]
    return {name: found[name] for name in ("ConnectionArn", "ConnectionStatus", "OwnerAccountId")}


CONNECTION = ApiType(
    type="AWS::CodeConnections::Connection",
    service=_SERVICE,
    properties=("ConnectionName", "HostArn", "ProviderType", "Tags"),
    required=("ConnectionName",),
    create_only=("ConnectionName", "HostArn", "ProviderType"),
    create="CreateConnection",
    delete="DeleteConnection",
    physical_id=lambda parameters, answer: answer["ConnectionArn"],
    identity=lambda physical_id: {"ConnectionArn": physical_id},
    describe=_attributes,
    arn=lambda physical_id: physical_id,
    missing=("ResourceNotFoundException",),
    tags=TagApi(add="TagResource", remove="UntagResource", arn="ResourceArn"),
)

TYPES = (CONNECTION,)

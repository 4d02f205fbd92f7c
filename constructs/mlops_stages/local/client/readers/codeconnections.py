"""Reading CodeConnections' connections to repositories back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import tags


def _connection(api: Api, resource: Resource) -> Properties:
    found = api.call("codeconnections", "get_connection", ConnectionArn=resource.physical_id)["Connection"]
    return picked(found, "ConnectionName", "ProviderType", "HostArn")


def _tags(api: Api, resource: Resource) -> Properties:
    return picked(api.call("codeconnections", "list_tags_for_resource", ResourceArn=resource.physical_id), "Tags")


READERS = (
    Reader(
        type="AWS::CodeConnections::Connection",
        parts=(
            Part(properties=("ConnectionName", "ProviderType", "HostArn"), read=_connection),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"Tags": tags},
    ),
)

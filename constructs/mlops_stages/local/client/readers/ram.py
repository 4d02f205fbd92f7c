"""Reading resource shares back."""

from __future__ import annotations

from typing import Any

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import tags


def _share(api: Api, resource: Resource) -> Properties:
    asked: dict[str, Any] = {"resourceOwner": "SELF", "resourceShareArns": [resource.physical_id]}
    (share,) = api.call("ram", "get_resource_shares", **asked)["resourceShares"]
    return {
        "AllowExternalPrincipals": share["allowExternalPrincipals"],
        "Name": share["name"],
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in share.get("tags", [])],
    }


def _shared(api: Api, resource: Resource) -> Properties:
    def entities(kind: str) -> list[str]:
        found = api.call(
            "ram",
            "get_resource_share_associations",
            associationType=kind,
            resourceShareArns=[resource.physical_id],
        )
        return [each["associatedEntity"] for each in found["resourceShareAssociations"]]

    return {"Principals": entities("PRINCIPAL"), "ResourceArns": entities("RESOURCE")}


def _permissions(api: Api, resource: Resource) -> Properties:
    found = api.call("ram", "list_resource_share_permissions", resourceShareArn=resource.physical_id)
    return {"PermissionArns": [each["arn"] for each in found["permissions"]]}


READERS = (
    Reader(
        type="AWS::RAM::ResourceShare",
        parts=(
            Part(properties=("AllowExternalPrincipals", "Name", "Tags"), read=_share),
            Part(properties=("Principals", "ResourceArns"), read=_shared),
            Part(properties=("PermissionArns",), read=_permissions),
        ),
        canonical={"Tags": tags},
    ),
)

"""Reading organizational units and policies back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import policy, tags
from mlops_stages.local.json_values import listed


def _unit(api: Api, resource: Resource) -> Properties:
    unit = {"OrganizationalUnitId": resource.physical_id}
    found = api.call("organizations", "describe_organizational_unit", **unit)["OrganizationalUnit"]
    (parent,) = api.call("organizations", "list_parents", ChildId=resource.physical_id)["Parents"]
    return {**picked(found, "Name"), "ParentId": parent["Id"]}


def _policy(api: Api, resource: Resource) -> Properties:
    found = api.call("organizations", "describe_policy", PolicyId=resource.physical_id)["Policy"]
    return {**picked(found["PolicySummary"], "Name", "Description", "Type"), **picked(found, "Content")}


def _targets(api: Api, resource: Resource) -> Properties:
    found = api.call("organizations", "list_targets_for_policy", PolicyId=resource.physical_id)
    return {"TargetIds": [target["TargetId"] for target in listed(found.get("Targets"))]}


def _tags(api: Api, resource: Resource) -> Properties:
    return picked(api.call("organizations", "list_tags_for_resource", ResourceId=resource.physical_id), "Tags")


READERS = (
    Reader(
        type="AWS::Organizations::OrganizationalUnit",
        parts=(Part(properties=("Name", "ParentId"), read=_unit), Part(properties=("Tags",), read=_tags)),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::Organizations::Policy",
        parts=(
            Part(properties=("Name", "Description", "Type", "Content"), read=_policy),
            Part(properties=("TargetIds",), read=_targets),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"Content": policy, "Tags": tags},
    ),
)

"""AWS::Organizations::OrganizationalUnit and Policy, over the operations in `service`."""

from __future__ import annotations

import json

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, TagApi, call, changed, given

_TAGS = TagApi(add="TagResource", remove="UntagResource", arn="ResourceId")


def _unit_attributes(unit: str) -> Properties:
    found = call("organizations", "DescribeOrganizationalUnit", {"OrganizationalUnitId": unit})["OrganizationalUnit"]
    nodes, node = [unit], unit
    while not node.startswith("r-"):
        node = str(call("organizations", "ListParents", {"ChildId": node})["Parents"][0]["Id"])
        nodes.append(node)
    organization = found["Arn"].split("/")[1]
    return {"Id": unit, "Arn": found["Arn"], "Path": "/".join((organization, *reversed(nodes), ""))}


def _unit_change(unit: str, old: Properties, new: Properties) -> Properties | None:
    changes = changed(old, new, "Name")
    return {"OrganizationalUnitId": unit, **changes} if changes else None


UNIT = ApiType(
    type="AWS::Organizations::OrganizationalUnit",
    service="organizations",
    properties=("Name", "ParentId", "Tags"),
    required=("Name", "ParentId"),
    create_only=("ParentId",),
    create="CreateOrganizationalUnit",
    update="UpdateOrganizationalUnit",
    delete="DeleteOrganizationalUnit",
    change=_unit_change,
    physical_id=lambda parameters, answer: answer["OrganizationalUnit"]["Id"],
    identity=lambda physical_id: {"OrganizationalUnitId": physical_id},
    describe=_unit_attributes,
    arn=lambda physical_id: physical_id,
    missing=("OrganizationalUnitNotFoundException",),
    tags=_TAGS,
)


def _content(properties: Properties) -> str:
    content = properties["Content"]
    # CloudFormation sends what a template has as a map without white space.
    return content if isinstance(content, str) else json.dumps(content, separators=(",", ":"))


def _policy_request(properties: Properties) -> Properties:
    described = {"Description": "", **given(properties, "Name", "Type", "Description", "Tags")}
    return {**described, "Content": _content(properties)}


def _policy_change(policy: str, old: Properties, new: Properties) -> Properties | None:
    changes = changed(old, new, "Name", "Description")
    if _content(old) != _content(new):
        changes["Content"] = _content(new)
    return {"PolicyId": policy, **changes} if changes else None


def _policy_attributes(policy: str) -> Properties:
    summary = call("organizations", "DescribePolicy", {"PolicyId": policy})["Policy"]["PolicySummary"]
    return {"Id": policy, "Arn": summary["Arn"], "AwsManaged": summary["AwsManaged"]}


class _Policy(ApiType):
    """The policy type: what it is attached to is a call for each target."""

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        policy, attributes = super()._create(logical_id, properties, stack_name)
        _retarget(policy, [], listed(properties.get("TargetIds")))
        return policy, attributes

    def _update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        policy, attributes = super()._update(physical_id, old, new, stack_name)
        if policy == physical_id:
            _retarget(policy, listed(old.get("TargetIds")), listed(new.get("TargetIds")))
        return policy, attributes

    def _delete(self, physical_id: str, properties: Properties) -> None:
        _retarget(physical_id, listed(properties.get("TargetIds")), [])
        super()._delete(physical_id, properties)


def _retarget(policy: str, old: list[object], new: list[object]) -> None:
    for operation, targets in (
        ("DetachPolicy", [target for target in old if target not in new]),
        ("AttachPolicy", [target for target in new if target not in old]),
    ):
        for target in targets:
            call("organizations", operation, {"PolicyId": policy, "TargetId": target})


POLICY = _Policy(
    type="AWS::Organizations::Policy",
    service="organizations",
    properties=("Content", "Description", "Name", "Tags", "TargetIds", "Type"),
    required=("Content", "Name", "Type"),
    create_only=("Type",),
    create="CreatePolicy",
    update="UpdatePolicy",
    delete="DeletePolicy",
    request=_policy_request,
    change=_policy_change,
    physical_id=lambda parameters, answer: answer["Policy"]["PolicySummary"]["Id"],
    identity=lambda physical_id: {"PolicyId": physical_id},
    describe=_policy_attributes,
    arn=lambda physical_id: physical_id,
    missing=("PolicyNotFoundException",),
    tags=_TAGS,
)

TYPES = (UNIT, POLICY)

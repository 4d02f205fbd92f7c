"""AWS::SSO::PermissionSet, Assignment, ApplicationAssignment and InstanceAccessControlAttributeConfiguration."""

from __future__ import annotations

import json

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, TagApi, call, changed, given

_SERVICE = "sso-admin"


def _instance_of(permission_set: str) -> str:
    """The instance of a permission set, both by ARN."""
    start, _, rest = permission_set.partition(":::permissionSet/")
    return f"{start}:::instance/{rest.partition('/')[0]}"


def _of_set(permission_set: str) -> Properties:
    return {"InstanceArn": _instance_of(permission_set), "PermissionSetArn": permission_set}


def _set_change(permission_set: str, old: Properties, new: Properties) -> Properties | None:
    changes = changed(old, new, "Description", "SessionDuration")
    if new.get("RelayStateType") != old.get("RelayStateType"):
        changes["RelayState"] = new.get("RelayStateType")
    return {**_of_set(permission_set), **changes} if changes else None


def _set_request(properties: Properties) -> Properties:
    renamed = {"RelayState": properties["RelayStateType"]} if properties.get("RelayStateType") else {}
    return {**given(properties, "Name", "InstanceArn", "Description", "SessionDuration", "Tags"), **renamed}


class _PermissionSet(ApiType):
    """The permission set type: its policies are calls of their own."""

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        arn, attributes = super()._create(logical_id, properties, stack_name)
        _put_policies(arn, {}, properties)
        return arn, attributes

    def _update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        arn, attributes = super()._update(physical_id, old, new, stack_name)
        if arn == physical_id:
            _put_policies(arn, old, new)
        return arn, attributes


def _put_policies(arn: str, old: Properties, new: Properties) -> None:
    inline = new.get("InlinePolicy")
    if inline:
        text = inline if isinstance(inline, str) else json.dumps(inline, separators=(",", ":"))
        call(_SERVICE, "PutInlinePolicyToPermissionSet", {**_of_set(arn), "InlinePolicy": text})
    elif old.get("InlinePolicy"):
        call(_SERVICE, "DeleteInlinePolicyFromPermissionSet", _of_set(arn))
    before, after = listed(old.get("ManagedPolicies")), listed(new.get("ManagedPolicies"))
    for operation, arns in (
        ("DetachManagedPolicyFromPermissionSet", [policy for policy in before if policy not in after]),
        ("AttachManagedPolicyToPermissionSet", [policy for policy in after if policy not in before]),
    ):
        for policy in arns:
            call(_SERVICE, operation, {**_of_set(arn), "ManagedPolicyArn": policy})


PERMISSION_SET = _PermissionSet(
    type="AWS::SSO::PermissionSet",
    service=_SERVICE,
    properties=(
        "Description",
        "InlinePolicy",
        "InstanceArn",
        "ManagedPolicies",
        "Name",
        "RelayStateType",
        "SessionDuration",
        "Tags",
    ),
    required=("InstanceArn", "Name"),
    create_only=("InstanceArn", "Name"),
    create="CreatePermissionSet",
    update="UpdatePermissionSet",
    delete="DeletePermissionSet",
    request=_set_request,
    change=_set_change,
    physical_id=lambda parameters, answer: answer["PermissionSet"]["PermissionSetArn"],
    identity=_of_set,
    describe=lambda physical_id: {"PermissionSetArn": physical_id},
    arn=lambda physical_id: physical_id,
    missing=("ResourceNotFoundException",),
    tags=TagApi(add="TagResource", remove="UntagResource", arn="ResourceArn"),
)

_PARTS = ("InstanceArn", "TargetId", "TargetType", "PermissionSetArn", "PrincipalType", "PrincipalId")

ASSIGNMENT = ApiType(
    type="AWS::SSO::Assignment",
    service=_SERVICE,
    properties=_PARTS,
    required=_PARTS,
    create_only=_PARTS,
    create="CreateAccountAssignment",
    delete="DeleteAccountAssignment",
    physical_id=lambda parameters, answer: "|".join(str(parameters[part]) for part in _PARTS),
    identity=lambda physical_id: dict(zip(_PARTS, physical_id.split("|"), strict=True)),
    describe=lambda physical_id: {},
    arn=lambda physical_id: physical_id,
    missing=("ResourceNotFoundException",),
)

_OF_APPLICATION = ("ApplicationArn", "PrincipalType", "PrincipalId")

APPLICATION_ASSIGNMENT = ApiType(
    type="AWS::SSO::ApplicationAssignment",
    service=_SERVICE,
    properties=_OF_APPLICATION,
    required=_OF_APPLICATION,
    create_only=_OF_APPLICATION,
    create="CreateApplicationAssignment",
    delete="DeleteApplicationAssignment",
    physical_id=lambda parameters, answer: "|".join(str(parameters[part]) for part in _OF_APPLICATION),
    identity=lambda physical_id: dict(zip(_OF_APPLICATION, physical_id.split("|"), strict=True)),
    describe=lambda physical_id: {},
    arn=lambda physical_id: physical_id,
    missing=("ResourceNotFoundException",),
)


def _attributes(properties: Properties) -> Properties:
    older = mapping(properties.get("InstanceAccessControlAttributeConfiguration"))
    wanted = properties.get("AccessControlAttributes", older.get("AccessControlAttributes", []))
    configuration = {"AccessControlAttributes": wanted}
    return {
        "InstanceArn": properties["InstanceArn"],
        "InstanceAccessControlAttributeConfiguration": configuration,
    }


ATTRIBUTES = ApiType(
    type="AWS::SSO::InstanceAccessControlAttributeConfiguration",
    service=_SERVICE,
    properties=("AccessControlAttributes", "InstanceAccessControlAttributeConfiguration", "InstanceArn"),
    required=("InstanceArn",),
    create_only=("InstanceArn",),
    create="CreateInstanceAccessControlAttributeConfiguration",
    update="UpdateInstanceAccessControlAttributeConfiguration",
    delete="DeleteInstanceAccessControlAttributeConfiguration",
    request=_attributes,
    change=lambda physical_id, old, new: None if _attributes(old) == _attributes(new) else _attributes(new),
    physical_id=lambda parameters, answer: parameters["InstanceArn"],
    identity=lambda physical_id: {"InstanceArn": physical_id},
    describe=lambda physical_id: {},
    arn=lambda physical_id: physical_id,
    missing=("ResourceNotFoundException",),
)

TYPES = (PERMISSION_SET, ASSIGNMENT, APPLICATION_ASSIGNMENT, ATTRIBUTES)

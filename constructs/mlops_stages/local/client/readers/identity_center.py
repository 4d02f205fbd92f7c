"""Reading permission sets, their assignments and the attributes of people back."""

from __future__ import annotations

from typing import Any

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import policy, tags
from mlops_stages.local.json_values import listed

_SERVICE = "sso-admin"
_OF_APPLICATION = ("ApplicationArn", "PrincipalType", "PrincipalId")


def _of(resource: Resource) -> dict[str, Any]:
    return {"InstanceArn": resource.properties["InstanceArn"], "PermissionSetArn": resource.physical_id}


def _set(api: Api, resource: Resource) -> Properties:
    found = api.call(_SERVICE, "describe_permission_set", **_of(resource))["PermissionSet"]
    relayed = {"RelayStateType": found["RelayState"]} if found.get("RelayState") else {}
    instance = _of(resource)["InstanceArn"]  # the set is found by it, or not at all
    return {"InstanceArn": instance, **picked(found, "Name", "Description", "SessionDuration"), **relayed}


def _inline(api: Api, resource: Resource) -> Properties:
    found = api.call(_SERVICE, "get_inline_policy_for_permission_set", **_of(resource))
    return picked(found, "InlinePolicy") if found.get("InlinePolicy") else {}


def _managed(api: Api, resource: Resource) -> Properties:
    found = api.call(_SERVICE, "list_managed_policies_in_permission_set", **_of(resource))
    return {"ManagedPolicies": [attached["Arn"] for attached in listed(found.get("AttachedManagedPolicies"))]}


def _set_tags(api: Api, resource: Resource) -> Properties:
    instance = resource.properties["InstanceArn"]
    found = api.call(_SERVICE, "list_tags_for_resource", InstanceArn=instance, ResourceArn=resource.physical_id)
    return picked(found, "Tags")


def _assignment(api: Api, resource: Resource) -> Properties:
    wanted = resource.properties
    found = api.call(
        _SERVICE,
        "list_account_assignments",
        InstanceArn=wanted["InstanceArn"],
        AccountId=wanted["TargetId"],
        PermissionSetArn=wanted["PermissionSetArn"],
    )
    for one in listed(found.get("AccountAssignments")):
        if (one["PrincipalType"], one["PrincipalId"]) == (wanted["PrincipalType"], wanted["PrincipalId"]):
            return {
                "InstanceArn": wanted["InstanceArn"],
                "TargetId": one["AccountId"],
                "TargetType": "AWS_ACCOUNT",
                **picked(one, "PermissionSetArn", "PrincipalType", "PrincipalId"),
            }
    return {}


def _application_assignment(api: Api, resource: Resource) -> Properties:
    wanted = picked(resource.properties, *_OF_APPLICATION)
    return picked(api.call(_SERVICE, "describe_application_assignment", **wanted), *_OF_APPLICATION)


def _attributes(api: Api, resource: Resource) -> Properties:
    instance = resource.physical_id
    found = api.call(_SERVICE, "describe_instance_access_control_attribute_configuration", InstanceArn=instance)
    configuration = found["InstanceAccessControlAttributeConfiguration"]
    return {"InstanceArn": instance, **picked(configuration, "AccessControlAttributes")}


READERS = (
    Reader(
        type="AWS::SSO::PermissionSet",
        parts=(
            Part(
                properties=("InstanceArn", "Name", "Description", "SessionDuration", "RelayStateType"),
                read=_set,
            ),
            Part(properties=("InlinePolicy",), read=_inline),
            Part(properties=("ManagedPolicies",), read=_managed),
            Part(properties=("Tags",), read=_set_tags),
        ),
        canonical={"InlinePolicy": policy, "Tags": tags},
    ),
    Reader(
        type="AWS::SSO::Assignment",
        parts=(
            Part(
                properties=(
                    "InstanceArn",
                    "TargetId",
                    "TargetType",
                    "PermissionSetArn",
                    "PrincipalType",
                    "PrincipalId",
                ),
                read=_assignment,
            ),
        ),
    ),
    Reader(
        type="AWS::SSO::ApplicationAssignment",
        parts=(Part(properties=_OF_APPLICATION, read=_application_assignment),),
    ),
    Reader(
        type="AWS::SSO::InstanceAccessControlAttributeConfiguration",
        parts=(Part(properties=("InstanceArn", "AccessControlAttributes"), read=_attributes),),
    ),
)

"""AWS::RAM::ResourceShare."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.cloudformation.api_types import (
    ApiType,
    Properties,
    call,
    changed,
)

_MEMBERS = {
    "AllowExternalPrincipals": "allowExternalPrincipals",
    "Name": "name",
    "PermissionArns": "permissionArns",
    "Principals": "principals",
    "ResourceArns": "resourceArns",
}


def _request(properties: Properties) -> Properties:
    return {
        **{_MEMBERS[name]: value for name, value in properties.items() if name in _MEMBERS},
        "tags": [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags") or ()],
    }


def _attributes(arn: str) -> Properties:
    asked = {"resourceOwner": "SELF", "resourceShareArns": [arn]}
    (share,) = call("ram", "GetResourceShares", asked)["resourceShares"]
    made = (share["creationTime"], share["lastUpdatedTime"])
    created, updated = (each.astimezone(datetime.UTC).isoformat() for each in made)
    return {
        "Arn": arn,
        "CreationTime": created,
        "LastUpdatedTime": updated,
        "OwningAccountId": share["owningAccountId"],
        "Status": share["status"],
    }


def _change(arn: str, old: Properties, new: Properties) -> Properties | None:
    """Change what is shared, with whom and how far; the name goes by the update call itself."""
    for operation, before, after in (("Disassociate", new, old), ("Associate", old, new)):
        gone = {
            _MEMBERS[name]: [each for each in listed(after.get(name)) if each not in listed(before.get(name))]
            for name in ("Principals", "ResourceArns")
        }
        if any(gone.values()):
            call("ram", f"{operation}ResourceShare", {"resourceShareArn": arn, **{k: v for k, v in gone.items() if v}})
    for operation, before, after in (("Associate", old, new), ("Disassociate", new, old)):
        for permission in listed(after.get("PermissionArns")):
            if permission not in listed(before.get("PermissionArns")):
                asked = {"resourceShareArn": arn, "permissionArn": permission}
                call("ram", f"{operation}ResourceSharePermission", asked)
    changes = {_MEMBERS[name]: value for name, value in changed(old, new, "Name", "AllowExternalPrincipals").items()}
    _retag(arn, listed(old.get("Tags")), listed(new.get("Tags")))
    return {"resourceShareArn": arn, **changes} if changes else None


def _retag(arn: str, old: list[Mapping[str, str]], new: list[Mapping[str, str]]) -> None:
    """RAM spells tags in small letters, unlike templates."""
    keys = {tag["Key"] for tag in new}
    removed = [tag["Key"] for tag in old if tag["Key"] not in keys]
    if removed:
        call("ram", "UntagResource", {"resourceShareArn": arn, "tagKeys": removed})
    added = [{"key": tag["Key"], "value": tag["Value"]} for tag in new if tag not in old]
    if added:
        call("ram", "TagResource", {"resourceShareArn": arn, "tags": added})


RESOURCE_SHARE = ApiType(
    type="AWS::RAM::ResourceShare",
    service="ram",
    properties=("AllowExternalPrincipals", "Name", "PermissionArns", "Principals", "ResourceArns", "Tags"),
    required=("Name",),
    create="CreateResourceShare",
    update="UpdateResourceShare",
    delete="DeleteResourceShare",
    request=_request,
    change=_change,
    physical_id=lambda parameters, answer: answer["resourceShare"]["resourceShareArn"],
    identity=lambda arn: {"resourceShareArn": arn},
    describe=_attributes,
    arn=lambda arn: arn,
    missing=("UnknownResourceException",),
)

"""AWS RAM: resource shares of feature groups, within an organization, and what they let other accounts do."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.api.records import Parameters, Record, Records, Scope, ServiceError, merged_tags
from mlops_stages.local.server.organizations import store as organization_store

_READ = ("BatchGetRecord", "DescribeFeatureGroup", "DescribeFeatureMetadata", "GetRecord")
_WRITE = (*_READ, "DeleteRecord", "PutRecord")
_ADMINISTER = (*_WRITE, "UpdateFeatureGroup", "UpdateFeatureMetadata")
PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "AWSRAMPermissionSageMakerFeatureGroupReadOnly": _READ,
    "AWSRAMPermissionSagemakerFeatureGroupReadWrite": _WRITE,
    "AWSRAMPermissionSagemakerFeatureGroupAdmin": _ADMINISTER,
}
"""What each managed permission of feature groups lets another account do.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-access.html
"""

_PERMISSION = "arn:aws:ram::aws:permission/"


class ResourceShares:
    """The resource shares of all accounts."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._shares: dict[str, Record] = {}
        self._operations: Mapping[str, Callable[[Scope, Parameters], Record]] = {
            "CreateResourceShare": self._create,
            "UpdateResourceShare": self._update,
            "DeleteResourceShare": self._delete,
            "GetResourceShares": self._list,
            "AssociateResourceShare": self._associate,
            "DisassociateResourceShare": self._disassociate,
            "GetResourceShareAssociations": self._associations,
            "AssociateResourceSharePermission": self._permit,
            "DisassociateResourceSharePermission": self._forbid,
            "ListResourceSharePermissions": self._permissions,
            "EnableSharingWithAwsOrganization": self._enable,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def handles(self, operation: str) -> bool:
        """Whether an operation is answered here."""
        return operation in self._operations

    def dispatch(self, scope: Scope, operation: str, parameters: Parameters) -> Record:
        """Answer one call whose parameters have been checked against its shape."""
        return self._operations[operation](scope, parameters)

    def policy_of(self, arn: str) -> str | None:
        """The policy that all shares of a resource make together; None where nothing shares it."""
        statements = [
            {
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in sorted(share["principals"])]},
                "Action": sorted({f"sagemaker:{name}" for p in share["permissions"] for name in PERMISSIONS[p]}),
                "Resource": arn,
            }
            for share in self._shares.values()
            if arn in share["resources"] and share["principals"] and share["permissions"]
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None

    def _create(self, scope: Scope, parameters: Parameters) -> Record:
        now = time.time()
        arn = f"arn:aws:ram:{scope.region}:{scope.account}:resource-share/{uuid.uuid4()}"
        permissions = [_permission(given) for given in parameters.get("permissionArns") or ()]
        share: Record = {
            "resourceShareArn": arn,
            "name": parameters["name"],
            "owningAccountId": scope.account,
            "allowExternalPrincipals": parameters.get("allowExternalPrincipals", True),
            "status": "ACTIVE",
            "creationTime": now,
            "lastUpdatedTime": now,
            "featureSet": "STANDARD",
            "permissions": set(permissions or ["AWSRAMPermissionSageMakerFeatureGroupReadOnly"]),
            "resources": set(),
            "principals": set(),
            "tagged": merged_tags({}, _tags(parameters.get("tags") or ())),
        }
        self._add(scope, share, parameters)
        self._shares[arn] = share
        return {"resourceShare": _shown(share)}

    def _enable(self, scope: Scope, parameters: Parameters) -> Record:
        """EnableSharingWithAwsOrganization: for the management account."""
        del parameters
        organization = organization_store.of(scope.account)
        if scope.account != organization.management:
            raise ServiceError("OperationNotPermittedException", "Only the management account may do this.")
        organization.services.setdefault(organization_store.RESOURCE_ACCESS_MANAGER, time.time())
        return {"returnValue": True}

    def _update(self, scope: Scope, parameters: Parameters) -> Record:
        share = self._own(scope, parameters)
        wanted = {name: parameters[name] for name in ("name", "allowExternalPrincipals") if name in parameters}
        for principal in share["principals"]:
            _refuse_outsider(scope, principal, external=wanted.get("allowExternalPrincipals", True))
        share |= {**wanted, "lastUpdatedTime": time.time()}
        return {"resourceShare": _shown(share)}

    def _delete(self, scope: Scope, parameters: Parameters) -> Record:
        del self._shares[self._own(scope, parameters)["resourceShareArn"]]
        return {"returnValue": True}

    def _list(self, scope: Scope, parameters: Parameters) -> Record:
        """GetResourceShares: one's own, or those that others share with one's account."""
        mine = parameters["resourceOwner"] == "SELF"
        wanted = parameters.get("resourceShareArns")
        shares = [
            share
            for share in self._shares.values()
            if (share["owningAccountId"] == scope.account if mine else scope.account in share["principals"])
            and (not wanted or share["resourceShareArn"] in wanted)
            and parameters.get("name") in (None, share["name"])
        ]
        if wanted and mine and len(shares) < len(set(wanted)):
            raise ServiceError("UnknownResourceException", f"ResourceShare {', '.join(wanted)} could not be found.")
        return {"resourceShares": [_shown(share) for share in shares]}

    def _associate(self, scope: Scope, parameters: Parameters) -> Record:
        share = self._own(scope, parameters)
        self._add(scope, share, parameters)
        return {"resourceShareAssociations": _associations(share)}

    def _disassociate(self, scope: Scope, parameters: Parameters) -> Record:
        share = self._own(scope, parameters)
        share["resources"] -= set(parameters.get("resourceArns") or ())
        share["principals"] -= set(parameters.get("principals") or ())
        return {"resourceShareAssociations": _associations(share)}

    def _associations(self, scope: Scope, parameters: Parameters) -> Record:
        wanted = parameters.get("resourceShareArns")
        own = [share for share in self._shares.values() if share["owningAccountId"] == scope.account]
        shares = [share for share in own if not wanted or share["resourceShareArn"] in wanted]
        kind = parameters["associationType"]
        found = [each for share in shares for each in _associations(share) if each["associationType"] == kind]
        return {"resourceShareAssociations": found}

    def _permit(self, scope: Scope, parameters: Parameters) -> Record:
        share = self._own(scope, parameters)
        named = _permission(parameters["permissionArn"])
        share["permissions"] = {named} if parameters.get("replace") else {*share["permissions"], named}
        return {"returnValue": True}

    def _forbid(self, scope: Scope, parameters: Parameters) -> Record:
        self._own(scope, parameters)["permissions"].discard(_permission(parameters["permissionArn"]))
        return {"returnValue": True}

    def _permissions(self, scope: Scope, parameters: Parameters) -> Record:
        share = self._own(scope, parameters)
        about = {"resourceType": "sagemaker:FeatureGroup", "status": "ASSOCIATED", "version": "1"}
        return {"permissions": [{"arn": _PERMISSION + n, "name": n, **about} for n in sorted(share["permissions"])]}

    def _tag(self, scope: Scope, parameters: Parameters) -> Record:
        share = self._own(scope, parameters)
        share["tagged"] = merged_tags(share["tagged"], _tags(parameters["tags"]))
        return {}

    def _untag(self, scope: Scope, parameters: Parameters) -> Record:
        share = self._own(scope, parameters)
        share["tagged"] = {k: v for k, v in share["tagged"].items() if k not in parameters["tagKeys"]}
        return {}

    def _own(self, scope: Scope, parameters: Parameters) -> Record:
        arn = parameters.get("resourceShareArn") or parameters.get("resourceArn") or ""
        share = self._shares.get(arn)
        if share is None or share["owningAccountId"] != scope.account:
            raise ServiceError("UnknownResourceException", f"ResourceShare {arn} could not be found.")
        return share

    def _add(self, scope: Scope, share: Record, parameters: Parameters) -> None:
        resources = set(parameters.get("resourceArns") or ())
        principals = set(parameters.get("principals") or ())
        for arn in resources:
            self._refuse_unknown(scope, arn)
        for principal in principals:
            _refuse_outsider(scope, principal, external=share["allowExternalPrincipals"])
        share["resources"] |= resources
        share["principals"] |= principals

    def _refuse_unknown(self, scope: Scope, arn: str) -> None:
        parts = arn.split(":", 5)
        kind, _, name = parts[-1].partition("/")
        if len(parts) < 6 or parts[4] != scope.account:
            raise ServiceError("MalformedArnException", f"The specified resource ARN {arn} is not valid.")
        if (parts[2], kind) != ("sagemaker", "feature-group"):
            message = f"Not emulated: sharing {arn}; only feature groups are shared here"
            raise ServiceError("NotImplementedException", message, 501)
        groups = self._records.all("FeatureGroup", Scope(account=parts[4], region=parts[3]))
        if name not in {group["FeatureGroupName"] for group in groups}:
            raise ServiceError("UnknownResourceException", f"Resource {arn} could not be found.")


def _permission(arn: str) -> str:
    name = arn.removeprefix(_PERMISSION)
    if name not in PERMISSIONS or name == arn:
        raise ServiceError("UnknownResourceException", f"Permission {arn} could not be found.")
    return name


def _refuse_outsider(scope: Scope, principal: str, *, external: bool) -> None:
    """Refuse an account outside the owner's organization, where none may come from outside."""
    if not (principal.isdigit() and len(principal) == 12):
        raise ServiceError("NotImplementedException", f"Not emulated: sharing with {principal}; give account ids", 501)
    trusted = organization_store.trusts(scope.account, organization_store.RESOURCE_ACCESS_MANAGER)
    together = trusted and any({scope.account, principal} <= known.accounts for known in engine.organizations)
    if principal == scope.account or together or external:
        return
    raise ServiceError(
        "OperationNotPermittedException",
        "The resource you are attempting to share can only be shared within your AWS Organization. This error may also "
        "occur if you have not enabled sharing with your AWS organization, or that onboarding process is still in "
        "progress.",
    )


def _tags(given: Any) -> list[Mapping[str, str]]:  # noqa: ANN401  # tags as RAM spells them
    return [{"Key": tag["key"], "Value": tag["value"]} for tag in given]


def _shown(share: Record) -> Record:
    return {**share, "tags": [{"key": key, "value": value} for key, value in share["tagged"].items()]}


def _associations(share: Record) -> list[Record]:
    common = {
        "resourceShareArn": share["resourceShareArn"],
        "resourceShareName": share["name"],
        "status": "ASSOCIATED",
        "creationTime": share["creationTime"],
        "lastUpdatedTime": share["lastUpdatedTime"],
        "external": False,
    }
    kinds = (("RESOURCE", "resources"), ("PRINCIPAL", "principals"))
    return [
        {**common, "associatedEntity": entity, "associationType": kind}
        for kind, member in kinds
        for entity in sorted(share[member])
    ]

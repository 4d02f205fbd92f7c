"""Reading IAM roles and managed policies back, from one listing an account, and OIDC providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import at_least, policy, tags

_Details = Mapping[str, Mapping[str, Properties]]


def _details(api: Api) -> _Details:
    """Return every role and managed policy of the account with all that belongs to it, by name and by ARN."""

    def work() -> _Details:
        found: dict[str, dict[str, Properties]] = {"roles": {}, "policies": {}}
        marker: dict[str, str] = {}
        while True:
            page = api.call("iam", "get_account_authorization_details", Filter=["Role", "LocalManagedPolicy"], **marker)
            found["roles"] |= {role["RoleName"]: role for role in page.get("RoleDetailList") or ()}
            found["policies"] |= {policy["Arn"]: policy for policy in page.get("Policies") or ()}
            if not page.get("IsTruncated"):
                return found
            marker = {"Marker": page["Marker"]}

    return cast("_Details", api.once("iam.details", work))


def _role(api: Api, resource: Resource) -> Properties:
    found = _details(api)["roles"].get(resource.physical_id, {})
    return {
        **picked(found, "RoleName", "Path", "AssumeRolePolicyDocument", "Tags"),
        "ManagedPolicyArns": [item["PolicyArn"] for item in found.get("AttachedManagedPolicies") or ()],
        "Policies": found.get("RolePolicyList") or [],
    }


def _role_alone(api: Api, resource: Resource) -> Properties:
    found = api.call("iam", "get_role", RoleName=resource.physical_id)["Role"]
    boundary: Mapping[str, Any] = found.get("PermissionsBoundary") or {}
    return {
        **picked(found, "Description", "MaxSessionDuration"),
        **({"PermissionsBoundary": boundary["PermissionsBoundaryArn"]} if boundary else {}),
    }


def _policy(api: Api, resource: Resource) -> Properties:
    found = _details(api)["policies"].get(resource.physical_id, {})
    versions: list[Mapping[str, Any]] = found.get("PolicyVersionList") or []
    document = next((v["Document"] for v in versions if v["IsDefaultVersion"]), None)
    return {
        **({"ManagedPolicyName": found["PolicyName"]} if found else {}),
        **picked(found, "Path"),
        **({} if document is None else {"PolicyDocument": document}),
    }


def _policy_alone(api: Api, resource: Resource) -> Properties:
    return picked(api.call("iam", "get_policy", PolicyArn=resource.physical_id)["Policy"], "Description")


def _entities(api: Api, resource: Resource) -> Properties:
    found = api.call("iam", "list_entities_for_policy", PolicyArn=resource.physical_id)
    return {
        "Roles": [item["RoleName"] for item in found.get("PolicyRoles") or ()],
        "Users": [item["UserName"] for item in found.get("PolicyUsers") or ()],
        "Groups": [item["GroupName"] for item in found.get("PolicyGroups") or ()],
    }


def _provider(api: Api, resource: Resource) -> Properties:
    found = api.call("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=resource.physical_id)
    url = str(found["Url"])
    return {
        "Url": url if url.startswith("https://") else f"https://{url}",
        "ClientIdList": found.get("ClientIDList"),
        **picked(found, "ThumbprintList", "Tags"),
    }


READERS = (
    Reader(
        type="AWS::IAM::Role",
        parts=(
            Part(
                properties=(
                    "RoleName",
                    "Path",
                    "AssumeRolePolicyDocument",
                    "ManagedPolicyArns",
                    "Policies",
                    "Tags",
                ),
                read=_role,
            ),
            Part(properties=("PermissionsBoundary", "Description", "MaxSessionDuration"), read=_role_alone),
        ),
        canonical={
            "AssumeRolePolicyDocument": policy,
            "Policies[].PolicyDocument": policy,
            "ManagedPolicyArns": at_least,
            "Tags": tags,
        },
    ),
    Reader(
        type="AWS::IAM::ManagedPolicy",
        parts=(
            Part(properties=("ManagedPolicyName", "Path", "PolicyDocument"), read=_policy),
            Part(properties=("Description",), read=_policy_alone),
            Part(properties=("Roles", "Users", "Groups"), read=_entities),
        ),
        canonical={"PolicyDocument": policy, "Roles": at_least, "Users": at_least, "Groups": at_least},
    ),
    Reader(
        type="AWS::IAM::OIDCProvider",
        parts=(Part(properties=("Url", "ClientIdList", "ThumbprintList", "Tags"), read=_provider),),
        canonical={"Tags": tags},
    ),
)

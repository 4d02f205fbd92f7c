"""Organizations: one organization of given accounts, its units, and service control policies that take effect."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.api.records import Parameters, Record, Records, Scope, ServiceError, merged_tags, new_id
from mlops_stages.local.server.organizations import store as organization_store
from mlops_stages.local.server.organizations.store import SERVICE_CONTROL_POLICY, Organization, Policy

_Answer = Callable[[Organization, Parameters], Record]

_NOBODYS = "000000000000"
"""The management account of an organization whose management account was not told."""

_MEMBERS_MAY = frozenset({"DescribeOrganization", "LeaveOrganization"})


def _organization(organization: Organization, _: Parameters) -> Record:
    master = f"account/{organization.id}/{organization.management}"
    return {
        "Organization": {
            "Id": organization.id,
            "Arn": f"arn:aws:organizations::{organization.management}:organization/{organization.id}",
            "FeatureSet": "ALL",
            "MasterAccountArn": f"arn:aws:organizations::{organization.management}:{master}",
            "MasterAccountId": organization.management,
            "MasterAccountEmail": f"{organization.management}@accounts.example",
        }
    }


def _leave(organization: Organization, parameters: Parameters) -> Record:
    account = str(parameters["AccountId"])
    if account == organization.management:
        raise ServiceError("MasterCannotLeaveOrganizationException", "The management account cannot leave.")
    organization.node(account, "AccountNotFoundException")
    organization.leave(account)
    return {}


def _roots(organization: Organization, _: Parameters) -> Record:
    root = organization.root
    types = [{"Type": each, "Status": "ENABLED"} for each in sorted(organization.policy_types)]
    return {"Roots": [{"Id": root, "Arn": organization.arn("root", root), "Name": "Root", "PolicyTypes": types}]}


def _enable_type(organization: Organization, parameters: Parameters) -> Record:
    _only_service_control(parameters["PolicyType"])
    if SERVICE_CONTROL_POLICY in organization.policy_types:
        raise ServiceError("PolicyTypeAlreadyEnabledException", "The policy type is enabled already.")
    organization.policy_types.add(SERVICE_CONTROL_POLICY)
    return {"Root": _roots(organization, parameters)["Roots"][0]}


def _disable_type(organization: Organization, parameters: Parameters) -> Record:
    """DisablePolicyType: policies are detached with it; only the enabled type is kept here."""
    _only_service_control(parameters["PolicyType"])
    if SERVICE_CONTROL_POLICY not in organization.policy_types:
        raise ServiceError("PolicyTypeNotEnabledException", "The policy type is not enabled.")
    organization.policy_types.remove(SERVICE_CONTROL_POLICY)
    return {"Root": _roots(organization, parameters)["Roots"][0]}


def _trusted_services(organization: Organization, _: Parameters) -> Record:
    known = sorted(organization.services.items())
    return {"EnabledServicePrincipals": [{"ServicePrincipal": name, "DateEnabled": since} for name, since in known]}


def _trust_service(organization: Organization, parameters: Parameters) -> Record:
    organization.services.setdefault(str(parameters["ServicePrincipal"]), time.time())
    return {}


def _distrust_service(organization: Organization, parameters: Parameters) -> Record:
    organization.services.pop(str(parameters["ServicePrincipal"]), None)
    return {}


def _shown_account(organization: Organization, account: str) -> Record:
    return {
        "Id": account,
        "Arn": organization.arn("account", account),
        "Email": f"{account}@accounts.example",
        "Name": account,
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "JoinedMethod": "INVITED",
    }


def _shown_unit(organization: Organization, unit: str) -> Record:
    return {"Id": unit, "Arn": organization.arn("ou", unit), "Name": organization.units[organization.unit(unit)]}


def _accounts(organization: Organization, _: Parameters) -> Record:
    return {"Accounts": [_shown_account(organization, account) for account in organization.accounts]}


def _account(organization: Organization, parameters: Parameters) -> Record:
    account = organization.node(str(parameters["AccountId"]), "AccountNotFoundException")
    return {"Account": _shown_account(organization, account)}


def _parents(organization: Organization, parameters: Parameters) -> Record:
    child = str(parameters["ChildId"])
    if child not in organization.parents:
        raise ServiceError("ChildNotFoundException", f"We can't find an OU or account with the id {child}.")
    parent = organization.parents[child]
    return {"Parents": [{"Id": parent, "Type": "ROOT" if parent == organization.root else "ORGANIZATIONAL_UNIT"}]}


def _children(organization: Organization, parameters: Parameters) -> list[str]:
    parent = organization.node(str(parameters["ParentId"]), "ParentNotFoundException")
    return [node for node, its_parent in organization.parents.items() if its_parent == parent]


def _units_below(organization: Organization, parameters: Parameters) -> Record:
    children = _children(organization, parameters)
    units = [_shown_unit(organization, node) for node in children if node in organization.units]
    return {"OrganizationalUnits": units}


def _accounts_below(organization: Organization, parameters: Parameters) -> Record:
    children = _children(organization, parameters)
    return {"Accounts": [_shown_account(organization, node) for node in children if node not in organization.units]}


def _listed_children(organization: Organization, parameters: Parameters) -> Record:
    kind = parameters["ChildType"]
    wanted = [n for n in _children(organization, parameters) if (n in organization.units) == (kind != "ACCOUNT")]
    return {"Children": [{"Id": node, "Type": kind} for node in wanted]}


def _move(organization: Organization, parameters: Parameters) -> Record:
    account = organization.node(str(parameters["AccountId"]), "AccountNotFoundException")
    source, destination = str(parameters["SourceParentId"]), str(parameters["DestinationParentId"])
    organization.node(destination, "DestinationParentNotFoundException")
    if organization.parents[account] != source:
        raise ServiceError("SourceParentNotFoundException", f"The account is not in {source}.")
    if source == destination:
        raise ServiceError("DuplicateAccountException", "The account is there already.")
    organization.parents[account] = destination
    return {}


def _create_unit(organization: Organization, parameters: Parameters) -> Record:
    tags = merged_tags({}, parameters.get("Tags") or ())
    unit = organization.add_unit(str(parameters["Name"]), str(parameters["ParentId"]))
    organization.tags[unit] = tags
    return {"OrganizationalUnit": _shown_unit(organization, unit)}


def _unit(organization: Organization, parameters: Parameters) -> Record:
    return {"OrganizationalUnit": _shown_unit(organization, str(parameters["OrganizationalUnitId"]))}


def _update_unit(organization: Organization, parameters: Parameters) -> Record:
    unit = str(parameters["OrganizationalUnitId"])
    organization.rename_unit(unit, str(parameters.get("Name") or organization.units[organization.unit(unit)]))
    return _unit(organization, parameters)


def _delete_unit(organization: Organization, parameters: Parameters) -> Record:
    organization.remove_unit(str(parameters["OrganizationalUnitId"]))
    return {}


def _summary(organization: Organization, policy: Policy) -> Record:
    kind = f"policy/{organization.id}/service_control_policy/{policy.id}"
    ours = f"arn:aws:organizations::{organization.management}:{kind}"
    return {
        "Id": policy.id,
        "Arn": f"arn:aws:organizations::aws:policy/service_control_policy/{policy.id}" if policy.aws_managed else ours,
        "Name": policy.name,
        "Description": policy.description,
        "Type": SERVICE_CONTROL_POLICY,
        "AwsManaged": policy.aws_managed,
    }


def _shown_policy(organization: Organization, policy: Policy) -> Record:
    return {"Policy": {"PolicySummary": _summary(organization, policy), "Content": policy.content}}


def _only_service_control(given: object) -> None:
    if given != SERVICE_CONTROL_POLICY:
        raise ServiceError("NotImplementedException", f"Not emulated: policies of type {given}", 501)


def _refuse_same_policy(organization: Organization, name: str, besides: str = "") -> None:
    if any(policy.name == name and policy.id != besides for policy in organization.policies.values()):
        raise ServiceError("DuplicatePolicyException", f"A policy with the name {name} exists already.")


def _create_policy(organization: Organization, parameters: Parameters) -> Record:
    _only_service_control(parameters["Type"])
    _refuse_same_policy(organization, str(parameters["Name"]))
    organization_store.refuse_content(str(parameters["Content"]))
    tags = merged_tags({}, parameters.get("Tags") or ())
    policy = Policy(f"p-{new_id(8)}", parameters["Name"], parameters["Description"], parameters["Content"])
    organization.policies[policy.id] = policy
    organization.tags[policy.id] = tags
    return _shown_policy(organization, policy)


def _policy(organization: Organization, parameters: Parameters) -> Record:
    return _shown_policy(organization, organization.policy(str(parameters["PolicyId"])))


def _own_policy(organization: Organization, parameters: Parameters) -> Policy:
    policy = organization.policy(str(parameters["PolicyId"]))
    if policy.aws_managed:
        raise ServiceError("AccessDeniedException", "You can't change a policy that AWS manages.")
    return policy


def _update_policy(organization: Organization, parameters: Parameters) -> Record:
    policy = _own_policy(organization, parameters)
    content = str(parameters.get("Content") or policy.content)
    name = str(parameters.get("Name") or policy.name)
    _refuse_same_policy(organization, name, policy.id)
    organization_store.refuse_content(content)
    policy.name, policy.content = name, content
    policy.description = str(parameters.get("Description", policy.description))
    return _shown_policy(organization, policy)


def _delete_policy(organization: Organization, parameters: Parameters) -> Record:
    policy = _own_policy(organization, parameters)
    if policy.targets:
        raise ServiceError("PolicyInUseException", "The policy is attached to one or more entities.")
    del organization.policies[policy.id]
    organization.tags.pop(policy.id, None)
    return {}


def _policies(organization: Organization, parameters: Parameters) -> Record:
    _only_service_control(parameters["Filter"])
    return {"Policies": [_summary(organization, policy) for policy in organization.policies.values()]}


def _attach(organization: Organization, parameters: Parameters) -> Record:
    organization.attach(organization.policy(str(parameters["PolicyId"])), str(parameters["TargetId"]))
    return {}


def _detach(organization: Organization, parameters: Parameters) -> Record:
    organization.detach(organization.policy(str(parameters["PolicyId"])), str(parameters["TargetId"]))
    return {}


def _policies_of_target(organization: Organization, parameters: Parameters) -> Record:
    _only_service_control(parameters["Filter"])
    target = organization.node(str(parameters["TargetId"]))
    return {"Policies": [_summary(organization, policy) for policy in organization.attached(target)]}


def _targets(organization: Organization, parameters: Parameters) -> Record:
    return {
        "Targets": [
            _target(organization, target) for target in organization.policy(str(parameters["PolicyId"])).targets
        ]
    }


def _target(organization: Organization, target: str) -> Record:
    if target == organization.root:
        return {"TargetId": target, "Arn": organization.arn("root", target), "Name": "Root", "Type": "ROOT"}
    is_unit = target in organization.units
    shown = _shown_unit(organization, target) if is_unit else _shown_account(organization, target)
    kind = "ORGANIZATIONAL_UNIT" if is_unit else "ACCOUNT"
    return {"TargetId": target, "Arn": shown["Arn"], "Name": shown["Name"], "Type": kind}


def _tagged(organization: Organization, parameters: Parameters) -> dict[str, str]:
    tagged = str(parameters["ResourceId"])
    if tagged not in organization.policies:
        organization.node(tagged)
    return organization.tags.setdefault(tagged, {})


def _tag(organization: Organization, parameters: Parameters) -> Record:
    tags = _tagged(organization, parameters)
    tags.update(merged_tags(tags, parameters["Tags"]))
    return {}


def _untag(organization: Organization, parameters: Parameters) -> Record:
    tags = _tagged(organization, parameters)
    for key in listed(parameters["TagKeys"]):
        tags.pop(str(key), None)
    return {}


def _tags(organization: Organization, parameters: Parameters) -> Record:
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(organization, parameters).items()]}


_ANSWERS: Mapping[str, _Answer] = {
    "AttachPolicy": _attach,
    "CreateOrganizationalUnit": _create_unit,
    "CreatePolicy": _create_policy,
    "DeleteOrganizationalUnit": _delete_unit,
    "DeletePolicy": _delete_policy,
    "DescribeAccount": _account,
    "DescribeOrganization": _organization,
    "DescribeOrganizationalUnit": _unit,
    "DescribePolicy": _policy,
    "DetachPolicy": _detach,
    "DisableAWSServiceAccess": _distrust_service,
    "DisablePolicyType": _disable_type,
    "EnableAWSServiceAccess": _trust_service,
    "EnablePolicyType": _enable_type,
    "ListAWSServiceAccessForOrganization": _trusted_services,
    "LeaveOrganization": _leave,
    "ListAccounts": _accounts,
    "ListAccountsForParent": _accounts_below,
    "ListChildren": _listed_children,
    "ListOrganizationalUnitsForParent": _units_below,
    "ListParents": _parents,
    "ListPolicies": _policies,
    "ListPoliciesForTarget": _policies_of_target,
    "ListRoots": _roots,
    "ListTagsForResource": _tags,
    "ListTargetsForPolicy": _targets,
    "MoveAccount": _move,
    "RemoveAccountFromOrganization": _leave,
    "TagResource": _tag,
    "UntagResource": _untag,
    "UpdateOrganizationalUnit": _update_unit,
    "UpdatePolicy": _update_policy,
}


def _without_api(account: str) -> Record | None:
    """The organization of an account where the platform named no management account: it has an id, and no more."""
    if any(account in known.parents for known in organization_store.known):
        return None
    for told in engine.organizations:
        if account in told.accounts:
            return _organization(Organization(told.id, _NOBODYS, "r-0000"), {})
    return None


def _answering(operation: str) -> Callable[[Records, Scope, Parameters], Record]:
    def answer(records: Records, scope: Scope, parameters: Parameters) -> Record:
        worked = _ANSWERS.get(operation)
        if worked is None:
            raise ServiceError("NotImplementedException", f"Not emulated: organizations {operation}", 501)
        with records.lock:
            if operation == "DescribeOrganization" and (without_api := _without_api(scope.account)) is not None:
                return without_api
            organization = organization_store.of(scope.account)
            if operation not in _MEMBERS_MAY and scope.account != organization.management:
                raise ServiceError("AccessDeniedException", "You don't have permissions to access this resource.")
            given: dict[str, Any] = {"AccountId": scope.account} if operation == "LeaveOrganization" else {}
            return worked(organization, {**parameters, **given})

    return answer


EXTRAS = {operation: _answering(operation) for operation in shapes.service_model("organizations").operation_names}
"""Every operation of the service: no other emulator has the same organization."""

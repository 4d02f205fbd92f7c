"""The organization: its id, its management account, its accounts, and what must be switched on in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.platform import Purpose
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

Record = Mapping[str, Any]

_DESCRIBE = "organizations.describe_organization"
_ROOTS = "organizations.list_roots"
_SCP = "SERVICE_CONTROL_POLICY"
MOST_ATTACHED = 5
"""Policies of a type on one target. Source: organizations/latest/userguide/orgs_reference_limits.html"""
_RAM = "ram.amazonaws.com"


def _described(account: Account, plan: Plan) -> Record | None:
    """The organization of an account; None where it is in none."""
    del plan
    found = account.call(_DESCRIBE, missing=("AWSOrganizationsNotInUseException",))
    return None if found is None else found["Organization"]


def _every_account(plan: Plan) -> Iterable[str]:
    return plan.accounts


def _management(plan: Plan) -> Iterable[str]:
    return () if plan.management is None else (plan.management,)


def _wrong_id(plan: Plan, account: str, found: Record | None) -> Iterable[Fault]:
    wanted = plan.platform.organization_id
    if wanted is None:
        return
    place = f"organization_id {wanted}"
    if found is None:
        fix = f"remove `organization_id` from platform.yaml, or let account {account} join {wanted}"
        yield Fault(place=place, message="the account is in no organization", fix=fix)
    elif found["Id"] != wanted:
        fix = f"write `organization_id: {found['Id']}`, or let account {account} join {wanted}"
        yield Fault(place=place, message=f"the account is in organization {found['Id']}", fix=fix)


def _left_out(plan: Plan, account: str, found: Record | None) -> Iterable[Fault]:
    del account
    if plan.platform.organization_id is None and found is not None:
        yield Fault(
            place="organization_id",
            message=f"the account is in organization {found['Id']}, platform.yaml names none",
            fix=f"write `organization_id: {found['Id']}`",
        )


def _wrong_management(plan: Plan, account: str, found: Record | None) -> Iterable[Fault]:
    if found is not None and found["MasterAccountId"] != account:
        yield Fault(
            place="guardrails.management_account",
            message=f"the organization's management account is {found['MasterAccountId']}, not {account}",
            fix=f'write `management_account: "{found["MasterAccountId"]}"`; keep yours only if it is the delegated '
            "administrator of policies",
        )


def _not_all_features(plan: Plan, account: str, found: Record | None) -> Iterable[Fault]:
    del plan, account
    if found is not None and found.get("FeatureSet") != "ALL":
        yield Fault(
            place=str(found["Id"]),
            message="the organization has consolidated billing only",
            fix="run `aws organizations enable-all-features`, and let each account accept",
        )


def _accounts(account: Account, plan: Plan) -> Mapping[str, str]:
    del plan
    found = account.items("organizations.list_accounts", "Accounts")
    return {member["Id"]: member.get("State") or member.get("Status") or "" for member in found}


def _not_members(plan: Plan, account: str, found: Mapping[str, str]) -> Iterable[Fault]:
    del account
    return _strangers(plan, plan.accounts, found)


def _ahead(plan: Plan, account: str, found: Mapping[str, str]) -> Iterable[Fault]:
    del account
    named = dict.fromkeys(plan.platform.accounts.of(purpose) for purpose in Purpose)
    return _strangers(plan, [each for each in named if each is not None and each not in plan.accounts], found)


def _strangers(plan: Plan, accounts: Iterable[str], found: Mapping[str, str]) -> Iterable[Fault]:
    for member in accounts:
        state = found.get(member)
        if state != "ACTIVE":
            said = "is not in the organization" if state is None else f"is {state}"
            yield Fault(
                place=f"account {member} ({plan.purposes(member)})",
                message=f"the account {said}",
                fix="correct its id in `accounts`, let it join the organization, or leave the purpose out",
            )


def _roots(account: Account, plan: Plan) -> tuple[Record, ...]:
    del plan
    return account.items(_ROOTS, "Roots")


def _wrong_root(plan: Plan, account: str, found: tuple[Record, ...]) -> Iterable[Fault]:
    del account
    guardrails = plan.platform.guardrails
    ids = [root["Id"] for root in found]
    if guardrails is not None and guardrails.root_id not in ids:
        yield Fault(
            place="guardrails.root_id",
            message=f"the organization's root is {', '.join(ids)}, not {guardrails.root_id}",
            fix=f"write `root_id: {ids[0]}`" if ids else "name the organization's root",
        )


def _policies_off(plan: Plan, account: str, found: tuple[Record, ...]) -> Iterable[Fault]:
    del plan, account
    for root in found:
        on = {each["Type"] for each in root.get("PolicyTypes", ()) if each.get("Status") == "ENABLED"}
        if _SCP not in on:
            yield Fault(
                place=f"root {root['Id']}",
                message="service control policies are not enabled",
                fix=f"run `aws organizations enable-policy-type --root-id {root['Id']} --policy-type {_SCP}`",
            )


def _services(account: Account, plan: Plan) -> frozenset[str]:
    del plan
    found = account.items("organizations.list_aws_service_access_for_organization", "EnabledServicePrincipals")
    return frozenset(each["ServicePrincipal"] for each in found)


def _sharing_off(plan: Plan, account: str, found: frozenset[str]) -> Iterable[Fault]:
    del account
    shares = plan.of_type("AWS::RAM::ResourceShare")
    if shares and _RAM not in found:
        yield Fault(
            place=", ".join(share.text("Name") or share.logical_id for share in shares),
            message="sharing with the organization is not enabled in AWS RAM",
            fix="run `aws ram enable-sharing-with-aws-organization` in the management account",
        )


@dataclass(frozen=True, kw_only=True)
class Attached:
    """The names of the service control policies on each account that exists."""

    policies: Mapping[str, frozenset[str]]


def _attached(account: Account, plan: Plan) -> Attached:
    policies = plan.of_type("AWS::Organizations::Policy")
    targets = {target for policy in policies for target in _literal_targets(policy.properties)}
    found: dict[str, frozenset[str]] = {}
    for target in sorted(targets):
        listed = account.call(
            "organizations.list_policies_for_target",
            missing=("TargetNotFoundException",),  # said of the account already
            TargetId=target,
            Filter=_SCP,
        )
        if listed is not None:
            found[target] = frozenset(policy["Name"] for policy in listed["Policies"])
    return Attached(policies=found)


def _literal_targets(properties: Record) -> Iterable[str]:
    return (target for target in properties.get("TargetIds", ()) if isinstance(target, str))


def _no_room(plan: Plan, account: str, found: Attached) -> Iterable[Fault]:
    del account
    for target, names in found.policies.items():
        ours = {
            policy.text("Name") or ""
            for policy in plan.of_type("AWS::Organizations::Policy")
            if target in _literal_targets(policy.properties)
        }
        needed = len(names | ours)
        if needed > MOST_ATTACHED:
            others = ", ".join(sorted(names - ours))
            yield Fault(
                place=f"account {target} ({plan.purposes(target)})",
                message=f"{len(names - ours)} other policies ({others}) and {len(ours)} of the platform make {needed}; "
                f"AWS takes {MOST_ATTACHED}",
                fix="attach the others to a unit above the account, or detach them",
            )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-010",
        severity=Severity.ERROR,
        looks_at="the organization that the account is in, against `organization_id`",
        breaks="bucket policies deny everyone outside of that organization: every bucket locks out its own account, "
        "the audit bucket for as long as its objects are locked; no trust between the accounts holds",
        asks=(_DESCRIBE,),
        where=_every_account,
        ask=_described,
        judge=_wrong_id,
    ),
    Check(
        code="PRE-011",
        severity=Severity.NOTE,
        looks_at="whether `organization_id` is left out though there is one",
        breaks="nothing fails; trust and endpoints are narrowed to accounts instead of the organization",
        asks=(_DESCRIBE,),
        where=_every_account,
        ask=_described,
        judge=_left_out,
    ),
    Check(
        code="PRE-012",
        severity=Severity.WARNING,
        looks_at="the organization's management account, against `guardrails.management_account`",
        breaks="an account that is neither this nor the delegated administrator cannot make units and policies",
        asks=(_DESCRIBE,),
        where=_management,
        ask=_described,
        judge=_wrong_management,
    ),
    Check(
        code="PRE-013",
        severity=Severity.ERROR,
        looks_at="whether the organization has all features enabled",
        breaks="service control policies cannot be made",
        asks=(_DESCRIBE,),
        where=_management,
        ask=_described,
        judge=_not_all_features,
    ),
    Check(
        code="PRE-014",
        severity=Severity.ERROR,
        looks_at="whether each account that stacks go to is an active member of the organization",
        breaks="policies that name an account that does not exist are refused (MalformedPolicy, TargetNotFound)",
        asks=("organizations.list_accounts",),
        where=_management,
        ask=_accounts,
        judge=_not_members,
    ),
    Check(
        code="PRE-015",
        severity=Severity.ERROR,
        looks_at="the organization's root, against `guardrails.root_id`",
        breaks="the units cannot be made (ParentNotFoundException)",
        asks=(_ROOTS,),
        where=_management,
        ask=_roots,
        judge=_wrong_root,
    ),
    Check(
        code="PRE-016",
        severity=Severity.ERROR,
        looks_at="whether service control policies are enabled in the root",
        breaks="the policies are made and cannot be attached (PolicyTypeNotEnabledException)",
        asks=(_ROOTS,),
        where=_management,
        ask=_roots,
        judge=_policies_off,
    ),
    Check(
        code="PRE-017",
        severity=Severity.ERROR,
        looks_at="whether AWS RAM may share with the organization, where feature groups are shared",
        breaks="the share of feature groups fails: the accounts count as strangers",
        asks=("organizations.list_aws_service_access_for_organization",),
        where=_management,
        ask=_services,
        judge=_sharing_off,
    ),
    Check(
        code="PRE-018",
        severity=Severity.ERROR,
        looks_at="how many service control policies each account has, with the platform's",
        breaks="a policy cannot be attached (ConstraintViolationException)",
        asks=("organizations.list_policies_for_target",),
        where=_management,
        ask=_attached,
        judge=_no_room,
    ),
    Check(
        code="PRE-019",
        severity=Severity.NOTE,
        looks_at="whether each account that is named ahead, for a later stage, is an active member",
        breaks="nothing now; the stage that uses the account cannot be deployed",
        asks=("organizations.list_accounts",),
        where=_management,
        ask=_accounts,
        judge=_ahead,
    ),
)

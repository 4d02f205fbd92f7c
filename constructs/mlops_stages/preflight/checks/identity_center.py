"""IAM Identity Center: its instance in the region, its list of attributes, groups and users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.platform import IdentityCenterSignIn
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_INSTANCES = "sso-admin.list_instances"
_ATTRIBUTES = "sso-admin.describe_instance_access_control_attribute_configuration"
_GROUP = "identitystore.describe_group"
_USER = "identitystore.get_user_id"
_USER_OF_ID = "identitystore.describe_user"
_PROFILE = "AWS::SageMaker::UserProfile"
_APPLICATION = "AWS::SSO::ApplicationAssignment"
_LIST = "AWS::SSO::InstanceAccessControlAttributeConfiguration"
_MISSING = ("ResourceNotFoundException",)

Instances = Mapping[str, str]
"""The identity store of each instance that an account sees in the home region, by the instance's ARN."""


def _instances(account: Account, plan: Plan) -> Instances:
    del plan
    found = account.items(_INSTANCES, "Instances")
    return {instance["InstanceArn"]: instance.get("IdentityStoreId", "") for instance in found}


def _named(plan: Plan) -> str | None:
    sign_in = plan.platform.sign_in
    return sign_in.instance_arn if isinstance(sign_in, IdentityCenterSignIn) else None


def _domains(plan: Plan) -> Iterable[str]:
    return [each.account for each in plan.of_type("AWS::SageMaker::Domain") if each.text("AuthMode") == "SSO"]


def _administered(plan: Plan) -> Iterable[str]:
    """Where the instance is administered, as far as platform.yaml says."""
    if _named(plan) is None:
        return ()
    return (plan.management,) if plan.management is not None else _domains(plan)


def _nowhere(plan: Plan, account: str, found: Instances) -> Iterable[Fault]:
    del account
    if not found:
        yield Fault(
            place=f"region {plan.region}",
            message="no instance of IAM Identity Center is seen in the platform's region",
            fix="write the instance's region as `region`, or choose another method in `sign_in`",
        )


def _other(plan: Plan, account: str, found: Instances) -> Iterable[Fault]:
    del account
    named = _named(plan)
    if named is not None and named not in found:
        others = ", ".join(found)
        yield Fault(
            place="sign_in.instance_arn",
            message=f"{named} is not an instance of region {plan.region}",
            fix=f"write `instance_arn: {others}`" if others else f"write the instance's region, not {plan.region}",
        )


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """The attributes for access control of each instance that has a list of them, and what is deployed."""

    keys: Mapping[str, tuple[str, ...]]
    deployed: Deployed


def _attributes(account: Account, plan: Plan) -> Attributes:
    keys: dict[str, tuple[str, ...]] = {}
    for planned in plan.of_type(_LIST, account.id):
        arn = planned.text("InstanceArn")
        found = None if arn is None else account.call(_ATTRIBUTES, missing=_MISSING, InstanceArn=arn)
        if arn is not None and found is not None:
            listed = found.get("InstanceAccessControlAttributeConfiguration", {}).get("AccessControlAttributes", ())
            keys[arn] = tuple(each["Key"] for each in listed)
    return Attributes(keys=keys, deployed=deployed(account, plan))


def _configured(plan: Plan, account: str, found: Attributes) -> Iterable[Fault]:
    for planned in found.deployed.missing(plan, _LIST, account):
        keys = found.keys.get(planned.text("InstanceArn") or "")
        if keys is not None:
            yield Fault(
                place=str(planned.text("InstanceArn")),
                message=f"attributes for access control are configured already: {', '.join(keys) or 'none listed'}",
                fix="add `email` to them yourself and leave `guardrails` out, or remove the list before the deploy",
            )


def _group_ids(plan: Plan) -> tuple[str, ...]:
    assigned = (each.text("PrincipalId") for each in plan.of_type("AWS::SSO::Assignment"))
    return tuple(dict.fromkeys(group for group in assigned if group is not None))


def _user_names(plan: Plan) -> tuple[str, ...]:
    named = (each.text("SingleSignOnUserValue") for each in plan.of_type(_PROFILE))
    return tuple(dict.fromkeys(name for name in named if name is not None))


def _user_ids(plan: Plan) -> tuple[str, ...]:
    assigned = (each.text("PrincipalId") for each in plan.of_type(_APPLICATION) if each.text("PrincipalType") == "USER")
    return tuple(dict.fromkeys(user for user in assigned if user is not None))


def _stores(account: Account, plan: Plan) -> tuple[str, ...]:
    named = _named(plan)
    return tuple(store for arn, store in _instances(account, plan).items() if store and named in (None, arn))


def _groups(account: Account, plan: Plan) -> tuple[str, ...]:
    stores = _stores(account, plan)
    return tuple(
        group
        for group in _group_ids(plan)
        if stores and not any(account.call(_GROUP, missing=_MISSING, IdentityStoreId=s, GroupId=group) for s in stores)
    )


def _users(account: Account, plan: Plan) -> tuple[str, ...]:
    stores = _stores(account, plan)
    if not stores:
        return ()
    names = (name for name in _user_names(plan) if not any(_user(account, store, name) for store in stores))
    ids = (user for user in _user_ids(plan) if not any(_user_of_id(account, store, user) for store in stores))
    return (*names, *ids)


def _user_of_id(account: Account, store: str, user: str) -> object:
    return account.call(_USER_OF_ID, missing=_MISSING, IdentityStoreId=store, UserId=user)


def _user(account: Account, store: str, name: str) -> object:
    alternate = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": name}}
    return account.call(_USER, missing=_MISSING, IdentityStoreId=store, AlternateIdentifier=alternate)


def _no_group(plan: Plan, account: str, found: tuple[str, ...]) -> Iterable[Fault]:
    del plan, account
    for group in found:
        yield Fault(
            place=f"group {group}",
            message="Identity Center has no group of this id",
            fix="correct the id in `sign_in.groups`; `aws identitystore list-groups` shows them",
        )


def _no_user(plan: Plan, account: str, found: tuple[str, ...]) -> Iterable[Fault]:
    del plan, account
    for name in found:
        yield Fault(
            place=f"user {name}",
            message="Identity Center has no such user",
            fix="add the user to the directory, or correct the address or the id (`sign_in.users`) in platform.yaml",
        )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-035",
        severity=Severity.ERROR,
        looks_at="an instance of IAM Identity Center in the platform's region, where people sign in by it",
        breaks="the Studio domain fails: it takes the instance of its own region",
        asks=(_INSTANCES,),
        where=_domains,
        ask=_instances,
        judge=_nowhere,
    ),
    Check(
        code="PRE-036",
        severity=Severity.ERROR,
        looks_at="the instance that `sign_in.instance_arn` names",
        breaks="permission sets and assignments fail: they work in the instance's region only",
        asks=(_INSTANCES,),
        where=_administered,
        ask=_instances,
        judge=_other,
    ),
    Check(
        code="PRE-037",
        severity=Severity.ERROR,
        looks_at="a list of attributes for access control that is configured already",
        breaks="an instance has one list: the organization's stack fails (ConflictException)",
        asks=(_ATTRIBUTES, *ASKS),
        where=lambda plan: plan.accounts_with(_LIST),
        ask=_attributes,
        judge=_configured,
    ),
    Check(
        code="PRE-038",
        severity=Severity.ERROR,
        looks_at="the groups of `sign_in.groups`",
        breaks="their assignment to accounts fails (ResourceNotFoundException)",
        asks=(_INSTANCES, _GROUP),
        where=lambda plan: plan.accounts_with("AWS::SSO::Assignment"),
        ask=_groups,
        judge=_no_group,
    ),
    Check(
        code="PRE-039",
        severity=Severity.ERROR,
        looks_at="the users whom Studio profiles belong to, by user name, and those of `sign_in.users`, by id",
        breaks="their profile or its assignment, and so their team's stack, fails",
        asks=(_INSTANCES, _USER, _USER_OF_ID),
        where=lambda plan: () if not _user_names(plan) else (tuple(_administered(plan)) or tuple(_domains(plan))),
        ask=_users,
        judge=_no_user,
    ),
)

"""The CDK's bootstrap: there, new enough, trusting who deploys, and with no more rights than are needed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from mlops_stages.cloud_assembly import Bootstrap
from mlops_stages.platform import Purpose
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan, listed, mapping

_PARAMETER = "ssm.get_parameter"
_ROLE = "iam.get_role"
_ATTACHED = "iam.list_attached_role_policies"
_NO_ROLE = ("NoSuchEntity",)
_ADMINISTRATOR = ":iam::aws:policy/AdministratorAccess"


def _wanted(plan: Plan, account: str) -> Bootstrap | None:
    """What the stacks of an account ask of its bootstrap; the most demanding of them."""
    asked = [stack.bootstrap for stack in plan.stacks_in(account) if stack.bootstrap is not None]
    return max(asked, key=lambda each: each.least_version, default=None)


def _qualifier(wanted: Bootstrap) -> str:
    """The qualifier in the parameter's name, /cdk-bootstrap/QUALIFIER/version."""
    return wanted.parameter.split("/")[2]


def _accounts(plan: Plan) -> Iterable[str]:
    return [account for account in plan.accounts if _wanted(plan, account) is not None]


def _version(account: Account, plan: Plan) -> str | None:
    wanted = _wanted(plan, account.id)
    if wanted is None:
        return None
    found = account.call(_PARAMETER, missing=("ParameterNotFound",), Name=wanted.parameter)
    return None if found is None else found["Parameter"]["Value"]


def _absent(plan: Plan, account: str, version: str | None) -> Iterable[Fault]:
    wanted = _wanted(plan, account)
    if wanted is not None and version is None:
        yield Fault(
            place=f"{plan.region}, {wanted.parameter}",
            message=f"the account is not bootstrapped with the qualifier {_qualifier(wanted)}",
            fix=f"run `cdk bootstrap aws://{account}/{plan.region}` as in getting started, step 2",
        )


def _old(plan: Plan, account: str, version: str | None) -> Iterable[Fault]:
    wanted = _wanted(plan, account)
    if wanted is not None and version is not None and not (version.isdigit() and int(version) >= wanted.least_version):
        yield Fault(
            place=f"{plan.region}, {wanted.parameter}",
            message=f"the bootstrap is version {version}, the stacks need {wanted.least_version}",
            fix=f"run `cdk bootstrap aws://{account}/{plan.region}` again, with the options of the first time",
        )


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of the bootstrap: whom it trusts, as ids of accounts and ARNs, and the policies that it has."""

    name: str
    trusted: frozenset[str]
    policies: tuple[str, ...]


def _role(account: Account, plan: Plan, kind: str) -> Role | None:
    wanted = _wanted(plan, account.id)
    if wanted is None:
        return None
    name = f"cdk-{_qualifier(wanted)}-{kind}-role-{account.id}-{account.region}"
    found = account.call(_ROLE, missing=_NO_ROLE, RoleName=name)
    if found is None:
        return None  # not bootstrapped: said by another check
    policies = account.items(_ATTACHED, "AttachedPolicies", RoleName=name)
    return Role(
        name=name,
        trusted=frozenset(_trusted(found["Role"].get("AssumeRolePolicyDocument", {}))),
        policies=tuple(policy["PolicyArn"] for policy in policies),
    )


def _trusted(document: object) -> Iterable[str]:
    trust = mapping(json.loads(unquote(document)) if isinstance(document, str) else document)
    for statement in trust.get("Statement", ()):
        named: object = mapping(statement).get("Principal")
        arns: object = mapping(named).get("AWS", ()) if mapping(named) else named
        for arn in [arns] if isinstance(arns, str) else listed(arns):
            yield arn.split(":")[4] if arn.endswith(":root") else arn


def _deployer(plan: Plan) -> str | None:
    """The account that deploys to the others, where the platform has one."""
    return plan.platform.accounts.of(Purpose.TOOLING)


def _from_tooling(plan: Plan) -> Iterable[str]:
    return [account for account in _accounts(plan) if account not in {_deployer(plan), plan.management, None}]


def _no_trust(plan: Plan, account: str, role: Role | None) -> Iterable[Fault]:
    tooling = _deployer(plan)
    if role is None or tooling is None:
        return
    if not any(tooling == trusted or f":{tooling}:" in trusted for trusted in role.trusted):
        yield Fault(
            place=f"role {role.name}",
            message=f"the tooling account {tooling} is not trusted",
            fix=f"run `cdk bootstrap aws://{account}/{plan.region} --trust {tooling}`, if people or CI of the tooling "
            "account deploy here",
        )


def _powerful(plan: Plan, account: str, role: Role | None) -> Iterable[Fault]:
    del plan, account
    if role is not None and any(policy.endswith(_ADMINISTRATOR) for policy in role.policies):
        yield Fault(
            place=f"role {role.name}",
            message="CloudFormation deploys with AdministratorAccess",
            fix="bootstrap with --cloudformation-execution-policies, those of docs/deploy-policies.md",
        )


def _powerless(plan: Plan, account: str, role: Role | None) -> Iterable[Fault]:
    del plan
    if role is not None and not role.policies:
        yield Fault(
            place=f"role {role.name}",
            message="CloudFormation's role has no policy",
            fix=f"run `cdk bootstrap` of account {account} with --cloudformation-execution-policies",
        )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-050",
        severity=Severity.ERROR,
        looks_at="the bootstrap of the CDK, with the qualifier of the stacks",
        breaks="`cdk deploy` stops at once: it has no bucket and no roles there",
        asks=(_PARAMETER,),
        where=_accounts,
        ask=_version,
        judge=_absent,
    ),
    Check(
        code="PRE-051",
        severity=Severity.ERROR,
        looks_at="the version of the bootstrap",
        breaks="`cdk deploy` stops at once",
        asks=(_PARAMETER,),
        where=_accounts,
        ask=_version,
        judge=_old,
    ),
    Check(
        code="PRE-052",
        severity=Severity.WARNING,
        looks_at="whether the bootstrap trusts the tooling account",
        breaks="nobody of the tooling account, CI among them, can deploy there",
        asks=(_ROLE, _ATTACHED),
        where=_from_tooling,
        ask=lambda account, plan: _role(account, plan, "deploy"),
        judge=_no_trust,
    ),
    Check(
        code="PRE-053",
        severity=Severity.ERROR,
        looks_at="whether CloudFormation's role has any policy",
        breaks="every resource is refused",
        asks=(_ROLE, _ATTACHED),
        where=_accounts,
        ask=lambda account, plan: _role(account, plan, "cfn-exec"),
        judge=_powerless,
    ),
    Check(
        code="PRE-054",
        severity=Severity.NOTE,
        looks_at="whether CloudFormation's role is an administrator",
        breaks="nothing fails; whoever may deploy may do anything in the account",
        asks=(_ROLE, _ATTACHED),
        where=_accounts,
        ask=lambda account, plan: _role(account, plan, "cfn-exec"),
        judge=_powerful,
    ),
)

"""Service-linked roles that the first deploy makes AWS create."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_GET = "iam.get_role"
LINKED_ROLES = {"AWS::SageMaker::Domain": ("AWSServiceRoleForAmazonSageMakerNotebooks", "sagemaker.amazonaws.com")}
"""The role that a service makes for itself with the first resource of a type, and the service.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-notebooks.html
"""


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Which of these roles are there, and what is deployed."""

    names: frozenset[str]
    deployed: Deployed


def _ask(account: Account, plan: Plan) -> Roles:
    wanted = {role for made, (role, _) in LINKED_ROLES.items() if plan.of_type(made, account.id)}
    names = frozenset(role for role in wanted if account.call(_GET, missing=("NoSuchEntity",), RoleName=role))
    return Roles(names=names, deployed=deployed(account, plan))


def _missing(plan: Plan, account: str, found: Roles) -> Iterable[Fault]:
    for made, (role, service) in LINKED_ROLES.items():
        if role not in found.names and found.deployed.missing(plan, made, account):
            yield Fault(
                place=f"role {role}",
                message="the role does not exist; AWS makes it with the first domain",
                fix="see that CloudFormation's role may `iam:CreateServiceLinkedRole`, as by "
                "docs/deploy-policy-access.json, and that no guardrail denies it; or run "
                f"`aws iam create-service-linked-role --aws-service-name {service}`",
            )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-045",
        severity=Severity.NOTE,
        looks_at="service-linked roles that the first deploy makes",
        breaks="where the deploy may not make it, the Studio domain fails",
        asks=(_GET, *ASKS),
        where=lambda plan: plan.accounts_with(*LINKED_ROLES),
        ask=_ask,
        judge=_missing,
    ),
)

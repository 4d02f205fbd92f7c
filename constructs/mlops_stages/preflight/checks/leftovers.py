"""Stacks that a failed or interrupted deploy left behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, NEVER_COMPLETED, Deployed, DeployedStack, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_UNDELETED = frozenset({"DELETE_FAILED", "ROLLBACK_FAILED"})
_STUCK = frozenset({"UPDATE_ROLLBACK_FAILED"})


def _ours(plan: Plan, account: str, found: Deployed) -> Iterable[DeployedStack]:
    names = (stack.name for stack in plan.stacks_in(account))
    return [found.stacks[name] for name in names if name in found.stacks]


def _protected(plan: Plan, account: str, found: Deployed) -> Iterable[Fault]:
    for stack in _ours(plan, account, found):
        if stack.status in NEVER_COMPLETED and stack.protected:
            yield Fault(
                place=f"stack {stack.name}",
                message=f"the stack never completed ({stack.status}), and has termination protection",
                fix=f"run `aws cloudformation update-termination-protection --no-enable-termination-protection "
                f"--stack-name {stack.name}`, then deploy again",
            )


def _undeleted(plan: Plan, account: str, found: Deployed) -> Iterable[Fault]:
    for stack in _ours(plan, account, found):
        if stack.status in _UNDELETED:
            yield Fault(
                place=f"stack {stack.name}",
                message=f"the stack is in {stack.status}: something of it could not be deleted",
                fix=f"read why (`aws cloudformation describe-stack-events --stack-name {stack.name}`), remove that by "
                f"hand, and run `aws cloudformation delete-stack --stack-name {stack.name}`",
            )


def _stuck(plan: Plan, account: str, found: Deployed) -> Iterable[Fault]:
    for stack in _ours(plan, account, found):
        if stack.status in _STUCK:
            yield Fault(
                place=f"stack {stack.name}",
                message=f"the stack is in {stack.status}",
                fix=f"remove the cause, then run `cdk rollback {stack.name}`",
            )


def _busy(plan: Plan, account: str, found: Deployed) -> Iterable[Fault]:
    for stack in _ours(plan, account, found):
        if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
            yield Fault(
                place=f"stack {stack.name}",
                message=f"the stack is in {stack.status}",
                fix="wait until it is done; somebody else may be deploying",
            )


def _rolled_back(plan: Plan, account: str, found: Deployed) -> Iterable[Fault]:
    for stack in _ours(plan, account, found):
        if stack.status in NEVER_COMPLETED - _UNDELETED and not stack.protected:
            yield Fault(
                place=f"stack {stack.name}",
                message=f"the stack never completed ({stack.status})",
                fix="nothing: the next `cdk deploy` deletes it and makes it anew",
            )


def _check(code: str, severity: Severity, looks_at: str, breaks: str, judge: Any) -> Check[Any]:  # noqa: ANN401  # a judge
    return Check(
        code=code,
        severity=severity,
        looks_at=looks_at,
        breaks=breaks,
        asks=ASKS,
        where=lambda plan: plan.accounts,
        ask=deployed,
        judge=judge,
    )


CHECKS: tuple[Check[Any], ...] = (
    _check(
        "PRE-080",
        Severity.ERROR,
        "stacks that never completed and have termination protection",
        "the CDK deletes such a stack before it makes it anew, and CloudFormation refuses that",
        _protected,
    ),
    _check(
        "PRE-081",
        Severity.ERROR,
        "stacks whose deletion or rollback failed",
        "the deploy of that stack stops, and what was left of it blocks the names",
        _undeleted,
    ),
    _check(
        "PRE-082",
        Severity.ERROR,
        "stacks whose update could not be rolled back",
        "the deploy of that stack stops",
        _stuck,
    ),
    _check(
        "PRE-083",
        Severity.ERROR,
        "stacks that are being changed at this moment",
        "the deploy of that stack waits, or stops",
        _busy,
    ),
    _check(
        "PRE-084",
        Severity.NOTE,
        "stacks that never completed",
        "nothing fails",
        _rolled_back,
    ),
)

"""Makes every check in every account that it is about, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from mlops_stages.preflight.access import Access, Caller
from mlops_stages.preflight.aws import WORKERS, Account, Unseen
from mlops_stages.preflight.check import Check, Fault, Unjudged
from mlops_stages.preflight.findings import Finding, NotSeen, Reason, Report, Severity, report
from mlops_stages.preflight.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the run itself looks at, as a row of the table of checks."""

    code: str
    severity: Severity
    looks_at: str
    breaks: str


REACH = Row(
    code="PRE-001",
    severity=Severity.ERROR,
    looks_at="whether any credentials lead to the account; told as not seen",
    breaks="nothing is known of the account",
)
STRANGER = Row(
    code="PRE-002",
    severity=Severity.WARNING,
    looks_at="the account of your credentials",
    breaks="`cdk deploy` goes to other accounts than yours, by roles that must trust it",
)
OF_THE_RUN = (REACH, STRANGER)


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    findings: tuple[Finding, ...] = ()
    not_seen: tuple[NotSeen, ...] = ()


def preflight(plan: Plan, access: Access, checks: Iterable[Check[Any]]) -> Report:
    """Ask the accounts of a plan all that the checks want to know; nothing is changed anywhere."""
    wanted = [(check, account) for check in checks for account in dict.fromkeys(check.where(plan))]
    accounts = tuple(dict.fromkeys((*plan.accounts, *(account for _, account in wanted))))
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        reached = dict(zip(accounts, pool.map(partial(_reached, access), accounts), strict=True))
        due = [(check, found) for check, account in wanted if isinstance(found := reached[account], Account)]
        outcomes = list(pool.map(partial(_made, plan), *zip(*due, strict=True)) if due else ())
    unreached = [_unreached(account, found) for account, found in reached.items() if isinstance(found, Unseen)]
    return report(
        [*_of_caller(plan, access), *(finding for outcome in outcomes for finding in outcome.findings)],
        [*unreached, *(item for outcome in outcomes for item in outcome.not_seen)],
        len(due),
    )


def _reached(access: Access, id: str) -> Account | Unseen:
    try:
        return access.account(id)
    except Unseen as why:
        return why


def _unreached(id: str, why: Unseen) -> NotSeen:
    return NotSeen(
        account=id,
        code=REACH.code,
        looks_at="everything of the account",
        reason=why.reason,
        message=why.message,
        permission=why.permission,
    )


def _of_caller(plan: Plan, access: Access) -> Iterable[Finding]:
    try:
        caller: Caller = access.caller()
    except Unseen:
        return  # told already, for every account that is not seen
    if caller.account not in {*plan.accounts, *plan.platform.accounts_deployed_to}:
        yield Finding(
            account=caller.account,
            code=STRANGER.code,
            place=caller.arn,
            severity=STRANGER.severity,
            message="your credentials are of an account that platform.yaml does not name",
            breaks=STRANGER.breaks,
            fix="sign in to an account of the platform, or check the ids in `accounts`",
        )


def _made(plan: Plan, check: Check[Any], account: Account) -> _Outcome:
    try:
        judged = list(check.judge(plan, account.id, check.ask(account, plan)))
    except Unseen as why:
        return _Outcome(not_seen=(_not_seen(check, account, why.reason, why.message, why.permission),))
    return _Outcome(
        findings=tuple(_finding(check, account, each) for each in judged if isinstance(each, Fault)),
        not_seen=tuple(
            _not_seen(check, account, Reason.UNANSWERED, each.message) for each in judged if isinstance(each, Unjudged)
        ),
    )


def _finding(check: Check[Any], account: Account, fault: Fault) -> Finding:
    return Finding(
        account=account.id,
        code=check.code,
        place=fault.place,
        severity=check.severity,
        message=fault.message,
        breaks=check.breaks,
        fix=fault.fix,
    )


def _not_seen(
    check: Check[Any], account: Account, reason: Reason, message: str, permission: str | None = None
) -> NotSeen:
    return NotSeen(
        account=account.id,
        code=check.code,
        looks_at=check.looks_at,
        reason=reason,
        message=message,
        permission=permission,
    )

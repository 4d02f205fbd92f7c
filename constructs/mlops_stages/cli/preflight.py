"""`mlops-stages preflight`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_stages.cli.common import no_proxy, read, running_in
from mlops_stages.errors import UserError
from mlops_stages.platform import Platform, Purpose, bootstrap
from mlops_stages.preflight import (
    CHECKS,
    Access,
    LocalAccess,
    NotSeen,
    Plan,
    Report,
    Severity,
    UserAccess,
    preflight,
    read_plan,
)
from mlops_stages.terminal import one_line, say

if TYPE_CHECKING:
    from mlops_stages.local.client.cdk import CdkCli

_ACCOUNT = re.compile(r"\d{12}")
_MANAGEMENT = "management"


def check(directory: Path, assembly: Path | None, profiles: Sequence[str], *, local: bool, as_json: bool) -> int:
    """Ask the accounts of a platform for what a deploy will trip over; print it and return the exit code.

    Errors: PRE-101 for a cloud assembly that cannot be read, PRE-102 for a `--profile` that names no account,
    LOC-030 where the stacks cannot be synthesized, CLI-010 where `local` is asked for and none runs.
    """
    platform = read(directory)
    chosen = dict(profile_of(platform, given) for given in profiles)
    plan = plan_of(platform, directory, assembly)
    report = preflight(plan, access_to(plan, directory, chosen, local=local), CHECKS)
    say(json.dumps(report.to_json(), indent=2) if as_json else "\n".join(map(one_line, _lines(plan, report))))
    return report.exit_code


def profile_of(platform: Platform, given: str) -> tuple[str, str]:
    """Return account and profile of a `--profile` option. Error: PRE-102."""
    where, separator, name = given.partition("=")
    accounts = {purpose.value: platform.accounts.of(purpose) for purpose in Purpose}
    if platform.guardrails is not None:
        accounts[_MANAGEMENT] = platform.guardrails.management_account
    account = where if _ACCOUNT.fullmatch(where) else accounts.get(where)
    if not separator or not name or account is None:
        known = ", ".join(purpose for purpose, account in accounts.items() if account is not None)
        raise UserError(
            "PRE-102",
            f"--profile {given}",
            "it does not name an account and a profile",
            f"write PURPOSE=NAME with one of {known}, or ACCOUNT=NAME",
        )
    return account, name


def plan_of(platform: Platform, directory: Path, assembly: Path | None) -> Plan:
    """Read the cloud assembly of a platform, or synthesize it. Errors: PRE-101, LOC-030."""
    if assembly is None:
        cli = _cli(platform, directory)
        from mlops_stages.local.client.deploy import synthesize

        synthesize(cli)
        assembly = cli.assembly
    try:
        return read_plan(platform, assembly)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:  # whatever a strange file makes of it
        raise UserError(
            "PRE-101",
            str(assembly),
            f"it is not a cloud assembly that can be read: {error}",
            "leave --app out, or name the directory that `cdk synth` wrote",
        ) from error


def _cli(platform: Platform, directory: Path) -> CdkCli:
    from mlops_stages import node
    from mlops_stages.local.client.cdk import CdkCli

    if not node.is_installed(directory):
        node.install(directory)
    return CdkCli(
        directory=directory,
        account=platform.account(Purpose.EXPERIMENTATION),
        region=platform.region,
        partition=platform.partition,
        qualifier=platform.qualifier(bootstrap.in_context(directory)),
    )


def access_to(
    plan: Plan, directory: Path, profiles: dict[str, str], *, local: bool, by_roles_alone: bool = False
) -> Access:
    """Return the way to the accounts: the user's credentials, or the local AWS. Error: CLI-010 where none runs.

    `by_roles_alone`: the credentials may take on the lookup roles, and nothing else, in their own account neither.
    """
    if local:
        no_proxy()
        home = plan.platform.account(Purpose.EXPERIMENTATION)
        endpoint = running_in(directory).endpoint
        return LocalAccess(endpoint.url, endpoint.secret, plan.region, home)
    roles = {
        stack.account: stack.bootstrap.lookup_role.format(partition=plan.platform.partition)
        for stack in plan.stacks
        if stack.bootstrap is not None and stack.bootstrap.lookup_role is not None
    }
    return UserAccess(plan.region, profiles=profiles, lookup_roles=roles, by_roles_alone=by_roles_alone)


def _lines(plan: Plan, report: Report) -> Iterable[str]:
    for (severity, code, breaks), findings in groupby(
        report.findings, key=lambda each: (each.severity, each.code, each.breaks)
    ):
        yield f"{severity} {code}: {breaks}"
        for finding in findings:
            yield f"  account {finding.account} ({plan.purposes(finding.account)}): {finding.place}"
            yield f"    {finding.message}"
            yield f"    fix: {finding.fix}"
        yield ""
    if report.not_seen:
        yield "Not seen, and so not known to be fine:"
        for account, items in groupby(report.not_seen, key=lambda item: item.account):
            yield f"  account {account} ({plan.purposes(account)})"
            yield from _unseen(items)
        yield ""
    counts = ", ".join(_counted(report.count(severity), severity) for severity in Severity)
    made = f"{_counted(report.checks, 'check')} in {_counted(len(plan.accounts), 'account')}"
    yield f"{made}: {counts}, {len(report.not_seen)} not seen."


def _unseen(items: Iterable[NotSeen]) -> Iterable[str]:
    """What was not seen of one account, with the checks that a reason is common to in one line."""
    grouped: dict[tuple[str, str | None], list[str]] = {}
    for item in items:
        grouped.setdefault((item.message, item.permission), []).append(f"{item.code} {item.looks_at}")
    for (message, permission), looked in grouped.items():
        needs = f" (needs {permission})" if permission is not None else ""
        yield f"    {'; '.join(looked)}"
        yield f"      {message}{needs}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

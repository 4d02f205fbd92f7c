"""`mlops-stages protect`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mlops_stages import protected_stacks
from mlops_stages.cli.common import read, shortest
from mlops_stages.cli.preflight import access_to, plan_of, profile_of
from mlops_stages.errors import UserError
from mlops_stages.preflight import Access, Plan
from mlops_stages.preflight.aws import Unseen
from mlops_stages.terminal import one_line, say

NOT_SEEN = 3
"""The exit code where an account could not be asked, as `preflight` has it."""

_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


@dataclass
class Protection:
    """The stacks to protect, what that changes, and the accounts that were not seen, with the reason."""

    stacks: set[str] = field(default_factory=set[str])
    added: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    not_seen: dict[str, str] = field(default_factory=dict[str, str])


def protect(directory: Path, assembly: Path | None, profiles: Sequence[str], *, as_json: bool) -> int:
    """Write which stacks of a platform exist into the file of protected stacks; return the exit code.

    Errors: LOC-09x of the file, LOC-092 in a shell that leads to the local AWS, LOC-093 where the file cannot be
    written, PRE-101 and PRE-102 of the options, LOC-030 where the stacks cannot be synthesized.
    """
    _refuse_local_aws()
    platform = read(directory)
    chosen = dict(profile_of(platform, given) for given in profiles)
    file = directory / protected_stacks.NAME
    known = protected_stacks.read(file)
    plan = plan_of(platform, directory, assembly)
    found = protection(plan, access_to(plan, directory, chosen, local=False), known)
    if found.added or found.removed:
        try:
            protected_stacks.write(file, found.stacks)
        except OSError as error:
            raise UserError(
                "LOC-093", str(file), f"the file cannot be written: {error.strerror}", "make it writable", exit_code=1
            ) from error
    say(_as_json(found) if as_json else "\n".join(map(one_line, _lines(found, shortest(file)))))
    return NOT_SEEN if found.not_seen else 0


def protection(plan: Plan, access: Access, known: frozenset[str]) -> Protection:
    """Ask which stacks of a plan have been created; where an account is not seen, what is known of it stays."""
    found = Protection()
    for account in plan.accounts:
        ours = {stack.name for stack in plan.stacks_in(account)}
        try:
            stacks = access.account(account).items("cloudformation.describe_stacks", "Stacks")
        except Unseen as why:
            found.not_seen[account] = why.message
            found.stacks |= ours & known
            continue
        found.stacks |= {s["StackName"] for s in stacks if s["StackName"] in ours and _was_created(s["StackStatus"])}
    found.added, found.removed = sorted(found.stacks - known), sorted(known - found.stacks)
    return found


def _was_created(status: str) -> bool:
    """Whether the next deploy updates a stack of this status, and does not create it anew."""
    return status == "CREATE_COMPLETE" or status.startswith(("UPDATE_", "IMPORT_"))


def _refuse_local_aws() -> None:
    for name, value in sorted(os.environ.items()):
        if name.startswith("AWS_ENDPOINT_URL") and urlsplit(value).hostname in _THIS_MACHINE:
            raise UserError(
                "LOC-092",
                name,
                "this shell leads to the local AWS, whose stacks `up` protects by itself",
                f"unset {name}, or use another shell",
            )


def _as_json(found: Protection) -> str:
    told = {
        "protected": sorted(found.stacks),
        "added": found.added,
        "removed": found.removed,
        "not_seen": [{"account": account, "message": message} for account, message in found.not_seen.items()],
    }
    return json.dumps(told, indent=2)


def _lines(found: Protection, file: Path) -> Iterable[str]:
    yield f"{len(found.stacks)} stacks are deployed and listed in {file}."
    for name in found.added:
        yield f"  added    {name}"
    for name in found.removed:
        yield f"  removed  {name}"
    for account, message in found.not_seen.items():
        yield f"Not seen, so left as it was: account {account}: {message}"
    if found.added or found.removed:
        yield f"Next: commit {file}, then `cdk deploy --all`, which switches protection on and off as listed."

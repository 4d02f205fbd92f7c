"""People whom the file no longer names: AWS deletes no Studio profile that has spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, NEVER_COMPLETED, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_PROFILE = "AWS::SageMaker::UserProfile"
_PROFILE_ID = re.compile(r"([^|]+)\|(d-[a-z0-9]+)")
_SPACES = "sagemaker.list_spaces"


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """The spaces of those whose profile a deploy deletes, by the profile's name."""

    spaces: Mapping[str, tuple[str, ...]]


def _ask(account: Account, plan: Plan) -> Leaving:
    kept = {(planned.stack, planned.logical_id) for planned in plan.of_type(_PROFILE, account.id)}
    leaving: set[tuple[str, str]] = set()
    for name, stack in deployed(account, plan).stacks.items():
        for logical_id, physical_id in () if stack.status in NEVER_COMPLETED else stack.resources.items():
            profile = _PROFILE_ID.fullmatch(physical_id)
            if profile is not None and (name, logical_id) not in kept:
                leaving.add((profile[2], profile[1]))
    spaces: dict[str, tuple[str, ...]] = {}
    for space in account.items(_SPACES, "Spaces") if leaving else ():
        owner = space.get("OwnershipSettingsSummary", {}).get("OwnerUserProfileName", "")
        if (space["DomainId"], owner) in leaving:
            spaces[owner] = (*spaces.get(owner, ()), space["SpaceName"])
    return Leaving(spaces=spaces)


def _with_spaces(plan: Plan, account: str, found: Leaving) -> Iterable[Fault]:
    del plan, account
    for profile, spaces in sorted(found.spaces.items()):
        yield Fault(
            place=f"Studio profile {profile}",
            message=f"platform.yaml no longer names this person, who has spaces: {', '.join(sorted(spaces))}",
            fix="copy what they keep to the team's bucket and end their apps and spaces (docs/removing.md), or put the "
            "person back",
        )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-086",
        severity=Severity.ERROR,
        looks_at="spaces of people whom the file no longer names",
        breaks="the deploy deletes their role and leaves their profile, which keeps its name taken",
        asks=(*ASKS, _SPACES),
        where=lambda plan: plan.accounts_with(_PROFILE),
        ask=_ask,
        judge=_with_spaces,
    ),
)

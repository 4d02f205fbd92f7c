"""CloudTrail: a trail of the same name, and room for one more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_TYPE = "AWS::CloudTrail::Trail"
_DESCRIBE = "cloudtrail.describe_trails"
MOST_TRAILS = 5
"""Trails of a region; one of all regions counts in each.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
"""


@dataclass(frozen=True, kw_only=True)
class Trails:
    """The trails that are in force in the region, and what is deployed."""

    trails: tuple[Mapping[str, Any], ...]
    deployed: Deployed


def _ask(account: Account, plan: Plan) -> Trails:
    found = account.items(_DESCRIBE, "trailList", includeShadowTrails=True)
    return Trails(trails=found, deployed=deployed(account, plan))


def _taken(plan: Plan, account: str, found: Trails) -> Iterable[Fault]:
    names = {trail["Name"] for trail in found.trails if trail.get("HomeRegion") == plan.region}
    for trail in found.deployed.missing(plan, _TYPE, account):
        name = trail.text("TrailName")
        if name in names:
            yield Fault(
                place=f"trail {name}",
                message="the account has a trail of this name already",
                fix="delete it if a failed deploy left it behind; else rename the other trail",
            )


def _full(plan: Plan, account: str, found: Trails) -> Iterable[Fault]:
    new = len(found.deployed.missing(plan, _TYPE, account))
    if new and len(found.trails) + new > MOST_TRAILS:
        names = ", ".join(sorted(trail["Name"] for trail in found.trails))
        yield Fault(
            place=f"trails of {plan.region}",
            message=f"{len(found.trails)} trails are in force ({names}); AWS takes {MOST_TRAILS}",
            fix="delete a trail that nobody reads; this quota cannot be raised",
        )


def _second(plan: Plan, account: str, found: Trails) -> Iterable[Fault]:
    if found.trails and found.deployed.missing(plan, _TYPE, account):
        names = ", ".join(sorted(trail["Name"] for trail in found.trails))
        yield Fault(
            place=f"trails of {plan.region}",
            message=f"another trail is in force ({names})",
            fix="know that AWS charges for the management events of every trail after the first",
        )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-025",
        severity=Severity.ERROR,
        looks_at="a trail of the audit trail's name",
        breaks="the account's stack fails (TrailAlreadyExistsException)",
        asks=(_DESCRIBE, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_ask,
        judge=_taken,
    ),
    Check(
        code="PRE-026",
        severity=Severity.ERROR,
        looks_at="room for one more trail",
        breaks="the account's stack fails (MaximumNumberOfTrailsExceededException)",
        asks=(_DESCRIBE, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_ask,
        judge=_full,
    ),
    Check(
        code="PRE-027",
        severity=Severity.NOTE,
        looks_at="whether the audit trail is the account's first",
        breaks="nothing fails; management events are charged from the second trail on",
        asks=(_DESCRIBE, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_ask,
        judge=_second,
    ),
)

"""What became broader between two sets of templates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlops_stages.review.permissions.holders import (
    BOUNDARY,
    NONE,
    QUIET_WHEN_NEW,
    TARGET,
    Holder,
    holders,
)
from mlops_stages.review.permissions.statements import not_covered
from mlops_stages.review.permissions.templates import Template
from mlops_stages.review.permissions.texts import readable

ALLOWED, DENIAL_LOST, TRUSTED, RULE, OTHER = "RVW-101", "RVW-102", "RVW-103", "RVW-104", "RVW-105"
CODES = {
    ALLOWED: "More is allowed than before.",
    DENIAL_LOST: "Something that was denied no longer is.",
    TRUSTED: "Somebody may take on a role, or use a resource, who could not before.",
    RULE: "A security group lets more through.",
    OTHER: "Something that gives access without a policy, or closes a resource, is new or changed.",
}


_LOSE_THEIR_POLICY = {"AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Organizations::Policy"}
"""What may stay when a stack lets go of it, while the policy that held others back is deleted."""


@dataclass(frozen=True)
class Finding:
    """One thing that became broader."""

    code: str
    where: str
    says: str


def compare(before: Iterable[Template], after: Iterable[Template]) -> list[Finding]:
    """Return what somebody may do by `after` and could not by `before`, in the order of `after`.

    Another order, another `Sid`, statements that are split or joined, policies that move to another document of the
    same role, and everything that narrows are no findings. What cannot be shown to be no broader is one: values that
    are known only once deployed are compared as they stand.
    """
    was, now = holders(before), holders(after)
    found: list[Finding] = []
    for key, holder in now.items():
        found += _broader(was.get(key, Holder(holder.where)), holder, is_new=key not in was)
    for key, holder in was.items():
        if key not in now and (key[1] in _LOSE_THEIR_POLICY or key[1].startswith(TARGET)):
            found += [
                Finding(DENIAL_LOST, holder.where, f"no longer {statement.says()}")
                for statement in holder.statements
                if not statement.allows
            ]
    return found


def _broader(was: Holder, now: Holder, *, is_new: bool) -> list[Finding]:
    old_allows = [each for each in was.statements if each.allows]
    new_denies = [each for each in now.statements if not each.allows]
    allowed = not_covered((each for each in now.statements if each.allows), old_allows)
    lost = not_covered((each for each in was.statements if not each.allows), new_denies)
    found = [Finding(ALLOWED if each.principals is None else TRUSTED, now.where, each.says()) for each in allowed]
    found += [Finding(DENIAL_LOST, now.where, f"no longer {each.says()}") for each in lost]
    found += [
        Finding(RULE, now.where, readable(rule.says()))
        for rule in now.rules
        if not any(old.covers(rule) for old in was.rules)
    ]
    found += [
        Finding(OTHER, now.where, readable(f"{what}: {value}"))
        for what, value in sorted(now.facts - was.facts)
        if not is_new or what not in QUIET_WHEN_NEW or (what, value) == (BOUNDARY, NONE)
    ]
    return found

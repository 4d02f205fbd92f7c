"""What follows from a decision in the registry: a promotion begins, goes on, or ends.

The event says what to look at, the registry what is so. A decision counts if it was the last change of the version:
who made an earlier one, nobody can say any more.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from . import digests, records
from .attempts import RELEASING, approval_key, approval_of, attempts, note, release_of
from .aws import error_code
from .codes import PromotionError
from .events import APPROVED, Change, asked_for, read_time, told
from .evidence import refuse_changed_result
from .identities import STARTER, Person, decider, origin_of, refuse_two_parts, session_of
from .promotion import Promotion
from .settings import PRODUCTION, STAGING
from .starting import begin
from .store import Content

_NEAR = timedelta(seconds=1)


def registered(promotion: Promotion, change: Change) -> str:
    """Record a version that its pipeline has registered."""
    described = promotion.describe(change.version)
    found = digests.said(described, change.package_arn)
    made = dict[str, Any](dict[str, Any](described.get("CreatedBy") or {}).get("IamIdentity") or {})
    session = session_of(made.get("Arn"))
    metadata = described["CustomerMetadataProperties"]
    if session is None:
        raise PromotionError("PRM-020", change.package_arn, "it was registered by no role")
    who = Person(str(made["Arn"]), str(metadata.get(STARTER) or session[2]))
    records.trained(promotion, described, found.to_dict(), who)
    return "recorded"


def approved(promotion: Promotion, change: Change) -> str:
    """Begin the promotion of a version that was approved. Errors: PRM-010 to PRM-013, PRM-020."""
    described = promotion.describe(change.version)
    if described.get("ModelApprovalStatus") != APPROVED:
        return "stale"
    held = promotion.store.get(approval_key(change.version))
    if held is not None and change.modified is not None and told(change.modified) <= str(held.content["at"]):
        return _begun(promotion, held.content)
    at = when(described, change)
    if held is not None and at <= str(held.content["at"]):
        return _begun(promotion, held.content)
    content = approval(promotion, change.version, described, at)
    if held is None:
        promotion.store.create(approval_key(change.version), content)
    else:
        # Numbers go on: none is used twice.
        again = {**content, **{name: held.content[name] for name in ("attempts", "begun") if name in held.content}}
        promotion.store.replace(approval_key(change.version), again, held.revision)
    return _begun(promotion, approval_of(promotion, change.version))


def approval(promotion: Promotion, version: int, described: dict[str, Any], at: str) -> Content:
    """The first approval of a version, as it is remembered. Errors: PRM-010 to PRM-012, PRM-020."""
    settings = promotion.settings
    where = f"{settings.name} v{version}"
    who = decider(described, account=settings.account, role=settings.approve_role, where=where)
    origin = origin_of(described, where)
    refuse_two_parts(where, origin, who)
    return {
        "version": version,
        "at": at,
        "who": who.who(),
        "author": origin.author,
        "starter": origin.starter,
        "digests": digests.said(described, where).to_dict(),
        "reason": records.text(described.get("ApprovalDescription")),
        "attempts": 0,
    }


def _begun(promotion: Promotion, held: Content) -> str:
    """Record an approval, and begin its attempt unless one was begun for it; whichever part was done is not again."""
    version, at = int(held["version"]), str(held["at"])
    who = Person(str(held["who"]["principal"]), str(held["who"]["source_identity"]))
    records.decided(
        promotion, version, STAGING, approved=True, at=at, who=who, digests=held["digests"], reason=held.get("reason")
    )
    begin(promotion, version, "promote", cause=f"approved {at}", more={"approved_at": at})
    return "begun"


def released(promotion: Promotion, change: Change) -> str:
    """Let the promotion that waits go on. Errors: PRM-010, PRM-011, PRM-013, PRM-020 to PRM-022, PRM-032."""
    settings, where = promotion.settings, f"{promotion.settings.name} v{change.version}"
    described = promotion.describe(change.version)
    if asked_for(described) != "released":
        return "stale"
    waits = _waiting(promotion, change, where)
    if waits is None:
        return "decided before"
    if "second" not in waits:
        at = when(described, change)
        first = approval_of(promotion, change.version)
        who = decider(described, account=settings.account, role=settings.release_role, where=where)
        refuse_two_parts(where, origin_of(described, where), _first(first), who)
        digests.refuse_others(where, digests.said(described, where), first["digests"])
        refuse_changed_result(waits, where)
        second = {"who": who.who(), "at": at, "result_sha256": waits["result_sha256"]}
        waits = note(promotion, release_of(waits), second=second, status=RELEASING)
    second = waits["second"]
    first = approval_of(promotion, change.version)
    records.decided(
        promotion,
        change.version,
        PRODUCTION,
        approved=True,
        at=str(second["at"]),
        who=Person(second["who"]["principal"], second["who"]["source_identity"]),
        digests=first["digests"],
        result_sha256=str(second["result_sha256"]),
    )
    return answer(promotion, waits)


def refused(promotion: Promotion, change: Change) -> str:
    """End the promotion that waits. Errors: PRM-010, PRM-013, PRM-032."""
    settings, where = promotion.settings, f"{promotion.settings.name} v{change.version}"
    described = promotion.describe(change.version)
    if asked_for(described) != "refused":
        return "stale"
    waits = _waiting(promotion, change, where)
    if waits is None:
        return "decided before"
    at = when(described, change)
    who = decider(described, account=settings.account, role=settings.release_role, where=where)
    cycle = described["ModelLifeCycle"]
    waits = note(promotion, release_of(waits), rejected={"who": who.who(), "at": at})
    records.decided(
        promotion,
        change.version,
        PRODUCTION,
        approved=False,
        at=at,
        who=who,
        digests={},
        reason=cycle.get("StageDescription"),
    )
    return answer(promotion, waits)


def _waiting(promotion: Promotion, change: Change, where: str) -> Content | None:
    """The attempt that waits; None where this decision was made of it before. Error: PRM-032 where none waits."""
    found = attempts(promotion, change.version)
    at = None if change.modified is None else told(change.modified)
    for each in reversed(found):
        if "token" in each:
            return each
        decided = each.get("second") or each.get("rejected")
        if decided is not None and (at is None or at <= str(decided["at"])):
            return None
    raise PromotionError("PRM-032", where, "nothing waits to be released")


def answer(promotion: Promotion, decided: Content) -> str:
    """Answer the waiting state of an attempt that was decided upon, by its token, once; then forget the token."""
    states, rejected = promotion.aws.client("stepfunctions"), decided.get("rejected")
    outcome = "answered"
    try:
        if rejected is None:
            output = json.dumps({"released_at": decided["second"]["at"]})
            states.send_task_success(taskToken=decided["token"], output=output)
        else:
            where = f"{promotion.settings.name} v{decided['version']}"
            error = PromotionError("PRM-034", where, f"by {rejected['who']['source_identity']}")
            states.send_task_failure(taskToken=decided["token"], error="PromotionError", cause=str(error))
    except states.exceptions.ClientError as error:
        # Answered before, or its execution has ended: whoever ended it has told.
        if error_code(error) not in ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"):
            raise
        outcome = "answered before"
    note(promotion, release_of(decided), token=None)
    return outcome


def _first(held: Content) -> Person:
    return Person(str(held["who"]["principal"]), str(held["who"]["source_identity"]))


def when(described: dict[str, Any], change: Change) -> str:
    """When the decision was made, if it was the last change of the version. Error: PRM-013."""
    modified = read_time(described.get("LastModifiedTime"))
    if modified is None:
        raise PromotionError("PRM-013", change.package_arn, "the registry does not say when it was changed")
    if change.modified is not None and abs(modified - change.modified) > _NEAR:
        raise PromotionError("PRM-013", change.package_arn, f"it was changed again at {told(modified)}")
    return told(modified)

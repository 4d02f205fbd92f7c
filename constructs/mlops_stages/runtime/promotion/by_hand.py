"""What a person asks for by the life cycle: promote an approved version again, or go back to one that has served."""

from __future__ import annotations

from typing import Any

from . import records
from .attempts import approval_of, served, serving
from .codes import PromotionError
from .decisions import when
from .events import APPROVED, Change, asked_for
from .identities import Person, decider
from .promotion import Promotion
from .settings import PRODUCTION
from .starting import begin


def requested(promotion: Promotion, change: Change) -> str:
    """Promote an approved version again. Errors: PRM-004, PRM-010, PRM-013, PRM-031."""
    described = promotion.describe(change.version)
    if asked_for(described) != "requested":
        return "stale"
    at, more = _asked(promotion, change, described)
    status = described.get("ModelApprovalStatus")
    if status != APPROVED:
        raise PromotionError("PRM-004", f"{promotion.settings.name} v{change.version}", f"it is {status}")
    begin(promotion, change.version, "promote", cause=f"requested {at}", more=more)
    return "begun"


def restored(promotion: Promotion, change: Change) -> str:
    """Go back to a version that has served production, and does not now. Errors: PRM-005, PRM-010, PRM-013, PRM-031."""
    described = promotion.describe(change.version)
    if asked_for(described) != "restored":
        return "stale"
    at, more = _asked(promotion, change, described)
    cause = f"restored {at}"
    if cause not in approval_of(promotion, change.version).get("begun", {}):
        _refuse_nowhere(promotion, change.version)
    begin(promotion, change.version, "rollback", cause=cause, more=more)
    return "begun"


def _asked(promotion: Promotion, change: Change, described: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    settings, where = promotion.settings, f"{promotion.settings.name} v{change.version}"
    at = when(described, change)
    who: Person = decider(described, account=settings.account, role=settings.release_role, where=where)
    reason = records.text(described["ModelLifeCycle"].get("StageDescription"))
    return at, {"asked_by": who.who(), **({} if reason is None else {"reason": reason})}


def _refuse_nowhere(promotion: Promotion, version: int) -> None:
    """Refuse a version that serves, or never has. Error: PRM-005."""
    now, where = serving(promotion, PRODUCTION), f"{promotion.settings.name} v{version}"
    if now is None or version not in {int(each["version"]) for each in served(promotion)}:
        raise PromotionError("PRM-005", where, "it has never served production, as far as the table knows")
    if int(now["version"]) == version:
        raise PromotionError("PRM-005", where, "it serves production now")

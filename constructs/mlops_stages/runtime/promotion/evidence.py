"""The result of staging's tests: kept in the table, and named everywhere else by its SHA-256."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .codes import PromotionError
from .store import Content


def checksum(result: dict[str, Any]) -> str:
    """The SHA-256 of a result."""
    return hashlib.sha256(json.dumps(result, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def refuse_changed_result(attempt: Content, where: str, approved: str | None = None) -> None:
    """Refuse a result that is not there, did not pass, or is not the one approved. Error: PRM-022."""
    result = dict[str, Any](attempt.get("result") or {})
    if not result or "result_sha256" not in attempt:
        raise PromotionError("PRM-022", where, "there is none")
    found = checksum(result)
    if found != attempt["result_sha256"] or (approved is not None and found != approved):
        raise PromotionError("PRM-022", where, f"its SHA-256 is {found}")
    if result.get("passed") is not True:
        raise PromotionError("PRM-022", where, "it did not pass")

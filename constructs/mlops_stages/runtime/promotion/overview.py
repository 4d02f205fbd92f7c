"""What runs where, what waits for whom, and what became of each attempt: read off a model's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .history import is_by_one_approval, version_before
from .store import Content, Store

PLACES = ("production", "staging")
_KEPT = (
    "action",
    "version",
    "attempt",
    "status",
    "began",
    "since",
    "execution",
    "configuration",
    "failure",
    "reason",
    "result_sha256",
)


def overview(store: Store, able: Sequence[str]) -> dict[str, Any]:
    """Everything that is remembered of a model's releases, as JSON.

    Args:
        store: the model's items.
        able: the addresses of those who may release a version, as far as they have no other part in it.

    Returns:
        `production` and `staging`: what was last verified to serve there, or None; `waiting`: the versions that wait to
        be released, since when, for whom, and `because` of what one approval is not enough where it could be; `back`:
        the version that a rollback leads to, or None; `attempts`, the latest first, with `one_approval` where it needed
        no second. What an attempt is at is the table's word: an execution that was aborted did not say so there.
    """
    attempts = sorted((held.content for _, held in store.find("attempt#")), key=_began, reverse=True)
    approvals = {int(held.content["version"]): held.content for _, held in store.find("approval#")}
    serving = {place: held.content for place in PLACES if (held := store.get(f"serving#{place}")) is not None}
    return {
        **{place: _serves(serving.get(place)) for place in PLACES},
        "waiting": [
            _waits(each, approvals.get(int(each["version"]), {}), able)
            for each in attempts
            if each["status"] == "waiting"
        ],
        "back": version_before(attempts, serving.get("production")),
        "attempts": [_attempt(each, approvals.get(int(each["version"]), {})) for each in attempts],
    }


def _began(attempt: Content) -> tuple[str, int, int]:
    return str(attempt["began"]), int(attempt["version"]), int(attempt["attempt"])


def _serves(held: Content | None) -> dict[str, Any] | None:
    return None if held is None else {name: held[name] for name in ("version", "configuration", "at")}


def _waits(attempt: Content, approval: Content, able: Sequence[str]) -> dict[str, Any]:
    parts = (approval.get("author"), approval.get("starter"), _person(approval.get("who")))
    taken = {str(each).casefold() for each in parts if each}
    others = [each for each in able if each.casefold() not in taken]
    why = {"because": attempt["needs_second"]} if "needs_second" in attempt else {}
    return {"version": attempt["version"], "since": attempt["since"], "for": others, **why}


def _attempt(attempt: Content, approval: Content) -> dict[str, Any]:
    result: Mapping[str, Any] = attempt.get("result") or {}
    second: Mapping[str, Any] = attempt.get("second") or {}
    return {
        **{name: attempt[name] for name in _KEPT if name in attempt},
        "approved_by": _person(approval.get("who")),
        "released_by": _person(second.get("who")),
        "asked_by": _person(attempt.get("asked_by")),
        "passed": result.get("passed"),
        **({"one_approval": _evidence(attempt["alone"])} if is_by_one_approval(attempt) else {}),
    }


def _evidence(alone: Mapping[str, Any]) -> dict[str, Any]:
    return {name: alone[name] for name in ("risk", "figure", "day", "champion", "at")}


def _person(who: Mapping[str, Any] | None) -> str | None:
    return None if not who else str(who["source_identity"])

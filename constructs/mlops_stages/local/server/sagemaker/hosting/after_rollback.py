"""What CloudFormation says of an endpoint's update that an alarm sent back. AWS does not tell, so both can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FAILS, PASSES = "UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE"
_passing: set[str] = set()


def fails(account: str) -> bool:
    """Whether the stack operation fails: it does, unless somebody chose otherwise for the account."""
    return account not in _passing


def choose(request: Mapping[str, Any]) -> None:
    """Take the choice `{"account": "111111111111", "stack": "UPDATE_COMPLETE"}`. Raises ValueError."""
    account, stack = request.get("account"), request.get("stack")
    if set(request) != {"account", "stack"} or not isinstance(account, str) or stack not in (FAILS, PASSES):
        raise ValueError(f"say account, 12 digits, and stack: {FAILS} or {PASSES}")
    if stack == PASSES:
        _passing.add(account)
    else:
        _passing.discard(account)

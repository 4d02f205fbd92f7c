"""EventBridge: rules' targets called as AWS calls them, with retries by the clock; buses' policies."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.events.deliveries import Deliveries
from mlops_stages.local.server.events.rules import Rules
from mlops_stages.local.server.timers import TIMERS

__all__ = ["register"]


def register() -> None:
    """Put them into ministack, once."""
    engine.mend_events(Rules(TIMERS, Deliveries(TIMERS)).deliver)

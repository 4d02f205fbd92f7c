"""Lambda: whom functions act as, what runs them, and invocations that nobody waits for."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.lambda_functions.asynchronous import Asynchronous, as_role
from mlops_stages.local.server.timers import TIMERS

__all__ = ["register"]


def register() -> None:
    """Have functions' errors named as AWS does, and failed asynchronous invocations retried by the clock."""
    engine.mend_invocations(Asynchronous(TIMERS, as_role).accept)

"""Lambda: whom functions act as, what runs them, queues that they read, and invocations that nobody waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.lambda_functions import credentials
from mlops_stages.local.server.lambda_functions.asynchronous import Asynchronous, as_role
from mlops_stages.local.server.timers import TIMERS

__all__ = ["register"]

_SOURCE = "AWS::Lambda::EventSourceMapping"


def register() -> None:
    """Have functions' errors named as AWS does, failures retried by the clock, and queues read as their role."""
    engine.mend_invocations(Asynchronous(TIMERS, as_role).accept)
    engine.mend_event_sources(_refused)
    TIMERS.wait_for(engine.has_batches)

    def refuse(properties: engine.Properties) -> None:
        wrong = engine.refused_source(properties, _refused)
        if wrong:
            raise ValueError(f"{wrong} (Service: Lambda; Error Code: InvalidParameterValueException)")

    engine.guard_resource_type(_SOURCE, refuse)


def _refused(config: Mapping[str, Any], action: str, resource: str) -> str:
    """Return why a function's role may not do an action; empty where it may."""
    role, arn = str(config.get("Role", "")), ":".join(str(config["FunctionArn"]).split(":")[:7])
    try:
        session = credentials.credentials(role, arn, str(config["FunctionName"]))
    except RuntimeError as error:
        return str(error)
    return engine.refused_to(session["AccessKeyId"], action, resource)

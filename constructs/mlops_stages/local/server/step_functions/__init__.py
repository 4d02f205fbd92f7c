"""Step Functions: tasks as the machine's own role, waits by the clock, definitions judged; the walk is ministack's."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.step_functions.log_events import LogEvents, count
from mlops_stages.local.server.step_functions.machines import StateMachines
from mlops_stages.local.server.timers import TIMERS

__all__ = ["register"]

_STATE_MACHINE = "AWS::StepFunctions::StateMachine"


def register() -> None:
    """Put them into ministack, once. What CloudFormation creates is judged as the API judges it."""
    machines = StateMachines(TIMERS, count, LogEvents().note)

    def check(arn: str) -> None:
        record = engine.state_machine(arn) or {}
        refused = machines.check(arn, str(record.get("definition", "")), str(record.get("roleArn", "")))
        if refused is not None:
            raise ValueError(f"{refused.message} (Service: AWSStepFunctions; Error Code: {refused.code})")

    engine.mend_state_machines(machines)
    engine.mend_resource_type(_STATE_MACHINE, after_create=lambda arn, _properties, _stack: check(arn))

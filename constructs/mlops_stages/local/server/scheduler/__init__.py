"""EventBridge Scheduler, and rules that go by time: due by the clock, as the schedule's role."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.events.deliveries import Deliveries
from mlops_stages.local.server.scheduler.scheduled_rules import ScheduledRules
from mlops_stages.local.server.scheduler.schedules import Schedules
from mlops_stages.local.server.timers import TIMERS

__all__ = ["register"]

_SCHEDULE, _RULE = "AWS::Scheduler::Schedule", "AWS::Events::Rule"


def register() -> None:
    """Put them into ministack, once. What CloudFormation makes is judged and planned as what the API makes."""
    schedules, rules = Schedules(TIMERS, Deliveries(TIMERS)), ScheduledRules(TIMERS)

    def plan() -> None:
        schedules.plan()
        rules.plan()

    def refuse(properties: engine.Properties) -> None:
        wrong = schedules.check(properties)
        if wrong:
            raise ValueError(f"{wrong} (Service: Scheduler; Error Code: ValidationException)")

    engine.mend_schedules(plan, schedules.check)
    engine.guard_resource_type(_SCHEDULE, refuse)
    for kind in (_SCHEDULE, _RULE):
        engine.mend_resource_type(
            kind,
            after_create=lambda _id, _properties, _stack: plan(),
            after_update=lambda _id, _old, _new, _stack: plan(),
        )

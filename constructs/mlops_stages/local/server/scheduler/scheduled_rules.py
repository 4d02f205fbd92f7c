"""Rules of EventBridge that go by time: planned on the clock, in UTC."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.engine import ScheduledRule
from mlops_stages.local.server.scheduler import expressions
from mlops_stages.local.server.scheduler.plans import Plan, Plans
from mlops_stages.local.server.timers import Timers


class ScheduledRules:
    """All of them."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._plans = Plans(timers)

    def plan(self) -> None:
        """Plan what rules say now."""
        self._plans.keep({key: self._plan(rule) for key, rule in engine.scheduled_rules().items()})

    def _plan(self, rule: ScheduledRule) -> Plan:
        # A rate's countdown begins with the rule: the beginning is not due itself.
        begun = self._timers.clock.now()

        def after(moment: float) -> float | None:
            return expressions.after(rule.expression, "UTC", max(moment, begun), begun)

        def nothing() -> None:
            """Leave it: a rule that is never due again stays."""

        return Plan(
            version=(rule.expression, rule.created),
            after=after,
            fire=lambda moment: engine.fire_rule(rule, moment),
            ended=nothing,
        )

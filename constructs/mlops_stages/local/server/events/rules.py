"""Rules: an event that matches one, on its way to the rule's targets."""

from __future__ import annotations

from mlops_stages.local import refusals
from mlops_stages.local.server import cloudwatch, engine
from mlops_stages.local.server.cloudwatch.metrics import Metric
from mlops_stages.local.server.engine import Delivery
from mlops_stages.local.server.events import targets
from mlops_stages.local.server.events.deliveries import Attempt, Count, Deliveries
from mlops_stages.local.server.events.targets import Caller, Invocation, TargetError
from mlops_stages.local.server.sts.acting import Actor
from mlops_stages.local.server.timers import Timers

_PRINCIPAL = "events.amazonaws.com"


class Rules:
    """The targets of all rules."""

    def __init__(self, timers: Timers, deliveries: Deliveries) -> None:
        self._timers = timers
        self._deliveries = deliveries
        self._actor = Actor(_PRINCIPAL)

    def deliver(self, delivery: Delivery) -> None:
        """Have a target called soon."""
        invocation = Invocation(
            caller=Caller(actor=self._actor, source_arn=delivery.rule_arn),
            arn=delivery.arn,
            role=str(delivery.target.get("RoleArn") or ""),
            payload=delivery.payload,
            target=delivery.target,
        )

        def invoke(_retries: int) -> None:
            if ":event-bus/" in delivery.arn:
                self._send_on(delivery, invocation)
            else:
                targets.invoke(invocation)

        self._deliveries.begin(
            Attempt(
                invocation=invocation,
                invoke=invoke,
                letter=delivery.event,
                named={"RULE_ARN": delivery.rule_arn, "TARGET_ARN": delivery.arn},
                count=_counter(delivery),
                began=self._timers.clock.now(),
            )
        )

    def _send_on(self, delivery: Delivery, invocation: Invocation) -> None:
        """Put an event on another bus, as it is. Raises TargetError.

        Another account's needs a role that may, and a policy that lets that account; an event goes to one account
        more at most.
        """
        if invocation.account != delivery.account:
            if delivery.was_sent_on:
                raise TargetError("THIRD_ACCOUNT_HOP_DETECTED", "An event is not sent on to a third account.")
            if not invocation.role:
                raise TargetError("NO_PERMISSIONS", "A bus of another account needs a role.")
        if invocation.region != delivery.region:
            raise TargetError("CROSS_REGION_INGESTION_FAILED", "Not emulated: a bus of another region.")
        if invocation.role:
            try:
                self._ask_role(invocation)
            except refusals.ClientError as error:
                raise targets.failure(error) from error
        if not engine.send_on(delivery):
            raise TargetError("NO_RESOURCE", f"Event bus {delivery.arn} does not exist.")

    def _ask_role(self, invocation: Invocation) -> None:
        """Ask whether a role may put events on a bus, and the bus's policy too."""
        session = invocation.caller.session(invocation.role)
        with engine.within(invocation.caller.account, invocation.region):
            refused = engine.refused_to(session.key, "events:PutEvents", invocation.arn)
        if refused:
            raise TargetError("NO_PERMISSIONS", refused)


def _counter(delivery: Delivery) -> Count:
    named = {"RuleName": delivery.rule} | ({} if delivery.bus == "default" else {"EventBusName": delivery.bus})

    def count(name: str) -> None:
        metric = Metric(namespace="AWS/Events", name=name, dimensions=tuple(sorted(named.items())))
        with engine.within(delivery.account, delivery.region):
            cloudwatch.put(metric, [1.0], unit="Count")

    return count

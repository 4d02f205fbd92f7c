"""Cost anomaly detection: AWS takes one monitor of services in an account, and makes it by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.platform import Purpose
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_TYPE = "AWS::CE::AnomalyMonitor"
_GET = "ce.get_anomaly_monitors"


@dataclass(frozen=True, kw_only=True)
class Monitors:
    """The account's monitors, and what is deployed."""

    monitors: tuple[Mapping[str, Any], ...]
    deployed: Deployed


def _ask(account: Account, plan: Plan) -> Monitors:
    return Monitors(monitors=account.items(_GET, "AnomalyMonitors"), deployed=deployed(account, plan))


def _taken(plan: Plan, account: str, found: Monitors) -> Iterable[Fault]:
    for planned in found.deployed.missing(plan, _TYPE, account):
        dimension = planned.text("MonitorDimension")
        for monitor in found.monitors:
            if dimension is not None and monitor.get("MonitorDimension") == dimension:
                yield Fault(
                    place=f"monitor {monitor['MonitorName']}",
                    message=f"the account has a monitor of {dimension} already",
                    fix=f"write `cost_anomalies: {{monitor_arn: {monitor['MonitorArn']}}}`, or delete it",
                )


def _unknown(plan: Plan, account: str, found: Monitors) -> Iterable[Fault]:
    del account
    arn = plan.platform.cost_anomalies.monitor_arn
    if arn is not None and arn not in {monitor["MonitorArn"] for monitor in found.monitors}:
        others = ", ".join(monitor["MonitorArn"] for monitor in found.monitors)
        yield Fault(
            place=f"monitor {arn}",
            message="the account has no such monitor",
            fix=f"name one that it has: {others}" if others else "remove `cost_anomalies.monitor_arn`",
        )


def _home(plan: Plan) -> Iterable[str]:
    return () if plan.platform.cost_anomalies.monitor_arn is None else (plan.platform.account(Purpose.EXPERIMENTATION),)


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-030",
        severity=Severity.ERROR,
        looks_at="a cost anomaly monitor of services that exists already",
        breaks="AWS takes one in an account: the stack fails (Limit exceeded on dimensional spend monitor creation)",
        asks=(_GET, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_ask,
        judge=_taken,
    ),
    Check(
        code="PRE-031",
        severity=Severity.ERROR,
        looks_at="the monitor that `cost_anomalies.monitor_arn` names",
        breaks="the subscription to it fails (UnknownMonitorException)",
        asks=(_GET, *ASKS),
        where=_home,
        ask=_ask,
        judge=_unknown,
    ),
)

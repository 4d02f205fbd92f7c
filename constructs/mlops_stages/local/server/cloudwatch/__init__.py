"""CloudWatch: metric data, alarms by AWS's rules, and what alarms do; on the clock of this server.

ministack keeps the dashboards alone. Its own services put their metrics (those of Lambda) here.
"""

from __future__ import annotations

from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.api.records import Scope, ServiceError
from mlops_stages.local.server.clock import CLOCK, Watcher
from mlops_stages.local.server.cloudwatch import protocols, requests
from mlops_stages.local.server.cloudwatch.metrics import Datum, Metric
from mlops_stages.local.server.cloudwatch.operations import CloudWatch

__all__ = ["CLOUDWATCH", "answer", "put", "register"]

CLOUDWATCH = CloudWatch(CLOCK)
"""The one of this server."""


def put(metric: Metric, values: list[float], *, unit: str = "None") -> None:
    """Put values of a metric of a service of ours, now, for the account and region being served."""
    pairs = tuple((float(value), 1.0) for value in values)
    datum = Datum(metric=metric, unit=unit, at=CLOCK.now(), resolution=60, values=pairs)
    CLOUDWATCH.put(_scope(), [datum])


async def answer(
    method: str, path: str, headers: engine.Headers, body: bytes, query: engine.Query, /
) -> engine.Response | None:
    """Answer one request; None leaves it to ministack (dashboards)."""
    del method, path, query
    operation = protocols.asked(headers)
    if not CLOUDWATCH.handles(operation):
        return None
    try:
        given = protocols.parameters(operation, body)
        return protocols.answer(operation, CLOUDWATCH.dispatch(_scope(), operation, given))
    except ServiceError as error:
        return protocols.refusal(error)


def register() -> None:
    """Put it in front of ministack's, once, and have alarms evaluated by the clock."""
    engine.add_service(requests.SIGNING_NAME, answer)
    engine.mend_metrics(_record, _call)
    CLOCK.watch(Watcher(due=CLOUDWATCH.alarms.due, run=CLOUDWATCH.alarms.run))


def _record(namespace: str, name: str, value: float, unit: str, dimensions: dict[str, str]) -> None:
    put(Metric(namespace=namespace, name=name, dimensions=tuple(sorted(dimensions.items()))), [value], unit=unit)


def _call(operation: str, given: dict[str, Any]) -> None:
    CLOUDWATCH.dispatch(_scope(), operation, given)


def _scope() -> Scope:
    return Scope(account=engine.account(), region=engine.region())

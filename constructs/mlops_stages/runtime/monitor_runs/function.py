"""The function of a model's monitors: it judges each day by new labels, and measures drift within the day."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from ..decisions.clients import clients
from ..decisions.reading import utc_now
from ..labels.reading import Settled
from ..monitors.codes import MonitorError
from .days import run_day
from .hourly import HourlyRunner
from .hours import DRIFT, run_hour
from .run import Runner
from .settings import read as read_settings
from .sources import Held

LOG = Logger(service="monitors")


@dataclass(frozen=True)
class _Kept:
    """What is kept while Lambda keeps the process."""

    held: Held = field(default_factory=Held)
    settled: Settled = field(default_factory=dict[Any, Any])


@cache
def _kept() -> _Kept:
    return _Kept()


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry. The event's `at` is a moment in UTC of the day that is run.

    With `measure`, which can be `drift`, of the hour in which drift is measured; nothing else of an event counts.
    Whatever fails is raised: Lambda calls again, then puts the event into the dead-letter queue.
    """
    made = clients()
    settings, at, measure = read_settings(os.environ), str(event.get("at", "")), event.get("measure")
    kept = _kept()
    aws = (settings, made("s3"), made("cloudwatch"), made("sagemaker"))
    said: dict[str, Any]
    if measure is None:
        record = Runner(*aws, held=kept.held, settled=kept.settled).run(run_day(settings, at, utc_now()))
        said = {"day": record.day, "window": record.window, "labelled": record.labelled.labelled}
    elif measure == DRIFT:
        found = HourlyRunner(*aws, held=kept.held).run(run_hour(settings, at, utc_now()))
        said = {"hour": found.hour, "window": found.window, "decisions": found.decisions}
    else:
        raise MonitorError("MON-040", settings.endpoint, f"{str(measure)[:40]!a} is no measurement")
    LOG.info("ran", extra=said)
    return said

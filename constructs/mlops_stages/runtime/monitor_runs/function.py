"""The function of a model's monitors: it reads new labels, and judges decisions by them."""

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
from .days import run_day
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
    """Lambda's entry. The event's `at` is a moment in UTC of the day that is run; nothing else of an event counts.

    Whatever fails is raised: Lambda calls again, then puts the event into the dead-letter queue.
    """
    made = clients()
    settings = read_settings(os.environ)
    kept = _kept()
    runner = Runner(settings, made("s3"), made("cloudwatch"), made("sagemaker"), held=kept.held, settled=kept.settled)
    record = runner.run(run_day(settings, str(event.get("at", "")), utc_now()))
    said = {"day": record.day, "window": record.window, "labelled": record.labelled.labelled}
    LOG.info("ran", extra=said)
    return said

"""The function of a model's notices: called by CloudWatch's alarms, and by its own schedules."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from ..decisions.clients import clients
from . import events
from .notices import Notices
from .settings import read as read_settings

LOG = Logger(service="notices")


def handler(event: Mapping[str, Any], context: Any) -> dict[str, str]:  # noqa: ANN401  # Lambda's own, without types
    """Lambda's entry. Whatever fails is raised: Lambda calls again, then puts the event into the dead-letter queue.

    Errors: NTC-001, NTC-002, and what AWS answers.
    """
    made = clients()
    settings = read_settings(os.environ)
    notices = Notices(
        settings=settings,
        function_arn=str(context.invoked_function_arn),
        s3=made("s3"),
        sns=made("sns"),
        scheduler=made("scheduler"),
        cloudwatch=made("cloudwatch"),
        sagemaker=made("sagemaker"),
        now=lambda: datetime.now(UTC),
        pause=time.sleep,
    )
    if events.LOOK in event:
        look = events.looked_at(settings, event)
        said = {"alarm": look.incident.alarm, "done": notices.looked_at(look)}
    else:
        alarm = events.alarm(settings, event)
        said = {"alarm": alarm.name, "done": notices.changed(alarm)}
    LOG.info("done", extra=said)
    return said

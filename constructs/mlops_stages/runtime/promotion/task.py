"""The function of the machine's states."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from .codes import PromotionError
from .request import promotion_of
from .tasks import perform

LOG = Logger(service="promotion")


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry: the task that a state names. The token of a task is in no log."""
    about = {name: event.get(name) for name in ("task", "environment", "release")}
    try:
        answer = perform(promotion_of(os.environ), event)
    except PromotionError as error:
        LOG.warning("stopped", extra={**about, "why": str(error)})
        raise
    LOG.info("done", extra={**about, "answer": answer})
    return answer

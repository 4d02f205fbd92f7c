"""The function of one model's retraining, called by its schedule once a day."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from ..promotion.aws import Boto3Aws
from ..promotion.notices import tell
from ..promotion.promotion import Promotion
from ..promotion.settings import read as read_promotion
from ..promotion.store import DynamoStore
from .codes import RetrainingError
from .model import Model
from .retraining import look
from .settings import Settings, partition
from .settings import read as read_settings

LOG = Logger(service="retraining")
_made: dict[str, tuple[Promotion, Settings, Boto3Aws]] = {}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry. What AWS refuses is raised: Lambda calls again, then keeps the event in a queue.

    Errors: RTR-001, RTR-006; RTR-002, which the owner is told of, too.
    """
    promotion, settings, aws = _of(os.environ)
    try:
        now = datetime.fromisoformat(str(event.get("at")))
    except ValueError as error:
        raise RetrainingError("RTR-006", settings.function, f"it says {str(event)[:200]!a}") from error
    model = Model(
        promotion=promotion,
        settings=settings,
        now=now if now.tzinfo else now.replace(tzinfo=UTC),
        start_client=lambda service: aws.client_as(service, settings.start_role),
    )
    try:
        done = dataclasses.asdict(look(model))
    except RetrainingError as error:
        tell(promotion, f"stopped#{error.code}#{now.date()}", "its retraining is stuck", [str(error)])
        raise
    LOG.info("looked", extra=done)
    return done


def _of(environ: Mapping[str, str]) -> tuple[Promotion, Settings, Boto3Aws]:
    """Kept while Lambda keeps the process."""
    if "it" not in _made:
        told, settings = read_promotion(environ), read_settings(environ)
        aws = Boto3Aws(settings.function)
        store = DynamoStore(aws.client("dynamodb"), told.table, partition(told.model))
        _made["it"] = Promotion(told, aws, store), settings, aws
    return _made["it"]

"""The function that begins: every decision of a person comes as the registry's event of a version.

CloudTrail's event of the call comes, too, and is recorded.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from ..retraining.settings import partition
from . import by_hand, decisions, records
from .aws import Boto3Aws
from .calls import is_call, read_call
from .codes import PromotionError
from .events import Change, read_change
from .notices import tell
from .promotion import Promotion
from .settings import Settings, read
from .store import DynamoStore

LOG = Logger(service="promotion")
_made: dict[str, Promotion] = {}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry."""
    return handle(promotion_of(os.environ), event)


def handle(promotion: Promotion, event: Mapping[str, Any]) -> dict[str, Any]:
    """Do what an event asks for.

    What it asks for and cannot be is told to the owner: nothing is gained by trying again. Whatever else goes
    wrong is raised, so that Lambda tries again, and keeps the event if it fails each time.
    """
    if is_call(event):
        call = read_call(event, promotion.settings)
        records.called(promotion, call)
        LOG.info("recorded", extra={"package": call.package_arn, "call": call.event})
        return {"called": list(call.decisions)}
    change = read_change(event, promotion.settings)
    outcomes: dict[str, Any] = {}
    for what in change.what:
        try:
            outcomes[what] = _HANDLED[what](promotion, change)
        except PromotionError as error:
            LOG.warning("not done", extra={"what": what, "version": change.version, "why": str(error)})
            _tell(promotion, change, what, error)
            outcomes[what] = error.code
    LOG.info("handled", extra={"version": change.version, "outcomes": outcomes})
    return outcomes


def _tell(promotion: Promotion, change: Change, what: str, error: PromotionError) -> None:
    name, version = promotion.settings.name, change.version
    words = {
        "registered": "its registration is not in the ledger",
        "approved": "its approval does not count",
        "released": "its release does not count",
        "refused": "its rejection does not count",
        "requested": "it is not promoted again",
        "restored": "production does not go back to it",
    }
    tell(
        promotion,
        f"refused#{what}#{version}#{change.event}",
        f"v{version}: {words[what]}",
        [f"{error.code} {error.where}: {error.message}", "", f"Next: {error.fix}", f"Version: {change.package_arn}",
         f"Event: {change.event}", f"Model: {name}"],
    )  # fmt: skip


_HANDLED = {
    "registered": decisions.registered,
    "approved": decisions.approved,
    "released": decisions.released,
    "refused": decisions.refused,
    "requested": by_hand.requested,
    "restored": by_hand.restored,
}


def promotion_of(environ: Mapping[str, str]) -> Promotion:
    """The model's promotion, kept while Lambda keeps the process."""
    if "it" not in _made:
        settings: Settings = read(environ)
        aws = Boto3Aws(f"promotion-{settings.model}")
        dynamodb, table, model = aws.client("dynamodb"), settings.table, settings.model
        kept = None if settings.one_approval is None else DynamoStore(dynamodb, table, partition(model))
        _made["it"] = Promotion(settings, aws, DynamoStore(dynamodb, table, model), retrained=kept)
    return _made["it"]

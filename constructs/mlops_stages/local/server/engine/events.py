"""EventBridge: events that AWS services themselves put on an account's default bus."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from mlops_stages.local.server.engine import ministack

_log = logging.getLogger(__name__)


def put_service_event(source: str, detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]) -> None:
    """Put an event of `source` ("aws.sagemaker") on the default bus of the account and region being served.

    What its targets do with it is their own affair: their faults are logged, never raised.
    """
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Resources": list(resources),
        "Detail": json.dumps(detail, default=str),
    }
    try:
        ministack.eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:  # whatever a target of a rule raises must not undo what the event tells of
        _log.exception("%s could not be delivered", detail_type)

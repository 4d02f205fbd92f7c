"""SQS: the permission that a request in batches asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.server.engine import ministack

_BATCHES: Mapping[str, str] = {
    f"sqs:{name}Batch": f"sqs:{name}" for name in ("ChangeMessageVisibility", "DeleteMessage", "SendMessage")
}


def mend_queue_requests() -> None:
    """Ask policies about a batch as about one message, once: IAM knows no other action for it.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    actions = ministack.iam_actions
    if getattr(actions, "batches_mended_by_mlops_stages", False):
        return
    actions.batches_mended_by_mlops_stages = True
    action_of: Callable[..., str | None] = actions.extract_iam_action

    def action_of_one(*given: Any, **named: Any) -> str | None:  # noqa: ANN401  # as the wrapped one
        found = action_of(*given, **named)
        return None if found is None else _BATCHES.get(found, found)

    actions.extract_iam_action = action_of_one

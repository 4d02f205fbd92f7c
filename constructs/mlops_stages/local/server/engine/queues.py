"""SQS: how many messages lie in queues."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from mlops_stages.local.server.engine import ministack


@dataclass(frozen=True, kw_only=True)
class Depth:
    """The messages of one queue."""

    account: str
    region: str
    queue: str
    visible: int
    taken: int
    """Received, and neither deleted nor visible again."""

    delayed: int
    oldest: str
    """The id of the message that has been there for longest."""

    age: float
    """Its seconds, by the machine's time."""


def queue_depths() -> list[Depth]:
    """Return those of every queue that holds any."""
    queues: dict[tuple[str, str, str], dict[str, Any]] = ministack.sqs._queues.to_dict()
    now = time.time()
    found: list[Depth] = []
    for (account, region, url), queue in queues.items():
        messages: list[dict[str, Any]] = list(queue["messages"])
        if messages:
            hidden = [message for message in messages if message["visible_at"] > now]
            oldest = min(messages, key=lambda message: float(message["sent_at"]))
            taken = sum(message["receive_count"] > 0 for message in hidden)
            found.append(
                Depth(
                    account=account,
                    region=region,
                    queue=url.rpartition("/")[2],
                    visible=len(messages) - len(hidden),
                    taken=taken,
                    delayed=len(hidden) - taken,
                    oldest=str(oldest["id"]),
                    age=now - float(oldest["sent_at"]),
                )
            )
    return found

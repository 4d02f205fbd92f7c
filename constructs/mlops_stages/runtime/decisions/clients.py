"""Clients of boto3, kept while Lambda keeps the process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..ledger.numbered import client


@cache
def clients() -> Callable[[str], Any]:
    """What makes a service's client, once."""
    # A throttled request is tried again here, then by the queue.
    config = {"retries": {"mode": "standard", "max_attempts": 6}, "connect_timeout": 3, "read_timeout": 30}

    @cache
    def made(service: str) -> Any:  # noqa: ANN401  # boto3 has no types
        return client(service, config)

    return made

"""The function of a model's decisions: by its schedule it looks which hours are to be read; a queue gives it those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import read, sweep


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Lambda's entry: messages of the queue are read, anything else is a look."""
    return read.handler(event, context) if "Records" in event else sweep.handler(event, context)

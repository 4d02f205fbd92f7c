"""What the operations of CloudWatch refuse, and numbers that no float holds among it."""

from __future__ import annotations

import math

from mlops_stages.local.server.api.records import ServiceError


def not_emulated(what: str) -> ServiceError:
    """The refusal of what AWS takes and the local AWS does not have."""
    return ServiceError("NotImplementedException", f"Not emulated: {what}", 501)


def number(value: float) -> float:
    """Return a number of a request as a float; infinite where it is more than a float holds."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def invalid(message: str) -> ServiceError:
    """The refusal of parameters that do not fit."""
    return ServiceError("ValidationError", message)

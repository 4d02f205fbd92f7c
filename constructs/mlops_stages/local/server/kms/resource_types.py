"""KMS: keys and aliases are ministack's; what AWS refuses of them is refused here."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, call

KEY = "AWS::KMS::Key"
ALIAS = "AWS::KMS::Alias"

_RANGES = {"PendingWindowInDays": (7, 30), "RotationPeriodInDays": (90, 2560)}
"""Days, least and most."""


def _check_key(properties: Properties) -> None:
    for name, (least, most) in _RANGES.items():
        value = properties.get(name)
        if value is not None and not least <= int(value) <= most:
            raise RefusedError(f"{KEY}: {name} must be between {least} and {most} days, not {value}")


def _check_alias(properties: Properties) -> None:
    call("kms", "DescribeKey", {"KeyId": properties["TargetKeyId"]})


def register() -> None:
    """Mend the types."""
    engine.mend_resource_type(
        KEY,
        after_create=lambda _id, properties, _stack: _check_key(properties),
        after_update=lambda _id, _old, new, _stack: _check_key(new),
    )
    engine.mend_resource_type(
        ALIAS,
        after_create=lambda _id, properties, _stack: _check_alias(properties),
        after_update=lambda _id, _old, new, _stack: _check_alias(new),
    )

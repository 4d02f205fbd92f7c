"""CloudWatch Logs: log groups are ministack's; retention and keys that AWS refuses are refused here."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, call

LOG_GROUP = "AWS::Logs::LogGroup"

RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Days that a log group may keep events."""


def _check(properties: Properties) -> None:
    retention = properties.get("RetentionInDays")
    if retention is not None and int(retention) not in RETENTIONS:
        raise RefusedError(
            f"{LOG_GROUP}: RetentionInDays must be one of {', '.join(map(str, RETENTIONS))}, not {retention}"
        )
    key = properties.get("KmsKeyId")
    if key is not None:
        if not str(key).startswith("arn:"):
            raise RefusedError(f"{LOG_GROUP}: KmsKeyId must be the ARN of a key, not {key!r}")
        call("kms", "DescribeKey", {"KeyId": key})


def register() -> None:
    """Mend the type."""
    engine.mend_resource_type(
        LOG_GROUP,
        after_create=lambda _name, properties, _stack: _check(properties),
        after_update=lambda _name, _old, new, _stack: _check(new),
    )

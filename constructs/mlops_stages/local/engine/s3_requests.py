"""What policies ask of a request that writes an object: under which key, on which condition, whether it makes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.engine import ministack
from mlops_stages.local.engine.ministack import Headers, Query

_SAID = ("if-match", "if-none-match", "x-amz-server-side-encryption-aws-kms-key-id")
"""Headers that are condition keys by the same name, under the prefix `s3:`."""


def mend_s3_requests() -> None:
    """Put these condition keys into what ministack tells its evaluator of a request.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    actions = ministack.iam_actions
    keys_of: Callable[..., dict[str, Any]] = actions.s3_service_context

    def with_writes(
        iam_action: str, query_params: Query | None, path: str = "", headers: Headers | None = None
    ) -> dict[str, Any]:
        context = keys_of(iam_action, query_params, path, headers)
        return (
            context if iam_action != "s3:PutObject" else {**context, **_write_keys(query_params or {}, headers or {})}
        )

    actions.s3_service_context = with_writes


def _write_keys(query: Query, headers: Headers) -> Mapping[str, str]:
    """Return the condition keys of a write; the parts of an upload make no object yet, its completion does."""
    is_part = "uploads" in query or "partNumber" in query
    said = {f"s3:{name}": headers[name].strip('"') for name in _SAID if headers.get(name)}
    return {**said, "s3:ObjectCreationOperation": "false" if is_part else "true"}

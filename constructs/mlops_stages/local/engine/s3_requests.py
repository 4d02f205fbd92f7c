"""What policies ask of a request that writes an object or sets an access list: which key, which condition, for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mlops_stages.local.engine import ministack
from mlops_stages.local.engine.ministack import Headers, Query

_SAID = (
    "if-match",
    "if-none-match",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
)
"""Headers of a write that are condition keys by the same name, under the prefix `s3:`."""

_GRANTS = tuple(f"x-amz-grant-{what}" for what in ("full-control", "read", "read-acp", "write", "write-acp"))
_OPENING = frozenset({"s3:CreateBucket", "s3:PutBucketAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"})
"""Actions that set an access list: ministack tells of it for objects that are written only."""


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
        if iam_action in _OPENING:
            return {**context, **_said(("x-amz-acl", *_GRANTS), headers or {})}
        return (
            context if iam_action != "s3:PutObject" else {**context, **_write_keys(query_params or {}, headers or {})}
        )

    actions.s3_service_context = with_writes


def _write_keys(query: Query, headers: Headers) -> Mapping[str, str]:
    """Return the condition keys of a write; the parts of an upload make no object yet, its completion does."""
    is_part = "uploads" in query or "partNumber" in query
    return {**_said(_SAID, headers), "s3:ObjectCreationOperation": "false" if is_part else "true"}


def _said(names: Iterable[str], headers: Headers) -> dict[str, str]:
    return {f"s3:{name}": headers[name].strip('"') for name in names if headers.get(name)}

"""What policies ask of a request that writes an object or sets an access list: which key, which condition, for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.ministack import Headers, Query

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
    """Put both into ministack."""
    _know_writes()
    _let_roles_in()


def _let_roles_in() -> None:
    """Let a role into another account's bucket where its own policies and the bucket's both allow it.

    ministack asks the bucket's policy only beside those of the owner's roles, with all that it knows of them. For other
    accounts it asks later and for their roots alone, and so refuses what a condition on a role allows.
    """
    s3 = ministack.s3
    policy_of: Callable[[str], tuple[str, str] | None] = s3.bucket_policy_for_arn
    allows: Callable[..., bool] = s3._foreign_bucket_allows

    def bucket_policy(resource_arn: str) -> tuple[str, str] | None:
        bucket = resource_arn.removeprefix("arn:aws:s3:::").partition("/")[0]
        owner: str | None = s3._bucket_owner_account(bucket)
        if owner is None or owner == ministack.account():
            return policy_of(resource_arn)
        return s3._bucket_policies.get_scoped(owner, None, bucket) or "", owner

    def foreign_bucket_allows(  # as the wrapped one
        owner_account: str,
        bucket_name: str,
        key: str,
        method: str,
        query_params: Query,
        caller: str,
        headers: Headers | None = None,
    ) -> bool:
        # Of the anonymous nobody was asked before, and a root is asked for no policy of its own.
        asked = bool(caller) and not str(ministack.iam_evaluator.caller_arn()).endswith(":root")
        policy: str | None = s3._bucket_policies.get_scoped(owner_account, None, bucket_name)
        if not asked or not policy:
            return allows(owner_account, bucket_name, key, method, query_params, caller, headers)
        restricted: bool = s3._public_access_blocked(owner_account, bucket_name, "RestrictPublicBuckets")
        return not (restricted and s3._policy_is_public(policy))

    s3.bucket_policy_for_arn = bucket_policy
    s3._foreign_bucket_allows = foreign_bucket_allows


def _know_writes() -> None:
    """Tell policies these condition keys of a request.

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

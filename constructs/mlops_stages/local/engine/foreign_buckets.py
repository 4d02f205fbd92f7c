"""S3: a bucket's policy is asked about whoever calls from another account, and not about that account's root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.engine import ministack


def mend_foreign_buckets() -> None:
    """Put it into ministack, once."""
    if getattr(ministack.s3, "foreign_buckets_mended_by_mlops_stages", False):
        return
    ministack.s3.foreign_buckets_mended_by_mlops_stages = True
    allows: Callable[..., bool] = ministack.s3._foreign_bucket_allows

    def allows_the_caller(  # as the wrapped one
        owner_account: str,
        bucket_name: str,
        key: str,
        method: str,
        query_params: dict[str, Any],
        caller: str,
        headers: dict[str, str] | None = None,
    ) -> bool:
        if allows(owner_account, bucket_name, key, method, query_params, caller, headers):
            return True
        arn = str(ministack.iam_evaluator.caller_arn())
        policy: str | None = ministack.s3._bucket_policies.get_scoped(owner_account, None, bucket_name)
        if not caller or not policy or arn.endswith(":root") or arn.split(":")[4] != caller:
            return False
        action = _action(method, bucket_name, key, query_params)
        resource = f"arn:aws:s3:::{bucket_name}/{key}" if key else f"arn:aws:s3:::{bucket_name}"
        with ministack.within(owner_account, ministack.region()):
            context: Mapping[str, Any] = ministack.iam_actions.s3_service_context(
                action, query_params, f"/{bucket_name}/{key}", headers or {}
            )
        request = ministack.iam_evaluator.EvalContext(
            principal_arn=arn,
            principal_type="AssumedRole",
            principal_account=caller,
            action=action,
            resource_arn=resource,
            region=ministack.region(),
            service_context={name.lower(): value for name, value in context.items()},
        )
        judged = ministack.iam_evaluator.evaluate_resource_policy(policy, request)
        return bool(judged.decision == "Allow")

    ministack.s3._foreign_bucket_allows = allows_the_caller


def _action(method: str, bucket: str, key: str, query: dict[str, Any]) -> str:
    path = f"/{bucket}/{key}" if key else f"/{bucket}"
    found: str | None = ministack.iam_actions._s3_action(method, path, query)
    return f"s3:{found or ('GetObject' if method in ('GET', 'HEAD') else 'PutObject')}"

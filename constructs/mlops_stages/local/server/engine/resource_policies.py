"""Resource policies of our own services: asked beside identity policies, and alone across accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mlops_stages.local.server.engine import ministack

ResourcePolicy = Callable[[str], tuple[str | None, str] | None]
"""From a resource's ARN to its policy (None: it has none) and the account that owns it; None where nobody does."""

_lookups: dict[str, ResourcePolicy] = {}


def add_resource_policies(service: str, lookup: ResourcePolicy) -> None:
    """Let the policies of a service's resources count ("sagemaker"): across accounts they, too, must allow."""
    if not _lookups:
        _mend(ministack.iam_evaluator)
    _lookups[service] = lookup


def _mend(evaluator: Any) -> None:  # noqa: ANN401  # a module without types
    find: Callable[[str, str], Any] = evaluator._resource_policy
    enforce: Callable[..., Any] = evaluator.enforce

    def find_ours(service: str, resource_arn: str) -> Any:  # noqa: ANN401  # as the wrapped one
        lookup = _lookups.get(service)
        return find(service, resource_arn) if lookup is None else lookup(resource_arn)

    def enforce_across_accounts(  # as the wrapped one
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        """Judge the root of another account, too, whom the wrapped one lets do everything."""
        verdict = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        if verdict is not None or service not in _lookups or not evaluator.is_root_access_key(access_key_id):
            return verdict
        found = find_ours(service, resource_arn)
        account = ministack.account()
        if found is None or found[1] == account:
            return None
        context = evaluator.EvalContext(
            principal_arn=f"arn:aws:iam::{account}:root",
            principal_type="Account",
            principal_account=account,
            action=iam_action,
            resource_arn=resource_arn,
            region=region,
            service_context={key.lower(): value for key, value in (service_context or {}).items()},
        )
        judged = evaluator.evaluate_resource_policy(found[0], context)
        return None if judged.decision == "Allow" else replace(judged, principal_arn=context.principal_arn)

    evaluator._resource_policy = find_ours
    evaluator.enforce = enforce_across_accounts

"""What an organization's policies forbid: service control policies, which limit every principal of a member account."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from mlops_stages.local.server.engine import conditions, ministack

Levels = tuple[tuple[str, ...], ...]
"""Policy documents by level, from the root of the organization down to the account."""

_SERVICE_LINKED = ":role/aws-service-role/"


def mend_limits(levels_over: Callable[[str], Levels]) -> None:
    """Judge every request by the policies over its caller's account too, once; `levels_over` knows them by account.

    Each level must allow, and none may deny: users, roles and the account's root alike, whatever a resource's own
    policy says. Service-linked roles are exempt, and AWS services, which ask with no key of the account. What the
    levels over an account are empty for is not limited, such as a management account.

    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    """
    evaluator = ministack.iam_evaluator
    if getattr(evaluator, "limits_mended_by_mlops_stages", False):
        return
    evaluator.limits_mended_by_mlops_stages = True
    enforce: Callable[..., Any] = evaluator.enforce

    def enforce_limits(  # as the wrapped one
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        verdict = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        if verdict is not None or not access_key_id or iam_action in evaluator._ALWAYS_ALLOWED_ACTIONS:
            return verdict
        principal = evaluator.resolve_principal(access_key_id, ministack.account())
        if isinstance(principal, evaluator.AuthError):
            return verdict
        levels = levels_over(principal.account)
        if not levels or _SERVICE_LINKED in conditions.without_session(principal.arn):
            return None
        context = {key.lower(): value for key, value in (service_context or {}).items()}
        context.setdefault("aws:tagkeys", None)
        request = evaluator.EvalContext(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=iam_action,
            resource_arn=resource_arn,
            region=region,
            service_context=context,
            principal_keys=principal.keys,
        )
        decision = decide(request, levels)
        if decision == "Allow":
            return None
        code = ministack.iam_actions._DENIED_CODES.get(service, "AccessDenied")
        return evaluator.AuthError(code, _message(principal.arn, iam_action, resource_arn, decision))

    evaluator.enforce = enforce_limits


def _message(caller: str, action: str, resource: str, decision: str) -> str:
    """Word a refusal as AWS does.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    explicit = "with an explicit deny in a service control policy"
    why = explicit if decision == "Deny" else f"because no service control policy allows the {action} action"
    return f"User: {caller} is not authorized to perform: {action} on resource: {resource} {why}"


def decide(request: Any, levels: Levels) -> str:  # noqa: ANN401  # ministack's EvalContext
    """Return what the levels say of a request: Allow, Deny, or ImplicitDeny where one of them does not allow it."""
    parsed = [[_parsed(policy) for policy in level] for level in levels]
    decision: str = ministack.iam_evaluator.evaluate(request, *parsed).decision
    return decision


@functools.lru_cache(maxsize=256)
def _parsed(policy: str) -> list[Any]:
    """Return a policy's statements, which nobody changes: every request of an account is judged by the same few."""
    statements: list[Any] = ministack.iam_evaluator.parse_policy_document(policy)
    return statements

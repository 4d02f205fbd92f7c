"""IAM: the OIDC providers of an account, and whom of theirs a role trusts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_stages.local.engine import ministack


def audiences(provider_arn: str) -> tuple[str, ...] | None:
    """Return the audiences that an account's OIDC provider believes in; None where the account has no such provider."""
    account = provider_arn.split(":")[4]
    record: Mapping[str, Any] | None = ministack.iam._oidc_providers.get_scoped(account, None, provider_arn)
    return None if record is None else tuple(str(audience) for audience in record["ClientIDList"])


def trusts_web_identity(trust_policy: str, provider_arn: str, role_arn: str, claims: Mapping[str, Any]) -> bool:
    """Say whether a role's trust policy lets the bearer of a token of the provider become it.

    `claims` holds the token's claims as condition keys ("gitlab.com:sub").
    """
    evaluator = ministack.iam_evaluator
    request = evaluator.EvalContext(
        principal_arn=provider_arn,
        principal_type="WebIdentityUser",
        principal_account=role_arn.split(":")[4],
        action="sts:AssumeRoleWithWebIdentity",
        resource_arn=role_arn,
        region=ministack.region(),
        service_context={key.lower(): value for key, value in claims.items()},
    )
    trusted: bool = evaluator.evaluate_trust_policy(trust_policy, provider_arn, request)
    return trusted

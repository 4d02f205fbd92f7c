"""Whether a role's trust policy lets a person in, who signs in outside of AWS's own services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops_stages.local.server.engine import ministack


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who asks for a role: the ARN of an IAM principal, or of the SAML provider that speaks for them.

    `keys` are what is known of the principal (`aws:PrincipalTag/email`), `context` what comes with the request.
    """

    arn: str
    account: str = ""
    federated: bool = False
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    context: Mapping[str, str] = field(default_factory=dict[str, str])


def trusts(trust_policy: str, role_arn: str, identity: Identity) -> bool:
    """Say whether the trust policy lets this identity assume the role."""
    evaluator = ministack.iam_evaluator
    policy: dict[str, Any] = json.loads(trust_policy)
    action = "sts:AssumeRole"
    if identity.federated:
        # ministack knows federated principals of one action only: the statements are judged as if they named it.
        action = "sts:AssumeRoleWithWebIdentity"
        policy = json.loads(trust_policy.replace("sts:AssumeRoleWithSAML", action))
    request = evaluator.EvalContext(
        principal_arn=identity.arn,
        principal_type="User",
        principal_account=identity.account,
        action=action,
        resource_arn=role_arn,
        region=ministack.region(),
        service_context={key.lower(): value for key, value in identity.context.items()},
        principal_keys={key.lower(): value for key, value in identity.keys.items()},
    )
    allowed: bool = evaluator.evaluate_trust_policy(policy, identity.arn, request)
    return allowed

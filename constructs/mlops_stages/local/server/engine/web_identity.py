"""IAM: the OIDC providers of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_stages.local.server.engine import ministack


def audiences(provider_arn: str) -> tuple[str, ...] | None:
    """Return the audiences that an account's OIDC provider believes in; None where the account has no such provider."""
    account = provider_arn.split(":")[4]
    record: Mapping[str, Any] | None = ministack.iam._oidc_providers.get_scoped(account, None, provider_arn)
    return None if record is None else tuple(str(audience) for audience in record["ClientIDList"])

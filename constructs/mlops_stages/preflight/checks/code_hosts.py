"""GitHub's and GitLab's OIDC providers: one for each URL in an account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_TYPE = "AWS::IAM::OIDCProvider"


@dataclass(frozen=True, kw_only=True)
class Providers:
    """The URLs of an account's providers, without https://, and what is deployed."""

    urls: frozenset[str]
    deployed: Deployed


def _ask(account: Account, plan: Plan) -> Providers:
    found = account.items("iam.list_open_id_connect_providers", "OpenIDConnectProviderList")
    urls = frozenset(provider["Arn"].partition(":oidc-provider/")[2] for provider in found)
    return Providers(urls=urls, deployed=deployed(account, plan))


def _taken(plan: Plan, account: str, found: Providers) -> Iterable[Fault]:
    for provider in found.deployed.missing(plan, _TYPE, account):
        host = (provider.text("Url") or "").removeprefix("https://")
        if host in found.urls:
            yield Fault(
                place=f"OIDC provider {host}",
                message="the account has a provider of this URL already",
                fix="say in platform.yaml that it exists (`code_hosts`), or delete it if nobody signs in by it",
            )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-020",
        severity=Severity.ERROR,
        looks_at="OIDC providers of the code hosts that exist already",
        breaks="an account has one provider for a URL: the tooling stack fails (EntityAlreadyExists)",
        asks=("iam.list_open_id_connect_providers", *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_ask,
        judge=_taken,
    ),
)

"""GitHub's and GitLab's OIDC providers: one for each URL in an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.platform import Purpose
from mlops_stages.platform.token_subject import ISSUERS
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_TYPE = "AWS::IAM::OIDCProvider"
_LIST = "iam.list_open_id_connect_providers"
_GET = "iam.get_open_id_connect_provider"
_AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Providers:
    """The URLs of an account's providers, without https://, and what is deployed."""

    urls: frozenset[str]
    deployed: Deployed


def _ask(account: Account, plan: Plan) -> Providers:
    return Providers(urls=frozenset(_providers(account)), deployed=deployed(account, plan))


def _providers(account: Account) -> Mapping[str, str]:
    """The ARNs of an account's providers by their URLs."""
    found = account.call(_LIST) or {}
    arns = [provider["Arn"] for provider in found.get("OpenIDConnectProviderList", ())]
    return {arn.partition(":oidc-provider/")[2]: arn for arn in arns}


def _taken(plan: Plan, account: str, found: Providers) -> Iterable[Fault]:
    for provider in found.deployed.missing(plan, _TYPE, account):
        host = (provider.text("Url") or "").removeprefix("https://")
        if host in found.urls:
            yield Fault(
                place=f"OIDC provider {host}",
                message="the account has a provider of this URL already",
                fix=f"write `existing_oidc_providers: [{_host(host)}]`, or delete it if nobody signs in by it",
            )


def _host(url: str) -> str:
    return next((host for host, known in ISSUERS.items() if known == url), url)


def _existing(account: Account, plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """The audiences of each provider that platform.yaml says is there, of those that are."""
    known = _providers(account)
    found: dict[str, tuple[str, ...]] = {}
    for host in plan.platform.existing_oidc_providers:
        if ISSUERS[host] in known:
            described = account.call(_GET, OpenIDConnectProviderArn=known[ISSUERS[host]]) or {}
            found[host] = tuple(described.get("ClientIDList", ()))
    return found


def _not_there(plan: Plan, account: str, found: Mapping[str, tuple[str, ...]]) -> Iterable[Fault]:
    for host in plan.platform.existing_oidc_providers:
        place = f"existing_oidc_providers {host}"
        if host not in found:
            fix = f"take {host} out of `existing_oidc_providers`, and the platform makes it"
            yield Fault(place=place, message=f"account {account} has no provider {ISSUERS[host]}", fix=fix)
        elif _AUDIENCE not in found[host]:
            arn = f"arn:{plan.platform.partition}:iam::{account}:oidc-provider/{ISSUERS[host]}"
            yield Fault(
                place=place,
                message=f"its audiences are {', '.join(found[host]) or 'none'}; {_AUDIENCE} is not among them",
                fix=f"run `aws iam add-client-id-to-open-id-connect-provider --client-id {_AUDIENCE} "
                f"--open-id-connect-provider-arn {arn}`",
            )


def _of_existing(plan: Plan) -> Iterable[str]:
    tooling = plan.platform.accounts.of(Purpose.TOOLING)
    return () if tooling is None or not plan.platform.existing_oidc_providers else (tooling,)


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-020",
        severity=Severity.ERROR,
        looks_at="OIDC providers of the code hosts that exist already",
        breaks="an account has one provider for a URL: the tooling stack fails (EntityAlreadyExists)",
        asks=(_LIST, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_ask,
        judge=_taken,
    ),
    Check(
        code="PRE-021",
        severity=Severity.ERROR,
        looks_at="the OIDC providers of `existing_oidc_providers`, and their audience",
        breaks="the deploy succeeds, and no CI can sign in (InvalidIdentityToken)",
        asks=(_LIST, _GET),
        where=_of_existing,
        ask=_existing,
        judge=_not_there,
    ),
)

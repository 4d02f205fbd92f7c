"""Pointing any AWS client at the local AWS by environment variables, and at nothing of the machine's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.request import OpenerDirector, ProxyHandler, build_opener

from mlops_stages.terminal import quoted

LOOPBACK = "127.0.0.1"

_LEADS_ELSEWHERE = (
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SAGEMAKER",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
)
"""Taken out of a shell even where it is not seen there now: lines may be kept and read again in another one.

Source: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
"""


@dataclass(frozen=True)
class Endpoint:
    """One start of a local AWS: its address, and the secret of that start, which only its owner has.

    As text it is the address alone.
    """

    url: str
    secret: str = field(repr=False)

    def __str__(self) -> str:
        return self.url

    @property
    def headers(self) -> dict[str, str]:
        """What a request to the server's own paths must carry."""
        return {"authorization": f"Bearer {self.secret}"}

    def opener(self) -> OpenerDirector:
        """Return what opens the server's own paths: past any proxy, since the loopback is behind none."""
        opener = build_opener(ProxyHandler({}))
        opener.addheaders = list(self.headers.items())
        return opener


def environment(endpoint: Endpoint, account: str, region: str) -> dict[str, str]:
    """Return the variables that make any AWS client the root of `account` in `region` at `endpoint`."""
    return {
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": endpoint.secret,
        **_elsewhere_nothing(region),
    }


def holder(url: str, region: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make any AWS client the holder of temporary credentials at an address."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        **_elsewhere_nothing(region),
    }


def without_credentials() -> dict[str, str]:
    """Return the variables that let no client find credentials of the machine: files that do not exist, no metadata."""
    return {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _elsewhere_nothing(region: str) -> dict[str, str]:
    return {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **without_credentials()}


@dataclass(frozen=True)
class Settings:
    """What to set and what to unset, so that AWS clients go where some variables say and nowhere else."""

    variables: Mapping[str, str]
    unset: tuple[str, ...]

    def applied(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return an environment with them."""
        return {name: value for name, value in environ.items() if name not in self.unset} | dict(self.variables)

    def lines(self) -> list[str]:
        """Return them as lines for sh, bash and zsh, each value quoted."""
        exports = [f"export {name}={quoted(value)}" for name, value in self.variables.items()]
        return [f"unset {' '.join(self.unset)}", *exports]

    def to_json(self) -> dict[str, object]:
        """Everything, for programs."""
        return {"variables": dict(self.variables), "unset": list(self.unset)}


def settings(variables: Mapping[str, str], environ: Mapping[str, str]) -> Settings:
    """Return what has to change in `environ`, so that clients go where `variables` say and are who they say.

    Every other variable of AWS's goes: endpoints of single services, profiles, tokens and switches would all be
    stronger. Proxies stay, but are not asked for this machine.
    """
    seen = (name for name in environ if name.startswith("AWS_"))
    unset = sorted({*seen, *_LEADS_ELSEWHERE} - variables.keys())
    return Settings({**variables, **past_proxies(environ)}, tuple(unset))


def past_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that have clients reach this machine directly, whatever proxy is set."""
    # Clients that know both spellings take the small one, so what only the other has would be lost.
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in exempt.split(",") if host.strip()]
    if "*" not in hosts and LOOPBACK not in hosts:
        hosts.append(LOOPBACK)
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(hosts))

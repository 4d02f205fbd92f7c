"""Who a command asks AWS as: a person with a duty in the local AWS, or on AWS whoever this shell has signed in."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_stages.cli.common import no_proxy, running_in
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.platform import Duty, Model, Platform, Team

PATIENCE: Mapping[str, int] = {"lambda": 930}
"""Seconds that an answer of a service may take; a function may run for 900, and is called once."""
SESSION = re.compile(r"arn:[a-z-]+:sts::(\d{12}):assumed-role/([^/]+)/([^/]+)")
"""Account, role and name of a role's session."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody who has a duty for a model: their address, the duty's account, and their clients by service."""

    email: str
    account: str
    clients: Callable[[str], Any]


def decider(
    directory: Path, platform: Platform, team: Team, model: Model, duty: Duty, *, person: str | None, on_aws: bool
) -> Caller:
    """Whoever does a duty for one model, under the role for it.

    In the local AWS `person` is one of those who have the duty; on AWS the credentials of this shell say who it is.

    Errors: CLI-010 no local AWS runs, CLI-041 AWS does not know who asks, CLI-042 the person has not the duty, or none
    is named, CLI-043 the shell's credentials are not of the role, CLI-044 a person is named on AWS, CLI-056 nobody has
    the duty, LOC-041 the role's trust does not let them in.
    """
    able = duty.people(team, model)
    if not able:
        raise UserError(
            "CLI-056",
            f"{team.name}/{model.name}",
            f"nobody has the duty {duty}",
            f"name them in platform.yaml, and let team {team.name} be of stage {duty.stage} at least",
        )
    return (
        _of_shell(platform, team, model, duty, person)
        if on_aws
        else _here(directory, platform, team, model, duty, _known(team, model, duty, able, person))
    )


def _known(team: Team, model: Model, duty: Duty, able: tuple[str, ...], person: str | None) -> str:
    """The address of who is named: by the address itself, or by the short name with or without the team."""
    names = {member.name: member.email for member in team.members}
    named = names.get((person or "").removeprefix(f"{team.name}/"), person)
    if named in able:
        return named
    shown = {email: name for name, email in names.items()}
    raise UserError(
        "CLI-042",
        "--as" if person is None else repr(person),
        "nobody is named, in whose name it is done" if person is None else f"{model.name} is not theirs to {duty}",
        f"write --as {' or '.join(shown.get(email, email) for email in able)}",
    )


def _here(directory: Path, platform: Platform, team: Team, model: Model, duty: Duty, email: str) -> Caller:
    from mlops_stages.local.client import duties
    from mlops_stages.local.client.clients import client

    running = running_in(directory)
    no_proxy()
    variables = duties.session(running.endpoint, platform, team, email, duty, model)
    account = platform.account(duty.purpose)
    return Caller(email=email, account=account, clients=lambda service: client(service, variables, _patience(service)))


def _of_shell(platform: Platform, team: Team, model: Model, duty: Duty, person: str | None) -> Caller:
    if person is not None:
        raise UserError(
            "CLI-044", "--as", "on AWS the credentials of this shell say who you are", "leave `--as` or `--aws` out"
        )
    account, name = platform.account(duty.purpose), platform.addresses.model_role_name(model.name, duty)
    try:
        session, caller = shell(platform)
    except (refusals.ClientError, refusals.BotoCoreError) as error:
        raise UserError(
            "CLI-041",
            f"account {account}",
            f"AWS does not know who decides: {error}",
            f"take on the role {name} there by a profile, and set AWS_PROFILE to it; without `--aws`, the local AWS is "
            "asked",
            exit_code=1,
        ) from error
    found = SESSION.fullmatch(str(caller["Arn"]))
    if found is None or found.groups()[:2] != (account, name):
        role = platform.addresses.model_role(account, team.name, model.name, duty)
        raise UserError(
            "CLI-043",
            str(caller["Arn"]),
            f"these credentials are not of the role {name} of account {account}",
            f"take it on under your own address, by a profile with role_arn = {role} and role_session_name = "
            "YOUR ADDRESS, and set AWS_PROFILE to it",
        )
    return Caller(
        email=found[3],
        account=account,
        clients=lambda service: session.client(service, region_name=platform.region, config=_patience(service)),
    )


def _patience(service: str) -> Any:  # noqa: ANN401  # built at run time
    """How a client waits for a service whose answers take long, and asks once; None for the others."""
    seconds = PATIENCE.get(service)
    if seconds is None:
        return None
    config: Any = importlib.import_module("botocore.config")
    return config.Config(read_timeout=seconds, retries={"total_max_attempts": 1}, tcp_keepalive=True)


def shell(platform: Platform) -> tuple[Any, Mapping[str, str]]:
    """A session of boto3 with the credentials of this shell, and who that is.

    Raises what botocore does where AWS does not know, or cannot be asked.
    """
    session: Any = importlib.import_module("boto3.session").Session()
    caller: Mapping[str, str] = session.client("sts", region_name=platform.region).get_caller_identity()
    return session, caller

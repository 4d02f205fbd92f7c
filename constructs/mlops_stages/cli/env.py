"""`mlops-stages env`: a shell whose AWS clients go to the local AWS, and nowhere else."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Generator
from pathlib import Path

import typer

from mlops_stages.cli.common import read, running_in
from mlops_stages.errors import UserError
from mlops_stages.local.client.cdk import PLUGIN
from mlops_stages.local.endpoint import Endpoint, Settings, environment, settings
from mlops_stages.platform import Platform, Purpose
from mlops_stages.terminal import output, say


def env(directory: Path, account: str | None, *, as_json: bool) -> None:
    """Print the lines that make a shell the administrator of an account of the platform.

    Errors: CLI-010 no local AWS runs, CLI-030 the platform has no such account.
    """
    with failing_in_eval(as_json=as_json):
        platform = read(directory)
        owner = platform.account(Purpose.EXPERIMENTATION) if account is None else _account(platform, account)
        print_settings(administrator(running_in(directory).endpoint, owner, platform.region), as_json=as_json)


@contextlib.contextmanager
def failing_in_eval(*, as_json: bool) -> Generator[None]:
    """Let `eval "$(...)"` fail where the lines cannot be given: evaluating nothing would succeed, and go elsewhere."""
    try:
        yield
    except (UserError, typer.Exit):
        if not as_json and not output().isatty():
            say("false")
        raise


def administrator(endpoint: Endpoint, account: str, region: str) -> Settings:
    """What points a shell's AWS clients at an account of the local AWS, as its root.

    The CDK CLI, which goes to every account, is given each one's credentials by its plugin.
    """
    return settings({**environment(endpoint, account, region), "CDK_PLUGIN": str(PLUGIN)}, os.environ)


def print_settings(found: Settings, *, as_json: bool) -> None:
    """Print the lines for a shell, or the same for programs."""
    say(json.dumps(found.to_json(), indent=2) if as_json else "\n".join(found.lines()))


def _account(platform: Platform, asked: str) -> str:
    known = {purpose.value: platform.accounts.of(purpose) for purpose in Purpose}
    if platform.guardrails is not None:
        known["management"] = platform.guardrails.management_account
    accounts = {name: account for name, account in known.items() if account is not None}
    if asked in accounts.values():
        return asked
    if asked not in accounts:
        raise UserError(
            "CLI-030",
            repr(asked),
            "platform.yaml has no such account",
            f"write one of {', '.join(accounts)}, or its 12 digits",
        )
    return accounts[asked]

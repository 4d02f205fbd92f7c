"""`mlops-stages act-as`: be a person of a team, to see what they may and may not do."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TypedDict, cast

import typer

from mlops_stages.cli.platform_file import read
from mlops_stages.errors import UserError
from mlops_stages.local import inventory, process
from mlops_stages.local.endpoint import environment
from mlops_stages.platform import Platform, Purpose


class _Credentials(TypedDict):
    AccessKeyId: str
    SecretAccessKey: str
    SessionToken: str


def act_as(directory: Path, person: str, command: list[str]) -> int:
    """Run `command` with the role of TEAM/PERSON, or print its credentials as export lines; return the exit code.

    Errors: CLI-010 no local AWS runs, CLI-011 the platform has no such person, CLI-012 no such command.
    """
    platform = read(directory)
    role = _role(platform, person)
    running = process.status(directory)
    if running is None:
        raise UserError("CLI-010", str(directory), "no local AWS runs here", "run `mlops-stages up`", exit_code=1)
    account = platform.account(Purpose.EXPERIMENTATION)
    request = {"role_arn": _arn(running.endpoint, account, role), "service": "sagemaker.amazonaws.com"}
    session = cast("_Credentials", inventory.post(running.endpoint, "sessions", request))
    variables = environment(running.endpoint, account, platform.region) | {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    if not command:
        typer.echo("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
        return 0
    return _run(command, variables)


def _role(platform: Platform, person: str) -> str:
    team, _, name = person.partition("/")
    people = [f"{t.name}/{member.name}" for t in platform.teams for member in t.members]
    if person not in people:
        some = ", ".join(people[:5]) + (" and others" if len(people) > 5 else "")
        raise UserError(
            "CLI-011", repr(person), "no team of platform.yaml has that person", f"write TEAM/PERSON: {some or 'none'}"
        )
    return f"{platform.name}-{team}-{name}"


def _arn(endpoint: str, account: str, role: str) -> str:
    for resource in inventory.live(endpoint):
        if (resource.account, resource.type, resource.physical_id) == (account, "AWS::IAM::Role", role):
            return f"arn:aws:iam::{account}:role{resource.properties.get('Path', '/')}{role}"
    raise UserError(
        "CLI-013", role, f"account {account} of the local AWS has no such role", "run `mlops-stages up`", exit_code=1
    )


def _run(command: list[str], variables: dict[str, str]) -> int:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join((scripts, kept.get("PATH", os.defpath)))
    program = shutil.which(command[0], path=path)
    if program is None:
        raise UserError("CLI-012", command[0], "there is no such command", "write one that is installed here")
    return subprocess.run([program, *command[1:]], env={**kept, **variables, "PATH": path}, check=False).returncode

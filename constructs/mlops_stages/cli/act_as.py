"""`mlops-stages act-as`: be a person of a team, to see what they may and may not do."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import typer

from mlops_stages.cli.common import no_proxy, read
from mlops_stages.errors import UserError
from mlops_stages.local import process, studio
from mlops_stages.platform import Platform

_NAMED = 5
"""How many people an error names as examples."""


def act_as(directory: Path, person: str, command: list[str]) -> int:
    """Run `command` with the credentials that Studio gives TEAM/PERSON, or print them as export lines.

    Returns the exit code. Errors: CLI-010 no local AWS runs, CLI-011 the platform has no such person, CLI-012 no such
    command.
    """
    profile = _profile(read(directory), person)
    running = process.status(directory)
    if running is None:
        raise UserError("CLI-010", str(directory), "no local AWS runs here", "run `mlops-stages up`", exit_code=1)
    variables = studio.session(running.endpoint, profile)
    if command:
        no_proxy()
        return _run(command, variables)
    typer.echo("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
    return 0


def _profile(platform: Platform, person: str) -> str:
    people = [f"{team.name}/{member.name}" for team in platform.teams for member in team.members]
    if person not in people:
        some = ", ".join(people[:_NAMED]) + (", ..." if len(people) > _NAMED else "")
        raise UserError(
            "CLI-011", repr(person), "no team of platform.yaml has that person", f"write TEAM/PERSON: {some}"
        )
    return person.replace("/", "-")


def _run(command: list[str], variables: dict[str, str]) -> int:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join((scripts, kept.get("PATH", os.defpath)))
    program = shutil.which(command[0], path=path)
    if program is None:
        raise UserError("CLI-012", command[0], "there is no such command", "write one that is installed here")
    return subprocess.run([program, *command[1:]], env={**kept, **variables, "PATH": path}, check=False).returncode

"""`mlops-stages act-as`: be a person of a team, to see what they may and may not do."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mlops_stages.cli.common import read, running_in
from mlops_stages.cli.env import failing_in_eval, print_settings
from mlops_stages.errors import UserError
from mlops_stages.local import duties, studio
from mlops_stages.local.endpoint import Settings, settings
from mlops_stages.platform import Duty, Member, Platform, Team

_NAMED = 5
"""How many people an error names as examples."""


def act_as(directory: Path, person: str, command: list[str], duty: str | None = None, *, as_json: bool = False) -> int:
    """Run `command` with the credentials that Studio gives TEAM/PERSON, or print lines for a shell that has them.

    With a duty, the credentials are those of the team's role for it, in the account where it is done.

    Returns the exit code. Errors: CLI-010 no local AWS runs, CLI-011 the platform has no such person, CLI-012 no such
    command, CLI-013 no such duty, CLI-031 JSON of a command's output, LOC-051 the duty is not theirs.
    """
    if command and as_json:
        raise UserError(
            "CLI-031",
            "--json",
            "the command that follows prints its own output",
            "leave out `--json`, or the command: then the variables are printed as JSON",
        )
    with contextlib.nullcontext() if command else failing_in_eval(as_json=as_json):
        variables = _variables(directory, person, duty)
    found = settings(variables, os.environ)
    if command:
        return _run(command, found)
    print_settings(found, as_json=as_json)
    return 0


def _variables(directory: Path, person: str, duty: str | None) -> dict[str, str]:
    taken_on = None if duty is None else _duty(duty)
    platform = read(directory)
    team, member = _found(platform, person)
    running = running_in(directory)
    return (
        studio.session(running.endpoint, f"{team.name}-{member.name}")
        if taken_on is None
        else duties.session(running.endpoint, platform, team, member.email, taken_on)
    )


def _found(platform: Platform, person: str) -> tuple[Team, Member]:
    people = {f"{team.name}/{member.name}": (team, member) for team in platform.teams for member in team.members}
    if person not in people:
        some = ", ".join([*people][:_NAMED]) + (", ..." if len(people) > _NAMED else "")
        raise UserError(
            "CLI-011", repr(person), "no team of platform.yaml has that person", f"write TEAM/PERSON: {some}"
        )
    return people[person]


def _duty(name: str) -> Duty:
    if name not in list(Duty):
        raise UserError("CLI-013", repr(name), "there is no such duty", f"write one of {', '.join(Duty)}")
    return Duty(name)


def _run(command: list[str], found: Settings) -> int:
    kept = found.applied(os.environ)
    path = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", os.defpath)))
    program = shutil.which(command[0], path=path)
    if program is None:
        raise UserError("CLI-012", command[0], "there is no such command", "write one that is installed here")
    return subprocess.run([program, *command[1:]], env={**kept, "PATH": path}, check=False).returncode

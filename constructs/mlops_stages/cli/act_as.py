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
from mlops_stages.local.client import duties, studio
from mlops_stages.local.endpoint import Settings, settings
from mlops_stages.platform import Duty, Member, Model, Platform, Stage, Team

_NAMED = 5
"""How many people an error names as examples."""


def act_as(
    directory: Path,
    person: str,
    command: list[str],
    duty: str | None = None,
    model: str | None = None,
    *,
    as_json: bool = False,
) -> int:
    """Run `command` with the credentials that Studio gives TEAM/PERSON, or print lines for a shell that has them.

    With a duty, the credentials are those of the role for it, in the account where it is done. Where that is a model's
    role, `model` says which; it may be left out by whoever has the duty for one model alone.

    Returns the exit code. Errors: CLI-010 no local AWS runs, CLI-011 the platform has no such person, CLI-012 no such
    command, CLI-013 no such duty, CLI-015 the model is not one that they have the duty for, or has to be named, CLI-016
    a model for what is not done for one, CLI-031 JSON of a command's output, LOC-051 the duty is not theirs.
    """
    if command and as_json:
        raise UserError(
            "CLI-031",
            "--json",
            "the command that follows prints its own output",
            "leave out `--json`, or the command: then the variables are printed as JSON",
        )
    with contextlib.nullcontext() if command else failing_in_eval(as_json=as_json):
        variables = _variables(directory, person, duty, model)
    found = settings(variables, os.environ)
    if command:
        return _run(command, found)
    print_settings(found, as_json=as_json)
    return 0


def _variables(directory: Path, person: str, duty: str | None, model: str | None) -> dict[str, str]:
    taken_on = None if duty is None else _duty(duty)
    if model is not None and (taken_on is None or not taken_on.is_for_one_model):
        *others, last = (each for each in Duty if each.is_for_one_model)
        for_one = f"{', '.join(others)} or {last}"
        raise UserError(
            "CLI-016", "--model", "nothing is done for one model here", f"leave it out, or write `--duty {for_one}`"
        )
    platform = read(directory)
    team, member = _found(platform, person)
    of = None if taken_on is None else _model(team, member, taken_on, model)
    running = running_in(directory)
    return (
        studio.session(running.endpoint, f"{team.name}-{member.name}")
        if taken_on is None
        else duties.session(running.endpoint, platform, team, member.email, taken_on, of)
    )


def _model(team: Team, member: Member, duty: Duty, name: str | None) -> Model | None:
    """The model whose role a person takes on; None where the role is the team's, or `duties` refuses them."""
    theirs = duty.models(team, member.email)
    if not duty.is_for_one_model or not theirs or team.stage < Stage.REPEATABLE:
        return None
    found = theirs if name is None else [model for model in theirs if model.name == name]
    if len(found) == 1:
        return found[0]
    raise UserError(
        "CLI-015",
        "--model" if name is None else repr(name),
        f"{member.name} may {duty} several models" if name is None else f"it is no model that {member.name} may {duty}",
        f"write --model {' or '.join(model.name for model in theirs)}",
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

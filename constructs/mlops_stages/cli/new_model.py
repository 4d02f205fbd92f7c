"""`mlops-stages new-model`: the standard repository of a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from mlops_stages.cli.common import for_shell, load_or_end
from mlops_stages.cli.way import Step, counted, to_production
from mlops_stages.model_repository import answers_for, write_new
from mlops_stages.platform import Platform
from mlops_stages.terminal import one_line, say


def new_model(name: str, directory: Path, platform_file: Path, *, as_json: bool) -> None:
    """Render the repository of TEAM/MODEL into a new directory, and say what comes next."""
    platform = load_or_end(platform_file)
    committed = write_new(answers_for(platform, name), directory)
    place = f"teams[{[team.name for team in platform.teams].index(name.partition('/')[0])}]."
    notes = [str(note) for note in platform.notes if note.path.startswith(place)]
    steps = _way(platform, name, directory, platform_file)
    if as_json:
        told = {"model": name, "directory": str(directory.absolute()), "committed": committed, "notes": notes}
        told |= {"to_production": {**counted(steps), "steps": [step.to_json() for step in steps]}}
        say(json.dumps(told, indent=2))
        return
    how = "with its first commit" if committed else "not in git: it is not installed, or does not know your name"
    say(f"Made {one_line(str(directory))}, {how}. Next: cd {for_shell(directory)} && make train")
    for line in _lines(steps):
        say(line)
    for note in notes:
        say(f"\n{note}")


def _way(platform: Platform, name: str, directory: Path, platform_file: Path) -> tuple[Step, ...]:
    """What leads from here to production; commands are for the platform's directory, so that paths count from there."""
    team = platform.team(name.partition("/")[0])
    model = next(each for each in team.models if each.name == name.partition("/")[2])
    below = platform_file.absolute().parent == Path.cwd()
    return to_production(platform, team, model, directory if below else directory.absolute(), make=False)


def _lines(steps: tuple[Step, ...]) -> Iterator[str]:
    if not steps:
        return
    number = counted(steps)
    yield ""
    yield (
        f"To production traffic in the local AWS, from the platform's directory: {number['commands']} commands, "
        f"{number['decisions']} of them decisions of two people:"
    )
    for step in steps:
        yield f"  {one_line(step.command)}"
        yield f"      {one_line(step.told)}"

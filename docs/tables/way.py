"""The commands to production traffic and back, as they are printed and tested, for the reference model."""

from collections.abc import Iterable

from mlops_stages.cli import way
from mlops_stages.platform import Platform

TEAM, MODEL = "arrivals", "late-arrival"


def to_production(platform: Platform) -> str:
    """Each command with what it does, and how many there are."""
    team = platform.team(TEAM)
    model = next(each for each in team.models if each.name == MODEL)
    steps = way.to_production(platform, team, model, f"../{MODEL}")
    number = way.counted(steps)
    return f"{_block(steps)}\n\n**{number['commands']} commands, {number['decisions']} of them human decisions.**"


def back(platform: Platform) -> str:
    """Each command with what it does."""
    team = platform.team(TEAM)
    model = next(each for each in team.models if each.name == MODEL)
    return _block(way.back(team, model, f"../{MODEL}-bad"))


def _block(steps: Iterable[way.Step]) -> str:
    lines = [f"# {number}. {step.told}\n{step.command}" for number, step in enumerate(steps, 1)]
    return "\n".join(("```sh", *lines, "```"))

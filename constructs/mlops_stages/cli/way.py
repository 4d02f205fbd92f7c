"""The commands from a new model's repository to production traffic, and those that send a bad version back: in order.

They are for the local AWS, in the platform's directory. What is printed, what the pages show and count, and what a test
runs word by word is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlops_stages.cli.common import for_shell
from mlops_stages.local.state import STATE_DIRECTORY
from mlops_stages.platform import Duty, Model, Platform, Team
from mlops_stages.terminal import quoted

UNSEEN_HOUR = 3
"""An hour at which no flight of the reference data leaves: staging tries no such row."""

FAULT = f's/rows = pd/assert {UNSEEN_HOUR} not in columns["hour"]; rows = pd/'
"""What is wrong with a bad version of the reference model: one line of its code fails at that hour."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A command, and what it does; `decides` is what a person decides by it, if they do."""

    command: str
    why: str
    decides: str = ""

    @property
    def told(self) -> str:
        """What it does, and whether it is a decision."""
        return f"{self.why}: a decision, {self.decides}" if self.decides else self.why

    def to_json(self) -> dict[str, str]:
        """Everything, for programs."""
        return {"command": self.command, "why": self.why, **({"decides": self.decides} if self.decides else {})}


def to_production(
    platform: Platform, team: Team, model: Model, repository: Path | str, *, make: bool = True
) -> tuple[Step, ...]:
    """The way of a model that has an endpoint: from its repository, made first, to an answer of production.

    Empty for a model without an endpoint, or one that no two people can approve.
    """
    deciders = _deciders(team, model)
    if model.endpoint is None or deciders is None:
        return ()
    owner, approver = deciders
    name, place = f"{team.name}/{model.name}", for_shell(repository)
    registered: list[Step] = []
    if make:
        registered.append(Step(command=f"mlops-stages new-model {name} {place}", why="its repository"))
    if model.pipeline is None:
        definition = for_shell(f"{repository}/pipeline/definition.json")
        registered.append(
            Step(
                command=f"cp {definition} pipelines/{model.name}.json",
                why=f"its pipeline; name it in platform.yaml: `pipeline: pipelines/{model.name}.json`",
            )
        )
    return (
        *registered,
        Step(command="mlops-stages up", why="deploys what platform.yaml says"),
        *_promoted(name, place, owner, approver),
        Step(command=f"mlops-stages follow {name}", why="production: the canary's bake, by the local AWS's clock"),
        Step(
            command=f"mlops-stages invoke {name} {for_shell(_rows(model))} --environment production --as {approver}",
            why="production answers",
        ),
    )


def back(team: Team, model: Model, repository: Path | str) -> tuple[Step, ...]:
    """A version of the reference model that passes its tests and fails at what callers send; and where that is told.

    A version must serve production before. Empty as for `to_production`.
    """
    deciders = _deciders(team, model)
    if model.endpoint is None or deciders is None:
        return ()
    name, place = f"{team.name}/{model.name}", for_shell(repository)
    scoring = for_shell(f"{repository}/serving/scoring.py")
    return (
        Step(command=f"mlops-stages new-model {name} {place}", why="another repository of it"),
        Step(command=f"sed -i.old {quoted(FAULT)} {scoring}", why=f"it fails for a flight at {UNSEEN_HOUR} o'clock"),
        *_promoted(name, place, *deciders),
        Step(
            command=f"""sed 's/"hour": [0-9.]*/"hour": {UNSEEN_HOUR}/' {for_shell(_rows(model))} """
            f"| mlops-stages follow {name} --send -",
            why="callers send such flights during the canary: the old version serves on",
        ),
        Step(command=f"mlops-stages releases {name}", why="which version serves, and why the other does not"),
        Step(command=f"mlops-stages ledger show {name}", why="what is recorded of it"),
    )


def counted(steps: Iterable[Step]) -> Mapping[str, int]:
    """How many commands there are, and how many of them are decisions of a person."""
    listed = [*steps]
    return {"commands": len(listed), "decisions": sum(1 for step in listed if step.decides)}


def _promoted(name: str, place: str, owner: str, approver: str) -> tuple[Step, ...]:
    """From code to the second approval."""
    return (
        Step(command=f"mlops-stages train {name} {place}", why="data, image, code, pipeline, registry"),
        Step(
            command=f"mlops-stages approve {name} --as {owner}",
            why="the owner approves it, after its digests were compared",
            decides="the first",
        ),
        Step(command=f"mlops-stages follow {name}", why="staging and its tests"),
        Step(
            command=f"mlops-stages approve {name} --for production --as {approver}",
            why="another person releases it, after its digests and the result of staging were compared",
            decides="the second",
        ),
    )


def _deciders(team: Team, model: Model) -> tuple[str, str] | None:
    """Who approves for staging and who for production, by the names that commands take; None without two."""
    first = model.owner
    second = next((email for email in Duty.RELEASE.people(team, model) if email != first), None)
    if second is None:
        return None
    names = {member.email: member.name for member in team.members}
    return names.get(first, first), names.get(second, second)


def _rows(model: Model) -> str:
    """Where `up` and `train` leave rows to try a model with."""
    return f"{STATE_DIRECTORY}/rows/{model.name}.jsonl"

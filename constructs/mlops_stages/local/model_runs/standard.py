"""Models whose pipeline is the standard repository's: `up` trains those without being given a repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlops_stages.local.process import STATE_DIRECTORY
from mlops_stages.model_repository import answers_for, rendered, write_new
from mlops_stages.platform import Duty, Model, Platform, Stage, Team

DEFINITION = "pipeline/definition.json"


def standard_models(platform: Platform, directory: Path) -> Iterator[tuple[Team, Model]]:
    """The models whose deployed definition is, to the byte, the one that `new-model` renders for them.

    Those of teams that have a repository, for its CI delivers, and a data engineer, who makes the dataset.
    """
    for team in platform.teams:
        able = team.stage >= Stage.REPEATABLE and team.repository is not None and Duty.CURATE.people(team)
        for model in team.models if able else ():
            if model.pipeline is not None and model.quality is not None:
                text = (directory / model.pipeline).read_text("utf-8")
                if text == rendered(answers_for(platform, f"{team.name}/{model.name}"))[DEFINITION]:
                    yield team, model


def standard_repository(platform: Platform, team: Team, model: Model, directory: Path) -> Path:
    """The standard repository of a model, rendered on first use and kept, as its team would keep it."""
    repository = directory / STATE_DIRECTORY / "models" / team.name / model.name
    if not repository.exists():
        write_new(answers_for(platform, f"{team.name}/{model.name}"), repository)
    return repository

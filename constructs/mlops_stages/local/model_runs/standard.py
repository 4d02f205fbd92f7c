"""Models whose pipeline is the standard repository's: `up` trains those without being given a repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlops_stages.local.process import STATE_DIRECTORY
from mlops_stages.model_repository import answers_for, rendered, write_new
from mlops_stages.platform import Model, Platform, Stage, Team

DEFINITION = "pipeline/definition.json"


def standard_models(platform: Platform, directory: Path) -> Iterator[tuple[Team, Model]]:
    """The models whose deployed definition is, to the byte, the one that `new-model` renders for them."""
    for team in platform.teams:
        for model in team.models:
            if team.stage >= Stage.REPEATABLE and model.pipeline is not None and team.repository and model.quality:
                text = (directory / model.pipeline).read_text("utf-8")
                if text == rendered(answers_for(platform, f"{team.name}/{model.name}"))[DEFINITION]:
                    yield team, model


def standard_repository(platform: Platform, team: Team, model: Model, directory: Path) -> Path:
    """The standard repository of a model, rendered on first use and kept, as its team would keep it."""
    repository = directory / STATE_DIRECTORY / "models" / team.name / model.name
    if not repository.exists():
        write_new(answers_for(platform, f"{team.name}/{model.name}"), repository)
    return repository

"""The reference model, with the standard repository's pipeline: `up` trains it without being given a repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlops_stages.files import private_folder
from mlops_stages.local.state import state_directory
from mlops_stages.model_repository import answers_for, rendered, write_new
from mlops_stages.pipeline_definition.reading import content_of
from mlops_stages.platform import Duty, Model, Platform, Stage, Team

REFERENCE = ("arrivals", "late-arrival")
"""The team and model that the standard repository is written for.

Any other model has data of its own to come: `up` would only fill its team's bucket with flights, and fail at its bound.
"""

REACHED = ("auc", 0.7)
"""The metric and value that it is known to reach; a bound beyond it would end each `up` in a failed run."""

DEFINITION = "pipeline/definition.json"


def standard_models(platform: Platform, directory: Path) -> Iterator[tuple[Team, Model]]:
    """The reference model, if its deployed definition is, to the byte, the one that `new-model` renders for it.

    Its team must have a repository, for its CI delivers, and a data engineer, who makes the dataset; its bound must be
    one that it reaches.
    """
    for team in platform.teams:
        able = team.stage >= Stage.REPEATABLE and team.repository is not None and Duty.CURATE.people(team)
        for model in team.models if able else ():
            if (team.name, model.name) == REFERENCE and model.pipeline is not None and _reaches_its_bound(model):
                text = content_of(directory / model.pipeline).decode("utf-8", "replace")
                if text == rendered(answers_for(platform, f"{team.name}/{model.name}"))[DEFINITION]:
                    yield team, model


def standard_repository(platform: Platform, team: Team, model: Model, directory: Path) -> Path:
    """The standard repository of a model, rendered on first use and kept, as its team would keep it."""
    models = private_folder(state_directory(directory) / "models")
    repository = private_folder(models / team.name) / model.name
    if not repository.exists():
        write_new(answers_for(platform, f"{team.name}/{model.name}"), repository)
    return repository


def _reaches_its_bound(model: Model) -> bool:
    quality = model.quality
    metric, reached = REACHED
    return quality is not None and quality.metric == metric and (quality.minimum or 0) <= reached

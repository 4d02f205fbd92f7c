"""Which models `up` trains by itself: those whose pipeline is the standard one, of teams that can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli.init import initialize
from mlops_stages.local.client.model_runs.standard import DEFINITION, standard_models, standard_repository
from mlops_stages.model_repository import answers_for, rendered
from mlops_stages.platform import Platform, Stage, load


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    initialize(tmp_path / "acme", None, reference=True)
    return tmp_path / "acme"


def names(platform: Platform, directory: Path) -> list[str]:
    return [f"{team.name}/{model.name}" for team, model in standard_models(platform, directory)]


def with_team(platform: Platform, **changes: Any) -> Platform:  # noqa: ANN401 - any field's
    """The platform with team arrivals changed."""
    teams = tuple(t.model_copy(update=changes) if t.name == "arrivals" else t for t in platform.teams)
    return platform.model_copy(update={"teams": teams})


def test_the_reference_model_is_trained_from_a_repository_that_is_kept(directory: Path) -> None:
    platform = load(directory / "platform.yaml")
    ((team, model),) = standard_models(platform, directory)
    repository = standard_repository(platform, team, model, directory)
    assert repository == directory / ".mlops-stages" / "models" / "arrivals" / "late-arrival"
    assert (repository / "model.yaml").exists()
    (repository / "steps" / "train.py").write_text("mine", encoding="utf-8")
    assert standard_repository(platform, team, model, directory) == repository
    assert (repository / "steps" / "train.py").read_text("utf-8") == "mine"


def test_a_pipeline_that_the_team_changed_is_the_teams_to_train(directory: Path) -> None:
    definition = directory / "pipelines" / "late-arrival.json"
    definition.write_text(definition.read_text("utf-8").replace("P30D", "P60D"), encoding="utf-8")
    assert names(load(directory / "platform.yaml"), directory) == []


def test_a_model_of_another_name_is_the_teams_to_train_even_with_the_standard_pipeline(directory: Path) -> None:
    text = (directory / "platform.yaml").read_text("utf-8").replace("name: late-arrival ", "name: late-freight ")
    (directory / "platform.yaml").write_text(text, encoding="utf-8")
    platform = load(directory / "platform.yaml")
    definition = rendered(answers_for(platform, "arrivals/late-freight"))[DEFINITION]
    (directory / "pipelines" / "late-arrival.json").write_text(definition, encoding="utf-8")
    assert names(platform, directory) == []


def test_a_bound_that_the_reference_model_misses_is_the_teams_to_try(directory: Path) -> None:
    platform = load(directory / "platform.yaml")
    (model,) = (m for m in platform.team("arrivals").models if m.name == "late-arrival")
    assert model.quality is not None
    quality = model.quality.model_copy(update={"minimum": 0.99})
    assert names(with_team(platform, models=(model.model_copy(update={"quality": quality}),)), directory) == []


def test_a_team_that_cannot_train_is_left_alone(directory: Path) -> None:
    platform = load(directory / "platform.yaml")
    assert names(platform, directory) == ["arrivals/late-arrival"]
    people = platform.team("arrivals").people.model_copy(update={"data_engineers": ()})
    changes = ({"repository": None}, {"stage": Stage.INITIAL}, {"people": people})
    assert [names(with_team(platform, **change), directory) for change in changes] == [[], [], []]

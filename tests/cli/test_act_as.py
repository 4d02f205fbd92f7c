"""Which role a person takes on: the team's, or that of one model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlops_stages.cli.act_as import act_as
from mlops_stages.errors import UserError
from tests.conftest import ROOT

ANOTHER = """\
      - name: gate-change
        owner: zoe.martin@acme.example
        data_classification: internal
    features: """


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A platform whose team arrivals has two models of different owners, and whose local AWS does not run."""
    text = (ROOT / "platform.yaml").read_text("utf-8")
    start, features, rest = text.partition("    features: ")
    assert features
    (tmp_path / "platform.yaml").write_text(start + ANOTHER + rest, encoding="utf-8")
    shutil.copytree(ROOT / "pipelines", tmp_path / "pipelines")
    return tmp_path


def refused(directory: Path, person: str, duty: str | None = None, model: str | None = None) -> UserError:
    with pytest.raises(UserError) as error:
        act_as(directory, person, [], duty, model)
    return error.value


def test_who_may_approve_several_models_says_which(directory: Path) -> None:
    error = refused(directory, "arrivals/flora-king", "approve")
    assert (error.code, error.fix) == ("CLI-015", "write --model late-arrival or gate-change")


@pytest.mark.parametrize("model", ["late-arrival", "card-fraud", "nothing", ""])
def test_a_model_that_is_not_theirs_to_approve_is_refused(directory: Path, model: str) -> None:
    error = refused(directory, "arrivals/zoe-martin", "approve", model)
    assert (error.code, error.fix) == ("CLI-015", "write --model gate-change")


OF_MODELS = ("approve", "release", "invoke-staging", "invoke-production", "see-production", "query-production")


@pytest.mark.parametrize("duty", [None, "train", "curate"])
def test_a_model_says_nothing_where_the_role_is_not_a_models(directory: Path, duty: str | None) -> None:
    error = refused(directory, "arrivals/flora-king", duty, "late-arrival")
    assert (error.code, error.fix) == (
        "CLI-016",
        f"leave it out, or write `--duty {', '.join(OF_MODELS[:-1])} or {OF_MODELS[-1]}`",
    )


@pytest.mark.parametrize(
    ("person", "model"),
    [
        ("arrivals/zoe-martin", None),
        ("arrivals/zoe-martin", "gate-change"),
        ("arrivals/hugo-stein", None),
        ("arrivals/flora-king", "late-arrival"),
    ],
)
def test_one_model_is_found_and_then_the_local_aws_is_asked(directory: Path, person: str, model: str | None) -> None:
    assert refused(directory, person, "approve", model).code == "CLI-010"

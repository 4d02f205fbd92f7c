"""`train`: what it refuses before it starts, and what is printed of a registered model."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from mlops_stages.cli import train, up
from mlops_stages.cli.callers import Caller
from mlops_stages.cli.display import Lines
from mlops_stages.cli.models import print_models
from mlops_stages.errors import UserError
from mlops_stages.local.client.model_runs import ModelRun, Registered, standard
from mlops_stages.local.client.process import Running
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform import loads
from tests.cli.conftest import Project
from tests.cli.test_approve import platform as served

REPEATABLE = """\
name: acme
region: eu-west-1
organization_id: o-a1b2c3d4e5
stage: repeatable
owner: platform@acme.example
cost_center: "1000"
accounts:
  experimentation: "111111111111"
  development: "222222222222"
  tooling: "333333333333"
  data: "444444444444"
people: {platform_engineers: [pat@acme.example]}
"""


def a_run(*, trained: bool) -> ModelRun:
    package = Registered(
        arn="arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/2",
        version=2,
        approval="PendingManualApproval",
        commit="8f0d98a26cafedcc8de03870753217f9191f39d0",
        manifest="s3://acme-arrivals-internal-444444444444/manifests/flights/fe63c886f48b3d38.json",
        manifest_sha256="f" * 64,
        evaluation="s3://acme-arrivals-artifacts-333333333333/evaluations/late-arrival/1/evaluation.json",
        quality="auc 0.7034 (0.6622 to 0.7378)",
        metrics={"accuracy": 0.7868, "auc": 0.7034, "f1": 0.28, "log_loss": 0.4845, "mae": 0.306},
    )
    return ModelRun(team="arrivals", model="late-arrival", package=package, trained=trained, seconds=12.34)


def test_a_registered_model_is_told_with_metrics_commit_and_data(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")  # nothing is broken, however narrow the terminal
    print_models([a_run(trained=True)])
    assert capsys.readouterr().out == (
        "arrivals/late-arrival version 2, PendingManualApproval: trained in 12.3 s\n"
        "  package  arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/2\n"
        "  metrics  auc 0.7034 (0.6622 to 0.7378)  (accuracy 0.787  auc 0.703  f1 0.280  log_loss 0.484)\n"
        "  commit   8f0d98a26cafedcc8de03870753217f9191f39d0\n"
        "  data     s3://acme-arrivals-internal-444444444444/manifests/flights/fe63c886f48b3d38.json\n"
        f"  sha-256  {'f' * 64}\n"
    )


def test_a_model_that_was_registered_before_is_told_as_such(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_models([a_run(trained=False)])
    first = capsys.readouterr().out.splitlines()[0]
    assert first.endswith("PendingManualApproval: registered before, of the same code and data")


def _always(value: object, *_: object) -> object:
    return value


@pytest.mark.parametrize("as_json", [False, True])
def test_rows_to_try_the_version_with_are_left_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, *, as_json: bool
) -> None:
    held, asked, scopes = served(), list[str | None](), list[dict[str, str | None]]()

    def decider(*_: object, person: str | None, on_aws: bool) -> Caller:
        asked.append(person)
        return Caller(email=str(person), account="333333333333", clients=str)

    def rows_of(s3: str, evaluation: str, model: str, directory: Path) -> Path:
        assert (s3, model) == ("s3", "late-arrival")
        assert evaluation == a_run(trained=True).package.evaluation
        return directory / "rows.jsonl"

    running = Running(pid=1, port=1, endpoint=Endpoint("http://127.0.0.1:1", "s3cret"), started=False)
    given: dict[str, object] = {"read": held, "running_in": running}
    for name, value in given.items():
        monkeypatch.setattr(train, name, functools.partial(_always, value))
    monkeypatch.setattr(train, "run", lambda *_, **scope: scopes.append(scope) or a_run(trained=True))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(train, "decider", decider)
    monkeypatch.setattr(train, "rows_of", rows_of)
    train.train(tmp_path, "arrivals/late-arrival", tmp_path, as_json=as_json)
    said = capsys.readouterr().out
    assert asked == [held.team("arrivals").models[0].owner]
    assert scopes == [{"train_before": "9999-12-31", "requests": None}]
    assert (json.loads(said)["rows"] if as_json else said.split()[-9].rstrip(":")) == str(tmp_path / "rows.jsonl")


def test_a_model_that_no_team_has_cannot_be_trained(project: Project) -> None:
    (project.directory / "platform.yaml").write_text(REPEATABLE, encoding="utf-8")
    done = project.run("train", "arrivals/late-arrival", ".")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("CLI-014 'arrivals/late-arrival'\n")
    assert "none yet; a model gets a pipeline by its key `pipeline`" in done.err


def test_of_a_model_without_a_pipeline_that_is_said(reference: Project) -> None:
    done = reference.run("train", "fraud/card-fraud", ".")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("CLI-014 'fraud/card-fraud'\n")
    assert "the model has no pipeline" in done.err
    assert "models with one: arrivals/late-arrival" in done.err


def test_nothing_is_trained_where_no_local_aws_runs(reference: Project) -> None:
    done = reference.run("train", "arrivals/late-arrival", ".")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"CLI-010 {reference.directory}\n")
    assert "fix: run `mlops-stages up`" in done.err


def test_training_without_a_repository_is_a_wrong_command_line(project: Project) -> None:
    assert project.run("train", "arrivals/late-arrival").code == 2


def test_an_interrupt_while_a_model_is_trained_says_what_is_left_running(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(standard, "standard_models", interrupted)
    with pytest.raises(UserError) as told:
        up._trained(Endpoint("http://127.0.0.1:4599", "s3cret"), loads(REPEATABLE), tmp_path, Lines())  # pyright: ignore[reportPrivateUsage]
    assert (told.value.code, told.value.exit_code) == ("LOC-113", 130)


@pytest.mark.parametrize("day", ["banana", "2013-02-30", "2013-9-1", "", "20130901"])
def test_no_pipeline_is_started_for_what_is_no_day(tmp_path: Path, day: str) -> None:
    with pytest.raises(UserError) as error:
        train.train(tmp_path, "arrivals/late-arrival", tmp_path, as_json=False, train_before=day)
    assert (error.value.code, error.value.where, error.value.exit_code) == ("CLI-100", "--train-before", 2)

"""A model's way to the registry: once for the same code and data, and each failure told with what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local import images, refusals
from mlops_stages.local.client import duties
from mlops_stages.local.client.model_runs import ModelRun, Registered, dataset, delivery, run
from mlops_stages.local.client.model_runs.packages import Sought
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform import Model, Platform, Team, load
from tests.conftest import ROOT
from tests.local.client.model_runs.test_repository import MODEL

DATA = {"DatasetUri": "s3://d/1/", "DatasetManifestUri": "s3://d/1.json", "DatasetManifestSha256": "0" * 64}
ALL = {"RequestsUri": DATA["DatasetManifestUri"], "TrainBefore": "9999-12-31"}
"""All rows of the dataset, and no requests."""
NAME = "arrivals/late-arrival"
FETCHES = "the dataset; data/fetch.py of the repository runs in a container without network"


@dataclass
class Accounts:
    """The accounts that a run goes through: its pipeline ends as told, and registers what it is told to."""

    registers: bool = True
    ending: dict[str, Any] = field(default_factory=lambda: {"PipelineExecutionStatus": "Succeeded"})
    steps: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    versions: list[tuple[dict[str, str], Registered]] = field(default_factory=list[tuple[dict[str, str], Registered]])
    """Their metadata, and what is told of them."""
    started: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    done: list[str] = field(default_factory=list[str])
    value: str = ""

    def start(self, *given: Any) -> str:  # noqa: ANN401 - as delivery has it
        parameters: Mapping[str, str] = given[-1]
        self.done.append("start")
        self.started.append(dict(parameters))
        if self.registers:
            self.versions.insert(0, version(parameters))
        return "arn:of:execution"

    def registry(self, platform: object, team: str, model: Model, approver: object) -> Accounts:
        del platform
        assert (team, model.name, approver) == ("arrivals", "late-arrival", {"as": "approve"})
        return self

    def find(self, sought: Sought, own_code: str) -> Registered | None:
        assert len(own_code) == 64
        return next((each for said, each in self.versions if sought.is_met_by(said)), None)

    def measured(self, who: object, evaluation: str) -> str:
        assert (who, evaluation.rpartition("/evaluations/")[2]) == (
            {"as": "approve"},
            "late-arrival/arn:of:execution/evaluation.json",
        )
        return self.value

    def describe_pipeline_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert PipelineExecutionArn == "arn:of:execution"
        return self.ending

    def list_pipeline_execution_steps(self, *, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert PipelineExecutionArn == "arn:of:execution"
        return {"PipelineExecutionSteps": self.steps}


def version(parameters: Mapping[str, str]) -> tuple[dict[str, str], Registered]:
    """What a run with these parameters registers."""
    said = {
        "commit": parameters["Commit"],
        "dataset-manifest": parameters["DatasetManifestUri"],
        "dataset-manifest-sha256": parameters["DatasetManifestSha256"],
        "requests": parameters["RequestsUri"],
        "train-before": parameters["TrainBefore"],
    }
    return said, Registered(
        arn="arn:of:package",
        version=1,
        approval="PendingManualApproval",
        commit=said["commit"],
        manifest=said["dataset-manifest"],
        manifest_sha256=said["dataset-manifest-sha256"],
        evaluation="s3://a/e.json",
        quality="auc 0.7",
        metrics={"auc": 0.7},
    )


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Accounts:
    found = Accounts()

    def noted(word: str, answer: object) -> Any:  # noqa: ANN401 - in the place of any function
        def call(*given: object, **named: object) -> object:
            del given, named
            found.done.append(word)
            return answer

        return call

    monkeypatch.setattr(images, "build", noted("build", images.BuiltImage(tmp_path / "python", built=True)))
    monkeypatch.setattr(delivery, "ci_session", noted("ci", {}))
    monkeypatch.setattr(delivery, "deliver_session", noted("deliver", {}))
    monkeypatch.setattr(delivery, "push_image", noted("push", "image@sha256:1"))
    monkeypatch.setattr(delivery, "upload_code", noted("upload", "s3://a/code/1/"))
    monkeypatch.setattr(delivery, "start", found.start)
    monkeypatch.setattr(dataset, "curate", noted("curate", DATA))
    monkeypatch.setattr(duties, "session", lambda *given: {"as": str(given[4])})  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(run, "_network", noted("network", {}))
    monkeypatch.setattr(run, "registry", found.registry)
    monkeypatch.setattr(run, "measured", found.measured)
    monkeypatch.setattr(run, "client", lambda *_: found)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "model.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "requirements.lock").write_text("", encoding="utf-8")
    return tmp_path


@pytest.fixture
def platform() -> Platform:
    return load(ROOT / "platform.yaml")


def trained(
    platform: Platform,
    repository: Path,
    team: Team | None = None,
    steps: list[str] | None = None,
    *,
    train_before: str = ALL["TrainBefore"],
    requests: str | None = None,
) -> ModelRun:
    told: list[str] = [] if steps is None else steps
    whose = team or platform.team("arrivals")
    aws = Endpoint("http://127.0.0.1:1", "s3cret")
    return run.train(
        aws,
        platform,
        whose,
        whose.models[0],
        repository,
        repository,
        told.append,
        train_before=train_before,
        requests=requests,
    )


def refused(platform: Platform, repository: Path, team: Team | None = None) -> UserError:
    with pytest.raises(UserError) as error:
        trained(platform, repository, team)
    return error.value


def test_a_run_ends_with_the_version_of_its_code_and_data(
    accounts: Accounts, platform: Platform, repository: Path
) -> None:
    accounts.versions = [version({**DATA, **ALL, "Commit": "of other code"})]
    told: list[str] = []
    done = trained(platform, repository, steps=told)
    assert done.trained
    assert done.package.commit == ModelRepository(repository).commit
    assert told == [f"{NAME}: {what}" for what in ("the image", FETCHES, "its pipeline")]
    said = done.to_json()
    assert (said["team"], said["model"], said["trained"]) == ("arrivals", "late-arrival", True)
    assert said["package"]["dataset_manifest_sha256"] == DATA["DatasetManifestSha256"]


def test_what_was_registered_before_is_not_trained_again(
    accounts: Accounts, platform: Platform, repository: Path
) -> None:
    first = trained(platform, repository)
    second = trained(platform, repository)
    assert (second.trained, second.package) == (False, first.package)
    assert accounts.done.count("start") == 1


def test_without_more_said_a_run_has_all_days_and_no_requests(
    accounts: Accounts, platform: Platform, repository: Path
) -> None:
    trained(platform, repository)
    (started,) = accounts.started
    assert started.items() >= ALL.items()


def test_a_version_for_a_comparison_is_one_of_its_own(accounts: Accounts, platform: Platform, repository: Path) -> None:
    uri = "s3://d/candidates/1/requests.csv.gz"
    scopes = [(day, requests) for day in (ALL["TrainBefore"], "2013-04-01") for requests in (None, uri)]
    for is_new in (True, False):
        for day, requests in scopes:
            assert trained(platform, repository, train_before=day, requests=requests).trained is is_new
    given = [(each["TrainBefore"], each["RequestsUri"]) for each in accounts.started]
    assert given == [(day, requests or DATA["DatasetManifestUri"]) for day, requests in scopes]


@pytest.mark.parametrize(
    ("changes", "code"), [({"repository": None}, "LOC-084"), ({"people": "no data engineers"}, "LOC-086")]
)
def test_a_team_that_cannot_train_is_told_before_anything_is_made(
    accounts: Accounts, platform: Platform, repository: Path, changes: dict[str, Any], code: str
) -> None:
    team = platform.team("arrivals")
    if "people" in changes:
        changes = {"people": team.people.model_copy(update={"data_engineers": ()})}
    error = refused(platform, repository, team.model_copy(update=changes))
    assert (error.code, error.exit_code) == (code, 2)
    assert "fix: add " in str(error)
    assert accounts.done == []


def test_another_models_repository_is_told_before_anything_is_made(
    accounts: Accounts, platform: Platform, repository: Path
) -> None:
    assert refused(platform, repository, platform.team("fraud")).code == "LOC-089"
    assert accounts.done == []


def test_a_pipeline_that_registers_nothing_of_this_run_is_told(
    accounts: Accounts, platform: Platform, repository: Path
) -> None:
    accounts.registers = False
    assert refused(platform, repository).code == "LOC-085"


def test_a_pipeline_that_fails_is_told_with_each_step_that_failed(
    accounts: Accounts, platform: Platform, repository: Path
) -> None:
    accounts.registers = False
    accounts.ending = {"PipelineExecutionStatus": "Failed", "FailureReason": "Step failure"}
    accounts.steps = [{"StepName": "Prepare"}, {"StepName": "Train", "FailureReason": "AlgorithmError: no memory"}]
    error = refused(platform, repository)
    assert (error.code, error.exit_code) == ("LOC-087", 1)
    assert "the pipeline ended as Failed: step Train: AlgorithmError: no memory\n" in str(error)
    accounts.steps = []
    assert "ended as Failed: Step failure\n" in str(refused(platform, repository))


def test_a_model_that_misses_its_bound_is_told_with_what_was_measured(
    accounts: Accounts, platform: Platform, repository: Path
) -> None:
    accounts.registers = False
    accounts.ending = {"PipelineExecutionStatus": "Failed"}
    accounts.steps = [{"StepName": "Refused", "FailureReason": "The model's auc misses the bound of 0.99"}]
    accounts.value = "auc 0.7034 (0.6622 to 0.7378)"
    told = str(refused(platform, repository))
    assert "misses the bound of 0.99; measured: auc 0.7034 (0.6622 to 0.7378)\n" in told
    assert "`mlops-stages logs arrivals/late-arrival`" in told


def test_what_aws_refuses_is_told_in_its_words(
    accounts: Accounts, platform: Platform, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*given: object, **named: object) -> None:
        raise refusals.ClientError({"Error": {"Code": "AccessDenied", "Message": "not yours"}}, "PutObject")

    monkeypatch.setattr(delivery, "upload_code", denied)
    error = refused(platform, repository)
    assert (error.code, error.exit_code) == ("LOC-083", 1)
    assert "the local AWS refused: AccessDenied: not yours\n" in str(error)
    assert "start" not in accounts.done

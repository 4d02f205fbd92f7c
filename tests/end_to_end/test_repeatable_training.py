"""`mlops-stages train` on the running platform: what it makes once, and what it refuses, with nothing registered."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.model_repository import answers_for, write_new
from mlops_stages.platform import Duty
from mlops_stages.runtime.monitor_runs.evaluations import Evaluations
from tests.end_to_end.arrivals import MODEL, TEAM, Arrivals
from tests.end_to_end.conftest import PlatformUp
from tests.runtime.monitor_runs.given import read_answers

NAME = f"{TEAM}/{MODEL}"
WEATHER = "temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib"
REQUESTS = (
    f"decision_id,carrier,origin,dest,hour,day_of_week,distance,plane_age,seats,{WEATHER}",
    "d-1,UA,EWR,IAH,5,1,1400,14,149,39.9,28,62.2,250,12.7,,0,1012.2,10",
    "d-2,UA,SFO,IAH,5,1,1400,,,,,,,,,,,",
)
"""A header, a row, and one of an airport that training has not seen: an endpoint would refuse it."""


@pytest.fixture
def arrivals(platform_up: PlatformUp) -> Arrivals:
    return Arrivals(platform_up)


@pytest.fixture
def repository(platform_up: PlatformUp, tmp_path: Path) -> Path:
    """The standard repository of the model, as a new clone."""
    directory = tmp_path / "late-arrival"
    write_new(answers_for(platform_up.platform, NAME), directory)
    return directory


def change(repository: Path, file: str, right: str, wrong: str) -> None:
    """Change one place of a file."""
    text = (repository / file).read_text("utf-8")
    assert text.count(right) == 1, text
    (repository / file).write_text(text.replace(right, wrong), encoding="utf-8")


def runs_of(arrivals: Arrivals, commit: str) -> int:
    """How many executions of the pipeline a commit has; tests beside this one start others."""
    sagemaker = arrivals.up.root(arrivals.addresses.development).client("sagemaker")
    given = (
        sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=each["PipelineExecutionArn"])
        for each in arrivals.executions()
    )
    return sum({"Name": "Commit", "Value": commit} in each["PipelineParameters"] for each in given)


def commits(arrivals: Arrivals) -> set[str]:
    """The commits of all registered versions."""
    registry = arrivals.up.root(arrivals.addresses.tooling).client("sagemaker")
    listed = registry.list_model_packages(ModelPackageGroupName=arrivals.group, MaxResults=100)
    arns = [each["ModelPackageArn"] for each in listed["ModelPackageSummaryList"]]
    found = (registry.describe_model_package(ModelPackageName=arn) for arn in arns)
    return {package["CustomerMetadataProperties"]["commit"] for package in found}


def train(up: PlatformUp, repository: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return up.run("train", NAME, str(repository), "--json", *options)


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one error of a run that failed: what follows its last line of progress."""
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    said = re.split(r"(?m)^ *\d+\.\d s  .*\n", done.stderr)[-1]
    assert re.findall("(?m)^[A-Z]{3}-[0-9]{3} ", said) == re.findall("^[A-Z]{3}-[0-9]{3} ", said)
    assert "Traceback" not in said
    return said


@dataclass(frozen=True)
class Compared:
    """A version that was trained for a comparison: of a changed step, of earlier days, with requests of production."""

    repository: Path
    options: tuple[str, ...]
    requests: str
    content: bytes
    told: dict[str, Any]


@pytest.fixture(scope="module")
def compared(platform_up: PlatformUp, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    arrivals, repository = Arrivals(platform_up), tmp_path_factory.mktemp("compared") / "late-arrival"
    write_new(answers_for(platform_up.platform, NAME), repository)
    # Fewer trees: another model, in less time.
    change(repository, "steps/train.py", 'int(hyperparameters["max_iter"])', "20")
    content = gzip.compress("".join(f"{line}\r\n" for line in REQUESTS).encode(), mtime=0)
    key = f"curated/requests/{uuid4()}/requests.csv.gz"
    arrivals.data_jobs().client("s3").put_object(Bucket=arrivals.data, Key=key, Body=content, IfNoneMatch="*")
    requests = f"s3://{arrivals.data}/{key}"
    options = ("--train-before", "2013-04-01", "--requests", requests)
    return Compared(repository, options, requests, content, told(train(platform_up, repository, *options)))


def test_a_changed_step_is_a_version_of_its_own_and_is_registered_once(arrivals: Arrivals, compared: Compared) -> None:
    first, repository = compared.told, compared.repository
    assert (first["team"], first["model"], first["trained"]) == (TEAM, MODEL, True)
    package = first["package"]
    assert package["version"] > 1
    assert package["commit"] == ModelRepository(repository).commit != arrivals.package["commit"]
    assert package["dataset_manifest_sha256"] == arrivals.package["dataset_manifest_sha256"]
    assert package["metrics"]["auc"] != arrivals.package["metrics"]["auc"]
    again = told(train(arrivals.up, repository, *compared.options))
    assert (again["trained"], again["package"]) == (False, package)
    assert runs_of(arrivals, package["commit"]) == 1
    words = arrivals.up.run("train", NAME, str(repository), *compared.options).stdout
    assert f"version {package['version']}, PendingManualApproval: registered before, of the same code and data" in words
    for expected in (package["arn"], package["commit"], package["dataset_manifest"], "auc 0."):
        assert expected in words


def test_a_version_for_a_comparison_says_of_which_days_it_is_and_has_scores_of_requests(
    arrivals: Arrivals, compared: Compared
) -> None:
    approver = arrivals.duty(Duty.APPROVE)
    arn = compared.told["package"]["arn"]
    described = approver.client("sagemaker").describe_model_package(ModelPackageName=arn)
    said = described["CustomerMetadataProperties"]
    assert (said["train-before"], said["requests"]) == ("2013-04-01", compared.requests)
    place = f"s3://{arrivals.addresses.artifacts_bucket(TEAM)}/evaluations/{MODEL}/"
    challenge, scores = read_answers(Evaluations(approver.client("s3"), approver.client("sagemaker"), place), arn)
    assert (list(scores), challenge.refused, challenge.requests) == (["d-1"], 1, compared.requests)
    assert (challenge.requests_sha256, challenge.train_before) == (
        hashlib.sha256(compared.content).hexdigest(),
        "2013-04-01",
    )


def test_a_dataset_whose_bytes_differ_from_its_manifest_is_refused_by_the_step_that_reads_it(
    arrivals: Arrivals, repository: Path
) -> None:
    # A dataset of its own, which no other test reads. The job writes other bytes than those that it notes.
    change(repository, "model.yaml", 'last: "2013-04"', 'last: "2013-01"')
    written = 'curated_in.write(f"{DATASET}/{version}/{n}", %s, n)'
    damaged = written % 'content.replace(b"2013-01-01", b"2013-01-02", 1)'
    noted = f"dataset_manifest.dataclasses.replace({damaged}, sha256=dataset_manifest.checksum(content))"
    change(repository, "data/curate.py", written % "content", noted)
    said = complaint(train(arrivals.up, repository))
    assert said.startswith(f"LOC-087 {arrivals.addresses.pipeline(TEAM, MODEL)}/execution/")
    assert "step Prepare: " in said
    assert "DAT-006" in said
    assert "flights-2013-01.csv has other bytes" in said
    assert said.endswith("shows what its steps printed; nothing was registered\n")
    assert ModelRepository(repository).commit not in commits(arrivals)


def test_a_step_that_raises_is_told_by_its_name_and_nothing_is_registered(arrivals: Arrivals, repository: Path) -> None:
    change(
        repository,
        "steps/prepare.py",
        "    expected = ",
        '    raise RuntimeError("the disk is on fire")\n    expected = ',
    )
    said = complaint(train(arrivals.up, repository))
    assert "step Prepare: " in said
    assert "RuntimeError: the disk is on fire" in said
    assert f"\n  fix: correct what it names; `mlops-stages logs {NAME}` shows" in said
    assert ModelRepository(repository).commit not in commits(arrivals)


def test_raw_data_that_cannot_be_made_into_a_dataset_ends_before_the_pipeline(
    arrivals: Arrivals, repository: Path
) -> None:
    change(repository, "model.yaml", 'first: "2013-01", last: "2013-04"', 'first: "1913-01", last: "1913-04"')
    # Code of its own, whose executions no other test starts.
    with (repository / "steps/prepare.py").open("a", encoding="utf-8") as step:
        step.write("# of another century\n")
    said = complaint(train(arrivals.up, repository))
    assert said.startswith("LOC-082 arrivals-curate-")
    assert "no flight from 1913-01 to 1913-04 has landed" in said
    assert runs_of(arrivals, ModelRepository(repository).commit) == 0


def test_what_is_no_model_repository_is_told(arrivals: Arrivals, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = train(arrivals.up, tmp_path / "empty")
    assert done.returncode == 2
    assert done.stderr.startswith(f"LOC-080 {tmp_path / 'empty' / 'model.yaml'}\n")
    assert "fix: make one by `new-model`" in done.stderr
    other = tmp_path / "other"
    write_new(answers_for(arrivals.up.platform, "fraud/card-fraud"), other)
    done = train(arrivals.up, other)
    assert done.returncode == 2
    assert done.stderr.startswith(f"LOC-089 {other / 'model.yaml'}\n")
    assert "fraud/card-fraud" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_the_platform_does_not_have_is_told(arrivals: Arrivals, repository: Path) -> None:
    done = arrivals.up.run("train", "arrivals/other", str(repository))
    assert done.returncode == 2
    assert done.stderr.startswith("CLI-014 'arrivals/other'\n")
    assert f"write TEAM/MODEL: {NAME}" in done.stderr

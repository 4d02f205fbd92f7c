"""Landing raw data, and the job that makes a dataset: run once for the same code, image and choice of data."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local.client.model_runs import dataset
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.platform import Platform, load
from tests.conftest import ROOT
from tests.local.client.model_runs.test_repository import MODEL

MADE = {
    "DatasetUri": "s3://data/curated/flights/1/",
    "DatasetManifestUri": "s3://data/manifests/flights/1.json",
    "DatasetManifestSha256": "0" * 64,
}
FETCH = """\
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / "flights.csv").write_text("day\\n1\\n")
(folder / "planes.csv").write_text("tail\\n")
"""


class DataAccount:
    """A data account that notes what it is asked; its jobs end as it is told."""

    def __init__(self, **ending: Any) -> None:  # noqa: ANN401 - any API's
        self.ending: dict[str, Any] = {"ProcessingJobStatus": "Completed", "ExitMessage": json.dumps(MADE), **ending}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.written: list[str] = []

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert Bucket
        found = [{"Key": key, "Size": len(body)} for key, body in self.objects.items() if key.startswith(Prefix)]
        return {"Contents": found} if found else {}

    def put_object(self, *, Bucket: str, Key: str, Body: Any) -> None:  # noqa: ANN401, N803 - AWS's
        assert Bucket
        self.objects[Key] = Body.read()
        self.written.append(Key)

    def describe_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert KeyId == "alias/acme/arrivals/data/internal"
        return {"KeyMetadata": {"Arn": "arn:aws:kms:eu-west-1:444444444444:key/1"}}

    def list_processing_jobs(self, *, NameContains: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        names = [name for name in self.jobs if NameContains in name]
        status = self.ending["ProcessingJobStatus"]
        return {
            "ProcessingJobSummaries": [{"ProcessingJobName": name, "ProcessingJobStatus": status} for name in names]
        }

    def create_processing_job(self, **asked: Any) -> None:  # noqa: ANN401 - any API's
        self.jobs[asked["ProcessingJobName"]] = asked

    def describe_processing_job(self, *, ProcessingJobName: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        assert ProcessingJobName in self.jobs
        return self.ending


@pytest.fixture
def platform() -> Platform:
    return load(ROOT / "platform.yaml")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> DataAccount:
    found = DataAccount()
    monkeypatch.setattr(dataset, "client", lambda *_: found)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in (("model.yaml", MODEL), ("requirements.lock", ""), ("data/fetch.py", FETCH)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def curated(platform: Platform, repository: Path, python: Path, **changes: str) -> dict[str, str]:
    team = platform.team("arrivals")
    return dataset.curate(
        {},
        platform.addresses,
        team,
        team.models[0],
        ModelRepository(repository),
        network={"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        python=python,
        **{"image_uri": "image@sha256:1", "code_uri": "s3://artifacts/code/1/", **changes},
    )


def test_a_dataset_is_made_by_a_job_in_the_network_under_the_teams_role(
    account: DataAccount, platform: Platform, repository: Path, python: Path
) -> None:
    assert curated(platform, repository, python) == MADE
    assert sorted(account.written) == ["landing/flights/flights.csv", "landing/flights/planes.csv"]
    ((name, job),) = account.jobs.items()
    assert name.startswith("arrivals-curate-")
    assert job["RoleArn"] == platform.addresses.data_jobs_role("arrivals", "internal")
    assert job["NetworkConfig"]["VpcConfig"] == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert job["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"].startswith("arn:aws:kms:")
    words = job["AppSpecification"]["ContainerArguments"]
    options = dict(zip(words[::2], words[1::2], strict=True))
    assert options["--curated"] == "s3://acme-arrivals-internal-444444444444/curated"
    assert (options["--first"], options["--last"], options["--created-by"]) == ("2013-01", "2013-04", name)
    assert options["--commit"] == ModelRepository(repository).commit


def test_the_same_is_made_once_and_anything_else_anew(
    account: DataAccount, platform: Platform, repository: Path, python: Path
) -> None:
    for _ in range(2):
        curated(platform, repository, python)
    assert len(account.jobs) == 1
    curated(platform, repository, python, code_uri="s3://artifacts/code/2/")
    curated(platform, repository, python, image_uri="image@sha256:2")
    (repository / "model.yaml").write_text(MODEL.replace("2013-04", "2013-05"), encoding="utf-8")
    curated(platform, repository, python)
    assert len(account.jobs) == 4


def test_what_landed_stays_and_what_landed_in_part_is_completed(
    account: DataAccount, platform: Platform, repository: Path, python: Path
) -> None:
    account.objects = {"landing/flights/flights.csv": b"day\n1\n", "landing/flights/planes.csv": b"ta"}
    curated(platform, repository, python)
    assert account.written == ["landing/flights/planes.csv"]


def test_a_job_that_failed_is_told_and_tried_again_under_another_name(
    account: DataAccount, platform: Platform, repository: Path, python: Path
) -> None:
    account.ending = {"ProcessingJobStatus": "Failed", "FailureReason": "AlgorithmError: no flights"}
    for number in (1, 2):
        with pytest.raises(UserError) as failed:
            curated(platform, repository, python)
        assert failed.value.code == "LOC-082"
        assert "ended as Failed: AlgorithmError: no flights" in str(failed.value)
        assert len(account.jobs) == number


@pytest.mark.parametrize("message", ["", "done", "[]", '{"DatasetUri": "s3://data/curated/flights/1/"}'])
def test_a_job_that_does_not_say_what_it_made_is_told(
    account: DataAccount, platform: Platform, repository: Path, python: Path, message: str
) -> None:
    account.ending["ExitMessage"] = message
    with pytest.raises(UserError) as failed:
        curated(platform, repository, python)
    assert failed.value.code == "LOC-088"


def test_raw_data_that_cannot_be_fetched_starts_no_job(
    account: DataAccount, platform: Platform, repository: Path, python: Path
) -> None:
    (repository / "data" / "fetch.py").write_text("raise SystemExit('the host is away')", encoding="utf-8")
    with pytest.raises(UserError) as failed:
        curated(platform, repository, python)
    assert failed.value.code == "LOC-081"
    assert "the host is away" in str(failed.value)
    assert (account.jobs, account.objects) == ({}, {})


def test_what_fetches_has_neither_the_users_environment_nor_their_files(
    account: DataAccount, platform: Platform, repository: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "the-users-secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-users-secret")
    (repository / "secret").write_text("the-users-secret", encoding="utf-8")
    (repository / "data" / "fetch.py").write_text(
        "import os, pathlib, sys\n"
        f"found = [str(dict(os.environ)), str(pathlib.Path({str(repository / 'secret')!r}).exists())]\n"
        "pathlib.Path(sys.argv[1], 'found.csv').write_text('|'.join(found))\n",
        encoding="utf-8",
    )
    curated(platform, repository, python)
    found = account.objects["landing/flights/found.csv"].decode()
    assert "the-users-secret" not in found
    assert found.split("|")[1] == "False"


@pytest.mark.parametrize("left", ["os.symlink('/etc/passwd', target)", "os.mkfifo(target)", "os.mkdir(target)"])
def test_what_it_leaves_that_is_no_file_does_not_land(
    account: DataAccount, platform: Platform, repository: Path, python: Path, left: str
) -> None:
    code = f"import os, sys\ntarget = sys.argv[1] + '/x.csv'\n{left}\n"
    (repository / "data" / "fetch.py").write_text(code, encoding="utf-8")
    with pytest.raises(UserError) as refused:
        curated(platform, repository, python)
    assert refused.value.code == "LOC-081"
    assert account.objects == {}


@pytest.fixture
def python() -> Path:
    """What runs the repository's data/fetch.py."""
    return Path(sys.executable)

"""What CI does with a commit: image and code once, and a start that is one for the same parameters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local import images
from mlops_stages.local.client.model_runs import delivery
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.platform import Addresses, load
from tests.conftest import ROOT
from tests.local.client.model_runs.test_repository import MODEL
from tests.local.clients import REGION, LocalAws


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in (
        ("model.yaml", MODEL),
        ("requirements.lock", ""),
        ("steps/train.py", "train"),
        ("data/a.py", ""),
    ):
        (tmp_path / "repository" / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "repository" / name).write_text(text, encoding="utf-8")
    return tmp_path / "repository"


@pytest.fixture
def addresses(account: str) -> Addresses:
    """The reference's names, its tooling account one that no other test uses."""
    found = load(ROOT / "platform.yaml").addresses
    return Addresses(**{**vars(found), "tooling": account})


@pytest.fixture
def ci(local_aws: LocalAws, addresses: Addresses) -> dict[str, str]:
    """Whoever may do everything in the tooling account, where there is a bucket and an image repository."""
    aws = local_aws
    where = {"LocationConstraint": REGION}
    bucket = addresses.artifacts_bucket("arrivals")
    aws.client("s3", addresses.tooling).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    name = addresses.image_repository_name("arrivals", "late-arrival")
    aws.client("ecr", addresses.tooling).create_repository(repositoryName=name)
    return {
        "AWS_ENDPOINT_URL": aws.endpoint.url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": addresses.tooling,
        "AWS_SECRET_ACCESS_KEY": aws.endpoint.secret,
    }


def test_an_image_is_pushed_once_a_commit_and_means_the_environment_of_its_requirements(
    local_aws: LocalAws, ci: dict[str, str], addresses: Addresses, repository: Path, tmp_path: Path
) -> None:
    first, second = (
        delivery.push_image(ci, addresses, "arrivals", "late-arrival", ModelRepository(repository), tmp_path)
        for _ in range(2)
    )
    assert first == second
    assert first.startswith(f"{addresses.image_uri('arrivals', 'late-arrival')}@sha256:")
    assert images.find(tmp_path / ".mlops-stages", first) is not None
    registry = local_aws.client("ecr", addresses.tooling)
    name = addresses.image_repository_name("arrivals", "late-arrival")
    (image,) = registry.describe_images(repositoryName=name)["imageDetails"]
    assert image["imageTags"] == [ModelRepository(repository).commit]


def test_an_image_of_the_commit_that_its_lock_did_not_make_is_refused(
    ci: dict[str, str], addresses: Addresses, repository: Path, tmp_path: Path
) -> None:
    commit = ModelRepository(repository).commit
    delivery.push_image(ci, addresses, "arrivals", "late-arrival", ModelRepository(repository), tmp_path)
    other = ModelRepository(repository)
    vars(other).update(commit=commit, lock_content=b"another", scripts=())
    with pytest.raises(UserError) as refused:
        delivery.push_image(ci, addresses, "arrivals", "late-arrival", other, tmp_path)
    where = f"{addresses.image_uri('arrivals', 'late-arrival')}:{commit}"
    assert (refused.value.code, refused.value.where) == ("LOC-098", where)


def test_code_is_uploaded_once_under_its_commit_and_compared_ever_after(
    local_aws: LocalAws, ci: dict[str, str], addresses: Addresses, repository: Path
) -> None:
    cloned = ModelRepository(repository)
    bucket = addresses.artifacts_bucket("arrivals")
    s3 = local_aws.client("s3", addresses.tooling)
    for _ in range(2):
        assert delivery.upload_code(ci, addresses, "arrivals", cloned) == f"s3://{bucket}/code/{cloned.commit}/"
    listed = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert listed == [f"code/{cloned.commit}/{name}" for name in ("a.py", "train.py")]


@pytest.mark.parametrize("name", ["a.py", "numpy.py", "__pycache__/train.cpython-311.pyc"])
def test_code_of_a_commit_that_differs_is_refused_and_left_as_it_is(
    local_aws: LocalAws, ci: dict[str, str], addresses: Addresses, repository: Path, name: str
) -> None:
    cloned = ModelRepository(repository)
    bucket, key = addresses.artifacts_bucket("arrivals"), f"code/{cloned.commit}/{name}"
    s3 = local_aws.client("s3", addresses.tooling)
    s3.put_object(Bucket=bucket, Key=key, Body=b"was there")
    with pytest.raises(UserError) as refused:
        delivery.upload_code(ci, addresses, "arrivals", cloned)
    assert (refused.value.code, refused.value.where) == ("LOC-098", f"s3://{bucket}/{key}")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"was there"


class Pipelines:
    """SageMaker's starting of pipelines: one execution a token."""

    def __init__(self, *endings: str) -> None:
        self.endings = endings
        self.tokens: list[str] = []
        self.asked: list[list[dict[str, str]]] = []

    def start_pipeline_execution(
        self,
        *,
        PipelineName: str,  # noqa: N803 - AWS's
        PipelineParameters: list[dict[str, str]],  # noqa: N803 - AWS's
        ClientRequestToken: str,  # noqa: N803 - AWS's
    ) -> dict[str, str]:
        assert PipelineName == "arrivals-late-arrival"
        assert 32 <= len(ClientRequestToken) <= 128
        if ClientRequestToken not in self.tokens:
            self.tokens.append(ClientRequestToken)
            self.asked.append(PipelineParameters)
        return {"PipelineExecutionArn": str(self.tokens.index(ClientRequestToken))}

    def describe_pipeline_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        number = int(PipelineExecutionArn)
        past = number < len(self.endings)
        moment = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) if past else dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
        return {"PipelineExecutionStatus": self.endings[number] if past else "Failed", "CreationTime": moment}


def started(monkeypatch: pytest.MonkeyPatch, pipelines: Pipelines, addresses: Addresses, **parameters: str) -> str:
    monkeypatch.setattr(delivery, "deliver_session", lambda *_: {})  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(delivery, "client", lambda *_: pipelines)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    return delivery.start({}, addresses, "arrivals", "late-arrival", parameters)


@pytest.mark.parametrize("state", ["Executing", "Succeeded"])
def test_what_runs_or_succeeded_is_not_started_again(
    monkeypatch: pytest.MonkeyPatch, addresses: Addresses, state: str
) -> None:
    pipelines = Pipelines(state)
    assert [started(monkeypatch, pipelines, addresses, Commit="1") for _ in range(2)] == ["0", "0"]
    assert pipelines.asked == [[{"Name": "Commit", "Value": "1"}]]


def test_other_parameters_are_another_start(monkeypatch: pytest.MonkeyPatch, addresses: Addresses) -> None:
    pipelines = Pipelines("Succeeded", "Succeeded")
    assert started(monkeypatch, pipelines, addresses, Commit="1") == "0"
    assert started(monkeypatch, pipelines, addresses, Commit="2") == "1"


def test_what_failed_before_is_started_again_and_what_fails_now_is_not(
    monkeypatch: pytest.MonkeyPatch, addresses: Addresses
) -> None:
    pipelines = Pipelines("Failed", "Stopped")
    assert started(monkeypatch, pipelines, addresses, Commit="1") == "2"

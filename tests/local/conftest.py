"""A local AWS for all tests of a session, shared by its workers."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from mlops_stages.local import images
from mlops_stages.local.client import process
from tests.local.clients import LocalAws
from tests.local.hosting import SERVE, SERVING_IMAGE, Hosting
from tests.local.laboratory import IMAGE, Laboratory


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[LocalAws]:
    """The session's one local AWS; the last worker that used it stops it."""
    home = directory(tmp_path_factory, worker_id)
    with FileLock(f"{home}.lock"):
        home.mkdir(exist_ok=True)
        running = process.start(home, 0)
        _count_users(home, 1)
    yield LocalAws(running.endpoint)
    with FileLock(f"{home}.lock"):
        if _count_users(home, -1) == 0:
            process.stop(home)


@pytest.fixture
def image(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """The URI of an image that is this very Python."""
    assert local_aws.endpoint
    images.name(directory(tmp_path_factory, worker_id), IMAGE, Path(sys.executable))
    return IMAGE


@pytest.fixture(scope="session")
def serving_image(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """The URI of an image that is this very Python, with a program `serve`."""
    assert local_aws.endpoint
    images.name(directory(tmp_path_factory, worker_id), SERVING_IMAGE, Path(sys.executable), serve=SERVE)
    return SERVING_IMAGE


@pytest.fixture
def hosting(local_aws: LocalAws, account: str, serving_image: str, own_clock: None) -> Iterator[Hosting]:
    """An account that hosts; its endpoints are gone afterwards, so that no process of theirs stays."""
    assert serving_image
    made = Hosting(local_aws, account)
    yield made
    for found in made.sagemaker.list_endpoints()["Endpoints"]:
        if found["EndpointStatus"] in ("InService", "Failed"):
            made.delete(found["EndpointName"])


@pytest.fixture
def laboratory(local_aws: LocalAws, account: str, image: str) -> Laboratory:
    """An account in which jobs and pipelines run."""
    assert image
    return Laboratory(local_aws, account)


@pytest.fixture
def own_clock(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[None]:
    """The clock of the shared local AWS, which nobody else moves meanwhile: for every test that moves it."""
    with FileLock(f"{directory(tmp_path_factory, worker_id)}.clock"):
        yield


def directory(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where the session's local AWS works."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "local-aws"


def _count_users(directory: Path, change: int) -> int:
    counter = directory / "users"
    users = int(counter.read_text()) + change if counter.exists() else change
    counter.write_text(str(users))
    return users


@pytest.fixture
def account() -> str:
    """An account that no other test uses."""
    return str(100_000_000_000 + secrets.randbelow(800_000_000_000))

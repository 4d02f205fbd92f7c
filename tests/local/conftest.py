"""A local AWS for all tests that a worker runs: its clock is nobody else's."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_stages.local import images
from mlops_stages.local.client import process
from tests.local.clients import LocalAws
from tests.local.hosting import SERVE, SERVING_IMAGE, Hosting
from tests.local.laboratory import IMAGE, Laboratory


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """The worker's one local AWS."""
    yield from _running(directory(tmp_path_factory))


@pytest.fixture(scope="session")
def quiet_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """Another, for tests that move the clock by days: each minute tells of every queue that holds messages."""
    yield from _running(directory(tmp_path_factory).with_name("quiet-aws"))


def _running(home: Path) -> Iterator[LocalAws]:
    home.mkdir(exist_ok=True)
    yield LocalAws(process.start(home, 0).endpoint)
    process.stop(home)


@pytest.fixture
def image(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URI of an image that is this very Python."""
    assert local_aws.endpoint
    images.name(directory(tmp_path_factory), IMAGE, Path(sys.executable))
    return IMAGE


@pytest.fixture(scope="session")
def serving_image(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URI of an image that is this very Python, with a program `serve`."""
    assert local_aws.endpoint
    images.name(directory(tmp_path_factory), SERVING_IMAGE, Path(sys.executable), serve=SERVE)
    return SERVING_IMAGE


@pytest.fixture
def hosting(local_aws: LocalAws, account: str, serving_image: str) -> Iterator[Hosting]:
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


def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worker's local AWS works."""
    return tmp_path_factory.getbasetemp() / "local-aws"


@pytest.fixture
def account() -> str:
    """An account that no other test uses."""
    return str(100_000_000_000 + secrets.randbelow(800_000_000_000))

"""An account that hosts, for the tests of hosting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_stages.local import images
from tests.local.clients import LocalAws
from tests.local.conftest import directory
from tests.local.hosting import SERVE, SERVING_IMAGE, Hosting


@pytest.fixture(scope="module")
def serving_image(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """The URI of an image that is this very Python, with a program `serve`."""
    assert local_aws.endpoint
    images.name(directory(tmp_path_factory, worker_id), SERVING_IMAGE, Path(sys.executable), serve=SERVE)
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

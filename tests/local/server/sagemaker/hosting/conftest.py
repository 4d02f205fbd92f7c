"""An account that hosts, for the tests of hosting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local.clients import LocalAws
from tests.local.hosting import Hosting


@pytest.fixture
def hosting(local_aws: LocalAws, account: str, serving_image: str) -> Iterator[Hosting]:
    """An account that hosts; its endpoints are gone afterwards, so that no process of theirs stays."""
    assert serving_image
    made = Hosting(local_aws, account)
    yield made
    for found in made.sagemaker.list_endpoints()["Endpoints"]:
        if found["EndpointStatus"] in ("InService", "Failed"):
            made.delete(found["EndpointName"])

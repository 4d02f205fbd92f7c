"""Worlds to look at before a deploy: accounts of their own in the session's local AWS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.local.client import process
from tests.conftest import Assembly
from tests.local import conftest
from tests.local.clients import LocalAws
from tests.preflight.world import World, made

local_aws = conftest.local_aws
"""The worker's one local AWS."""


@pytest.fixture(scope="session")
def local_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that says where the session's local AWS answers."""
    return conftest.directory(tmp_path_factory) / process.STATE_DIRECTORY


@pytest.fixture(scope="session")
def world_of(
    local_aws: LocalAws, assembly: Callable[[str], Assembly], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], World]:
    """Make an organization's accounts, empty, under ids that nobody else has."""

    def make(organization: str) -> World:
        found = assembly(organization)
        directory: Path = tmp_path_factory.mktemp(organization)
        return made(local_aws, found.directory, found.platform_file, directory)

    return make


@pytest.fixture
def world(world_of: Callable[[str], World]) -> Callable[[str], World]:
    """The same, under the name that tests of one fault use."""
    return world_of

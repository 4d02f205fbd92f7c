"""The reference organization, as it is judged."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mlops_stages.platform import load
from tests.conftest import Assembly
from tests.work.world import ConcreteTemplates, World


@pytest.fixture(scope="session")
def reference(assembly: Callable[[str], Assembly]) -> Assembly:
    return assembly("reference")


@pytest.fixture(scope="session")
def accounts(reference: Assembly) -> dict[str, str]:
    """The account ids by purpose."""
    given = load(reference.platform_file).accounts.model_dump()
    return {purpose: account for purpose, account in given.items() if account is not None}


@pytest.fixture(scope="session")
def world_of(reference: Assembly) -> Callable[[Mapping[str, Any]], World]:
    """Make a world of the reference organization's templates, or of changed ones."""
    platform = load(reference.platform_file)

    def make(templates: Mapping[str, Any]) -> World:
        assert platform.organization_id is not None
        concrete = ConcreteTemplates(templates, reference.environments)
        return World(concrete, organization=platform.organization_id, region=platform.region)

    return make


@pytest.fixture(scope="session")
def world(reference: Assembly, world_of: Callable[[Mapping[str, Any]], World]) -> World:
    return world_of(reference.templates)

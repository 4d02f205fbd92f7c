"""The templates of every example organization, for every invariant of the design."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import VALID_ORGANIZATIONS, Assembly, Template

Resource = dict[str, Any]


@dataclass(frozen=True)
class Placed:
    """A resource, and where it stands."""

    stack: str
    logical_id: str
    type: str
    body: Resource

    @property
    def properties(self) -> dict[str, Any]:
        return self.body.get("Properties", {})

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id} ({self.type})"


@dataclass(frozen=True)
class Organization:
    """An organization's templates."""

    name: str
    assembly: Assembly
    templates: dict[str, Template]

    def resources(self, *types: str) -> Iterator[Placed]:
        """All resources, or those of some types."""
        for stack, template in self.templates.items():
            for logical_id, body in template["Resources"].items():
                if not types or body["Type"] in types:
                    yield Placed(stack, logical_id, body["Type"], body)


@pytest.fixture(scope="session", params=VALID_ORGANIZATIONS)
def organization(request: pytest.FixtureRequest, assembly: Callable[[str], Assembly]) -> Organization:
    built = assembly(request.param)
    return Organization(request.param, built, dict(built.templates))

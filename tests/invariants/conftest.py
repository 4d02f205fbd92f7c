"""The templates of every example organization, for every invariant of the design."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

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

    def imported(self, stack: str, value: Any) -> tuple[str, Any]:  # noqa: ANN401 - part of a template
        """A value and its stack: where it is imported, that of the stack that exports it."""
        name = cast("dict[str, Any]", value).get("Fn::ImportValue") if isinstance(value, dict) else None
        for at, template in self.templates.items():
            for output in template.get("Outputs", {}).values():
                if name is not None and output.get("Export", {}).get("Name") == name:
                    return at, output["Value"]
        return stack, cast("Any", value)


@pytest.fixture(scope="session", params=VALID_ORGANIZATIONS)
def organization(request: pytest.FixtureRequest, assembly: Callable[[str], Assembly]) -> Organization:
    built = assembly(request.param)
    return Organization(request.param, built, dict(built.templates))

"""Organizations for the tests of the platform model."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TextIO, cast

import pytest

from mlops_stages.platform import Platform, PlatformError, PlatformErrors, load

ROOT = Path(__file__).parents[2]
ORGANIZATIONS = ROOT / "tests" / "organizations"


class Generate(Protocol):
    """tests/organizations/generate.py."""

    def organization(self, teams: int, people: int = 10) -> dict[str, object]: ...

    def write(self, platform: dict[str, object], to: Path | TextIO) -> None: ...


Errors = Callable[[str], tuple[PlatformError, ...]]
Read = Callable[[str], Platform]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def organizations() -> Path:
    return ORGANIZATIONS


@pytest.fixture(scope="session")
def generate() -> Generate:
    spec = importlib.util.spec_from_file_location("generate", ORGANIZATIONS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Generate", module)


@pytest.fixture(scope="session")
def minimal() -> str:
    """The text of the smallest organization."""
    return (ORGANIZATIONS / "minimal.yaml").read_text()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The platform in a text."""

    def platform_in(text: str) -> Platform:
        path = tmp_path / "platform.yaml"
        path.write_text(text)
        return load(path)

    return platform_in


@pytest.fixture
def errors(read: Read) -> Errors:
    """The errors in a text; none if it is valid."""

    def errors_in(text: str) -> tuple[PlatformError, ...]:
        try:
            read(text)
        except PlatformErrors as found:
            return found.errors
        return ()

    return errors_in


@pytest.fixture
def repeatable(minimal: str) -> str:
    """The smallest organization of the Repeatable stage: one account for every purpose."""
    one = '"012345678901"'
    named = "".join(f"  {purpose}: {one}\n" for purpose in ("development", "tooling", "data"))
    text = minimal.replace("stage: initial", "stage: repeatable").replace("people:\n", f"{named}people:\n", 1)
    return f"{text}organization_id: o-tiny012345\n"

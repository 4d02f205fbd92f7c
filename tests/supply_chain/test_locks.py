"""The locks in the repository: each holds by hash what its list names and all that this needs, and names no host."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from mlops_stages.supply_chain import lock
from tests.conftest import ROOT

TEMPLATE = ROOT / "constructs" / "mlops_stages" / "model_repository" / "template"
BENCH = ROOT / "bench"
LOCKS = sorted([*ROOT.glob("*.lock"), *BENCH.glob("*.lock"), *TEMPLATE.glob("*.lock")])
LISTS = [path.with_suffix(".txt") for path in LOCKS if path.with_suffix(".txt").exists() and path.parent == TEMPLATE]
OTHERS = [ROOT / "requirements-tools.txt", ROOT / "requirements-native.txt", BENCH / "libraries.txt"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def environments() -> Iterator[dict[str, str]]:
    """What markers are asked about, on each system and Python that the locks are for."""
    for python in PYTHONS:
        for system, machine in PLATFORMS:
            yield {
                "implementation_name": "cpython",
                "os_name": "posix",
                "platform_machine": machine,
                "platform_python_implementation": "CPython",
                "platform_system": system.capitalize(),
                "python_full_version": f"{python}.1",
                "python_version": python,
                "sys_platform": system,
            }


def pins(path: Path, environment: dict[str, str]) -> dict[str, Version]:
    """The version of each package that a lock installs there; two would be a conflict."""
    found: dict[str, Version] = {}
    for each in lock.read(path):
        requirement = Requirement(each.line.partition(" --hash")[0])
        if requirement.marker is None or requirement.marker.evaluate(environment):
            assert found.setdefault(canonicalize_name(each.name), Version(each.version)) == Version(each.version)
    return found


def unmet(wanted: list[str], held: dict[str, Version], environment: dict[str, str]) -> Iterator[str]:
    """What of these requirements, and of the requirements of what is installed here for them, a lock does not hold."""
    queue, seen = [(Requirement(each), frozenset[str]()) for each in wanted], set[tuple[str, frozenset[str]]]()
    while queue:
        requirement, extras = queue.pop()
        if requirement.marker and not any(
            requirement.marker.evaluate({**environment, "extra": extra}) for extra in (extras or {""})
        ):
            continue
        name = canonicalize_name(requirement.name)
        if name not in held or not requirement.specifier.contains(held[name], prereleases=True):
            yield f"{requirement} in {environment['python_version']}, {environment['sys_platform']}: {held.get(name)}"
            continue
        key = (name, frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            about = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system than this one
        if Version(about.version) == held[name]:
            queue += [(Requirement(each), frozenset(requirement.extras)) for each in about.requires or ()]


@pytest.mark.parametrize(
    ("path", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("dev",))], ids=["users", "developers"]
)
def test_the_lock_holds_all_that_the_project_needs_on_every_system(path: str, extras: tuple[str, ...]) -> None:
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *(each for extra in extras for each in project["optional-dependencies"][extra])]
    for environment in environments():
        assert list(unmet(wanted, pins(ROOT / path, environment), environment)) == []


def test_what_is_installed_here_is_what_the_lock_holds() -> None:
    """An environment that is older than the lock fails here, and not somewhere else."""
    here = {canonicalize_name(each.name): each.version for each in metadata.distributions()}
    held = {canonicalize_name(each.name): each.version for each in lock.read(ROOT / "requirements-dev.lock")}
    assert {name: here[name] for name in held if name in here} == {name: held[name] for name in held if name in here}
    assert set(here) - set(held) <= {"mlops-stages", "pip", "setuptools"}  # ours, and what the interpreter brings


def test_the_build_backend_is_in_the_lock() -> None:
    held = {f"{each.name}=={each.version}" for each in lock.read(ROOT / "requirements-dev.lock")}
    assert set(PROJECT["build-system"]["requires"]) <= held


def test_users_and_developers_have_the_same_versions() -> None:
    users, developers = (
        {each.name: each for each in lock.read(ROOT / name)} for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert {name: (each.version, each.hashes) for name, each in users.items()} == {
        name: (developers[name].version, developers[name].hashes) for name in users
    }


@pytest.mark.parametrize("path", LOCKS, ids=named)
def test_every_entry_is_a_package_of_one_version_by_hash(path: Path) -> None:
    assert lock.read(path)


@pytest.mark.parametrize("path", LOCKS, ids=named)
def test_a_lock_names_no_host_and_no_folder(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"(?m)^\s*-", re.sub(r"(?m)^ +--hash=sha256:[0-9a-f]{64}( \\)?$", "", text))
    assert "/" not in text


@pytest.mark.parametrize("path", [*LISTS, *OTHERS], ids=named)
def test_a_lock_is_that_of_its_list(path: Path) -> None:
    lock.check(path)


def test_a_model_repository_has_the_tools_of_the_platform() -> None:
    for name in ("requirements-tools.txt", "requirements-tools.lock"):
        assert (TEMPLATE / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_packages_for_npm_are_held_by_hash_and_run_nothing_when_installed() -> None:
    import json

    for folder in (ROOT, ROOT / "tests"):
        packages = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
        assert {
            name for name, each in packages.items() if name and not each["integrity"].startswith("sha512-")
        } == set()
        assert not any(each.get("hasInstallScript") for each in packages.values())
        assert not any("resolved" in each for each in packages.values())


def test_make_lock_writes_every_lock() -> None:
    said = (ROOT / "Makefile").read_text("utf-8").partition("LOCKING = ")[2].partition("&&")[0]
    told = re.sub(
        r"\$\(addprefix (\S+),([^)]*)\)", lambda found: " ".join(found[1] + each for each in found[2].split()), said
    ).replace("$(TEMPLATE)", named(TEMPLATE))
    written = {re.sub(r"\.txt$", ".lock", word.partition("=")[2] or word) for word in told.split()}
    assert {named(path) for path in LOCKS} - written == {named(TEMPLATE / "requirements-tools.lock")}  # a copy

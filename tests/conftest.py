"""What all tests share: node for the CDK, and each organization synthesized once a session."""

import gc
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from mlops_stages.node import use_bundled_node

# Before anything imports the CDK.
use_bundled_node()

# A run starts hundreds of commands: each would compile again what it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The same examples in every run; `make fuzz` tries others, and more of them.
settings.register_profile("same", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile(
    "fuzz", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile("same")

# Garbage collection took 18 % of the CPU time of tests/reliable.
gc.set_threshold(20_000, 20, 20)

ROOT = Path(__file__).resolve().parent.parent
ORGANIZATIONS = ROOT / "tests" / "organizations"
GENERATED_TEAMS = {"hundred_teams": (100, 10), "eight_repeatable_teams": (8, 10, "repeatable")}
VALID_ORGANIZATIONS = (
    "reference",
    "minimal",
    "comprehensive",
    "one_account",
    "imported_network",
    "identity_center",
    "control_tower",
    "several_accounts",
    "staging_with_production",
    "serving_alone",
    "repeatable",
    *GENERATED_TEAMS,
)

STARTED_FIRST = (
    # All that use the one deployed platform, one after the other.
    ("tests/end_to_end/", "tests/docs/test_commands.py"),
    (
        "tests/local/test_fault_matrix.py",
        "tests/work/test_others.py",
        "tests/invariants/test_findings.py",
        "tests/model_repository/test_rendered_repository.py",
    ),
    (
        "tests/cli/test_up.py",
        "tests/work/test_work.py",
        "tests/stacks/test_native_rules.py",
        "tests/preflight/test_checks.py",
        "tests/invariants/test_stability.py",
    ),
)
"""What takes minutes, for each worker: begun last, one of them would keep all others waiting at the end."""

Template = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What a synth of an organization wrote."""

    organization: str
    directory: Path
    platform_file: Path

    @property
    def templates(self) -> Mapping[str, Template]:
        """The templates, by the name of their stack."""
        paths = sorted(self.directory.glob("*.template.json"))
        return {path.name.removesuffix(".template.json"): json.loads(path.read_text("utf-8")) for path in paths}

    @property
    def manifest(self) -> dict[str, Any]:
        """The cloud assembly's manifest."""
        return json.loads((self.directory / "manifest.json").read_text("utf-8"))

    @property
    def environments(self) -> dict[str, tuple[str, str]]:
        """Account and region of each stack."""
        found: dict[str, tuple[str, str]] = {}
        for name, artifact in self.manifest["artifacts"].items():
            if artifact["type"] == "aws:cloudformation:stack":
                account, region = artifact["environment"].removeprefix("aws://").split("/")
                found[name] = (account, region)
        return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker, which xdist gives a part of the list in its order, start with tests that take minutes."""
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    rest: list[pytest.Item] = []
    for item in items:
        part = next((n for n, paths in enumerate(STARTED_FIRST) if item.nodeid.startswith(paths)), None)
        (rest if part is None else parts[part % workers]).append(item)
    for part in parts[:-1]:
        left = max(0, len(items) // workers - len(part))
        part += rest[:left]
        del rest[:left]
    items[:] = [*itertools.chain.from_iterable(parts), *rest]


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of garbage collection."""
    gc.freeze()


def load_module(path: Path) -> ModuleType:
    """A module by its path: the tests are no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def repeatable(directory: Path) -> Path:
    """The reference organization with its stage lowered: three teams that train, and none that serves."""
    from mlops_stages.platform import load

    path = directory / "platform.yaml"
    with FileLock(f"{directory}.lock"):
        if not path.exists():
            directory.mkdir()
            shutil.copytree(ROOT / "pipelines", directory / "pipelines")
            platform = load(ROOT / "platform.yaml").model_dump(mode="json", exclude_none=True)
            for stage in (platform, *platform["teams"]):
                if stage["stage"] == "reliable":
                    stage["stage"] = "repeatable"
            for model in (model for team in platform["teams"] for model in team["models"]):
                for key in ("alarms", "analysts", "approvers", "endpoint", "labels", "retraining"):
                    model.pop(key, None)
            load_module(ORGANIZATIONS / "generate.py").write(platform, path)
    return path


@pytest.fixture(scope="session")
def shared_directory(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A directory that all workers of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def model_repository(shared_directory: Path) -> Path:
    """The reference model's repository as `new-model` makes it, with the environment that its `make setup` makes.

    Half a minute, mostly pip's: once a session, for its own tests and as the image of the deployed platform.
    """
    from mlops_stages.model_repository import answers_for, write_new
    from mlops_stages.platform import load

    directory = shared_directory / "late-arrival"
    with FileLock(f"{directory}.lock"):
        if not directory.exists():
            write_new(answers_for(load(ROOT / "platform.yaml"), "arrivals/late-arrival"), directory)
            variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MAKE"))}
            # Compiled below, without what no step imports: packages' own tests, and what installs. Pip leaves none out.
            variables["PIP_NO_COMPILE"] = "no"  # by pip's rule, the opposite of what it says
            for command in (
                ["make", "setup", f"PYTHON={sys.executable}"],
                [".venv/bin/python", "-m", "compileall", "-q", "-x", "/(tests|pip|pygments|setuptools)/", ".venv/lib"],
            ):
                done = subprocess.run(
                    command, cwd=directory, env=variables, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.fixture(scope="session")
def platform_file(shared_directory: Path) -> Callable[[str], Path]:
    """Find the platform.yaml of an organization; generated ones are written first."""

    def find(organization: str) -> Path:
        if organization == "reference":
            return ROOT / "platform.yaml"
        if organization == "repeatable":
            return repeatable(shared_directory / "repeatable")
        if organization not in GENERATED_TEAMS:
            return ORGANIZATIONS / f"{organization}.yaml"
        path = shared_directory / f"{organization}.yaml"
        with FileLock(f"{path}.lock"):
            if not path.exists():
                generator = load_module(ORGANIZATIONS / "generate.py")
                with path.open("w", encoding="utf-8") as stream:
                    generator.write(generator.organization(*GENERATED_TEAMS[organization]), stream)
        return path

    return find


@pytest.fixture(params=["older", "newer"])
def either_spelling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Supply the condition keys that have two spellings in each of them in turn."""
    from mlops_stages.condition_keys import Spelling
    from tests.foundation import judge

    monkeypatch.setattr(judge, "spelling", Spelling(request.param))
    return request.param


@pytest.fixture(scope="session")
def assembly(shared_directory: Path, platform_file: Callable[[str], Path]) -> Callable[[str], Assembly]:
    """Synthesize an organization, with all checks on; once a session, whichever worker asks first."""
    from mlops_stages.platform import load

    def synthesize(organization: str) -> Assembly:
        directory = shared_directory / "assemblies" / organization
        directory.parent.mkdir(exist_ok=True)
        source = platform_file(organization)
        with FileLock(f"{directory}.lock"):
            if not (directory / "manifest.json").exists():
                from stacks.platform_app import platform_app

                platform_app(load(source), outdir=str(directory)).synth()
        return Assembly(organization, directory, source)

    return synthesize

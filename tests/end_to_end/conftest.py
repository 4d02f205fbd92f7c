"""The reference organization, deployed by the real `up` once for all tests of a session and its workers."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from mlops_stages import node
from mlops_stages.cli.init import initialize
from mlops_stages.local import images
from mlops_stages.local.client import process, studio
from mlops_stages.local.endpoint import Endpoint, environment
from mlops_stages.platform import Platform, Purpose, load
from tests import commands
from tests.callers import Caller

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class PlatformUp:
    """A deployed platform. `told` is what `up --json` said."""

    directory: Path
    platform: Platform
    told: dict[str, Any]

    @functools.cached_property
    def endpoint(self) -> Endpoint:
        """Where the local AWS answers, and the secret of its start."""
        running = process.status(self.directory)
        assert running is not None
        return running.endpoint

    @property
    def home(self) -> Path:
        """The home of whoever runs `up` here."""
        return home_of(self.directory)

    @property
    def account(self) -> str:
        """The experimentation account."""
        return self.platform.account(Purpose.EXPERIMENTATION)

    def root(self, account: str | None = None) -> Caller:
        """Return the root of an account; without one, of the experimentation account."""
        return Caller(environment(self.endpoint, account or self.account, self.platform.region))

    def way_in(self, account: str | None = None) -> Caller:
        """Return the role by which the management account comes in: guardrails let it do what deployments do."""
        assert self.platform.guardrails is not None
        account = account or self.account
        management = self.root(self.platform.guardrails.management_account).client("sts")
        role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
        came = management.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return Caller(
            environment(self.endpoint, account, self.platform.region)
            | {
                "AWS_ACCESS_KEY_ID": came["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": came["SecretAccessKey"],
                "AWS_SESSION_TOKEN": came["SessionToken"],
            }
        )

    def session_as(self, person: str) -> Caller:
        """Return TEAM/PERSON as they work in Studio: with the session that SageMaker gets for their profile's role."""
        return Caller(studio.session(self.endpoint, person.replace("/", "-")))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run mlops-stages in the platform's directory."""
        return run(self.directory, *arguments)


def home_of(directory: Path) -> Path:
    """Return an otherwise unused home beside a platform's directory."""
    return directory.with_name("home")


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run mlops-stages in a directory."""
    variables = {"PYTHONPATH": str(ROOT / "constructs"), "COLUMNS": "300", "HOME": str(home_of(directory))}
    return commands.run(directory, [*arguments], {**os.environ, **variables})


@pytest.fixture(scope="session")
def platform_up(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, model_repository: Path
) -> Iterator[PlatformUp]:
    """The reference organization in a directory of its own; the last worker that used it stops it."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "end-to-end"
    directory = shared / "reference"
    with FileLock(f"{shared}.lock"):
        if _count_users(shared, 1) == 1:
            _deploy(shared, directory, model_repository)
        told = json.loads((shared / "up.json").read_text(encoding="utf-8"))
    yield PlatformUp(directory, load(directory / "platform.yaml"), told)
    with FileLock(f"{shared}.lock"):
        if _count_users(shared, -1) == 0:
            process.stop(directory)


@pytest.fixture
def promotions(platform_up: PlatformUp) -> Iterator[PlatformUp]:
    """The same, while no other test of any worker promotes a model there: each that does moves the clock ahead."""
    with FileLock(platform_up.directory / "promotions.lock"):
        yield platform_up


def _deploy(shared: Path, directory: Path, model_repository: Path) -> None:
    if not directory.exists():
        initialize(directory, None, reference=True)
        _let_one_approval_do(directory / "platform.yaml")
        home_of(directory).mkdir()
        if node.is_installed(ROOT):
            (directory / "node_modules").symlink_to(ROOT / "node_modules")
        _lend_image(directory, model_repository)
    done = run(directory, "up", "--json")
    assert done.returncode == 0, done.stderr
    (shared / "up.json").write_text(done.stdout, encoding="utf-8")


def _let_one_approval_do(file: Path) -> None:
    """Have retrained versions of the model need one approval; all others go on as in the reference."""
    text = file.read_text("utf-8")
    model, teams = "        retraining: {", "\nteams:\n"
    assert text.count(model) == text.count(teams) == 1
    text = text.replace(model, f"        risk: low\n{model}")
    file.write_text(text.replace(teams, f"\nretraining: {{one_approval: [low]}}{teams}"), "utf-8")


def _lend_image(directory: Path, model_repository: Path) -> None:
    """Have the repository's own environment be the images of its locks: pip has installed them already."""
    environment = model_repository / ".venv"
    (environment / "complete").touch()
    sources = model_repository / "requirements-source.txt"
    images.home_of(directory, model_repository / "requirements.lock").symlink_to(environment)
    images.home_of(directory, model_repository / "requirements-data.lock", sources=sources).symlink_to(environment)


def _count_users(shared: Path, change: int) -> int:
    shared.mkdir(exist_ok=True)
    counter = shared / "users"
    users = change + (int(counter.read_text(encoding="utf-8")) if counter.exists() else 0)
    counter.write_text(str(users), encoding="utf-8")
    return users

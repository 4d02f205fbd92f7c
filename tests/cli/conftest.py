"""Projects with a stand-in for the CDK CLI, so that a command's own behaviour is tested in a moment."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlops_stages import node
from mlops_stages.local.client import process
from tests import commands

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MANIFEST = {
    "version": "55.0.0",
    "artifacts": {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://111111111111/eu-west-1",
            "properties": {"templateFile": f"{name}.template.json"},
            "displayName": name,
        }
        for name in ("acme-experimentation", "acme-team-b")
    },
}
SYNTHESIZED = {"files": {"cdk.out/manifest.json": json.dumps(MANIFEST)}}
DEPLOYED = {"output": " ✅  acme-experimentation\n ✅  acme-team-b\n"}
PLATFORM = """\
name: acme
region: eu-west-1
stage: repeatable
owner: platform@acme.example
cost_center: "1000"
organization_id: o-a1b2c3d4e5
accounts:
  experimentation: "111111111111"
  development: "222222222222"
  tooling: "222222222222"
  data: "222222222222"
people: {platform_engineers: [pat@acme.example]}
"""
LOCK = '{"name": "x", "lockfileVersion": 3, "requires": true, "packages": {"": {"name": "x"}}}'


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Project:
    """A platform's directory whose `cdk` does as it is told."""

    directory: Path

    def plan(self, **commands: dict[str, Any]) -> None:
        """Say what each command of the CDK CLI prints, writes and returns."""
        plan = {"synth": SYNTHESIZED, "deploy": DEPLOYED, **commands}
        (self.directory / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    def calls(self, command: str) -> list[dict[str, Any]]:
        """Return how a command of the CDK CLI was called."""
        lines = (self.directory / "calls.jsonl").read_text(encoding="utf-8").splitlines()
        return [call for call in map(json.loads, lines) if call["command"] == command]

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of mlops-stages, for this directory's Python."""
        return [sys.executable, "-m", "mlops_stages.cli.main", *arguments]

    def run(self, *arguments: str, **environment: str) -> Done:
        """Run mlops-stages in the directory."""
        return run(self.command(*arguments), self.directory, environment)


def run(command: list[str], directory: Path, environment: dict[str, str] | None = None) -> Done:
    """Run a command without a terminal."""
    variables = {**python_environment(), **(environment or {})}
    if command[:3] == [sys.executable, "-m", "mlops_stages.cli.main"]:
        done = commands.run(directory, command[3:], variables)
    else:
        done = commands.started(command, directory, variables)
    return Done(done.returncode, done.stdout, done.stderr)


def python_environment() -> dict[str, str]:
    """Return an environment that imports this checkout from any directory, in 80 columns and without colours."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "constructs"), "COLUMNS": "80", "NO_COLOR": "1"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose CDK CLI is the stand-in; whatever it started is stopped."""
    cli = tmp_path / "node_modules" / "aws-cdk" / "bin" / "cdk"
    cli.parent.mkdir(parents=True)
    cli.write_text((HERE / "fake_cdk.js").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "package-lock.json").write_text(LOCK, encoding="utf-8")
    (tmp_path / "platform.yaml").write_text(PLATFORM, encoding="utf-8")
    node.mark_installed(tmp_path)
    found = Project(tmp_path)
    found.plan()
    yield found
    process.stop(tmp_path)


@pytest.fixture
def reference(project: Project) -> Project:
    """The reference organization, with the stand-in of the CDK CLI."""
    (project.directory / "platform.yaml").write_text((ROOT / "platform.yaml").read_text("utf-8"), encoding="utf-8")
    shutil.copytree(ROOT / "pipelines", project.directory / "pipelines")
    return project

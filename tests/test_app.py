"""`python app.py`, as the CDK CLI starts it: a user's mistake is told in words, and then nothing is written."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ORGANIZATIONS, ROOT

REFUSED_BY_A_CONSTRUCT = """\
from aws_cdk import App, Stack
from mlops_stages.initial import LandingZone

def platform_app(platform, protected):
    app = App()
    stack = Stack(app, "Data")
    LandingZone(
        stack, "Zone", platform="tiny", team="fraud", classifications=[], perimeter=None, access_log_bucket=None
    )
    return app
"""
BROKEN = """\
def platform_app(platform, protected):
    raise ValueError("FND-1 is no code, and neither is this")
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str
    written: list[str]


def run(directory: Path, app: Path = ROOT / "app.py", **environment: str) -> Done:
    """Run app.py in a directory, its assembly in the directory's `out`."""
    out = directory / "out"
    done = subprocess.run(
        [sys.executable, str(app)],
        cwd=directory,
        env={**os.environ, "CDK_OUTDIR": str(out), "PYTHONPATH": str(ROOT / "constructs"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    written = sorted(path.name for path in out.glob("*"))
    return Done(done.returncode, done.stdout, done.stderr, written)


def assert_refused(done: Done, start: str) -> None:
    assert done.code == 2
    assert done.err.startswith(start)
    assert "Traceback" not in done.err
    assert (done.out, done.written) == ("", [])


def minimal_with(directory: Path, *changes: tuple[str, str]) -> None:
    text = (ORGANIZATIONS / "minimal.yaml").read_text("utf-8")
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    (directory / "platform.yaml").write_text(text, encoding="utf-8")


def with_stacks(directory: Path, platform_app: str) -> Path:
    """An app of the user's own stacks; its app.py."""
    minimal_with(directory)
    (directory / "stacks").mkdir()
    (directory / "stacks" / "platform_app.py").write_text(platform_app, encoding="utf-8")
    return Path(shutil.copy(ROOT / "app.py", directory))


UNPROTECTED = (
    "note: 1 of 1 stacks have no termination protection (tiny-experimentation, ...); once they are deployed, run "
    "`mlops-stages protect`\n"
)


def test_a_good_file_is_synthesized_in_silence(tmp_path: Path) -> None:
    minimal_with(tmp_path)
    (tmp_path / "protected-stacks.txt").write_text("tiny-experimentation\n", "utf-8")
    done = run(tmp_path)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert '"terminationProtection": true' in (tmp_path / "out" / "manifest.json").read_text("utf-8")
    assert {"manifest.json", "tiny-experimentation.template.json"} <= set(done.written)


def test_the_stacks_are_deployed_by_the_roles_of_the_bootstrap_that_the_context_names(tmp_path: Path) -> None:
    minimal_with(tmp_path)
    done = run(tmp_path, CDK_CONTEXT_JSON='{"@aws-cdk/core:bootstrapQualifier": "corpqual"}')
    assert (done.code, done.err) == (0, UNPROTECTED)
    manifest = (tmp_path / "out" / "manifest.json").read_text("utf-8")
    assert "role/cdk-corpqual-deploy-role-" in manifest
    assert "hnb659fds" not in manifest


def test_a_stack_without_protection_is_told(tmp_path: Path) -> None:
    minimal_with(tmp_path)
    done = run(tmp_path)
    assert (done.code, done.err) == (0, UNPROTECTED)
    assert '"terminationProtection": true' not in (tmp_path / "out" / "manifest.json").read_text("utf-8")


def test_a_file_of_protected_stacks_that_names_none_is_refused(tmp_path: Path) -> None:
    minimal_with(tmp_path)
    (tmp_path / "protected-stacks.txt").write_text("not a stack\n", "utf-8")
    assert_refused(run(tmp_path), "LOC-091 protected-stacks.txt:1\n")


def test_a_context_and_a_file_that_name_two_bootstraps_are_refused(tmp_path: Path) -> None:
    minimal_with(tmp_path, ("stage: initial", "bootstrap_qualifier: other\nstage: initial"))
    done = run(tmp_path, CDK_CONTEXT_JSON='{"@aws-cdk/core:bootstrapQualifier": "corpqual"}')
    assert_refused(done, "PLT-340 platform.yaml:4: bootstrap_qualifier\n")


def test_the_file_may_be_elsewhere(tmp_path: Path) -> None:
    file = ORGANIZATIONS / "hostile" / "misspelt_key.yaml"
    assert_refused(run(tmp_path, PLATFORM_FILE=str(file)), f"PLT-101 {file}:")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert_refused(run(tmp_path), "PLT-001 platform.yaml\n")


@pytest.mark.parametrize(
    ("name", "code"), [("alias", "PLT-009"), ("latin_1", "PLT-004"), ("nul", "PLT-012"), ("empty", "PLT-005")]
)
def test_a_hostile_file_is_refused(name: str, code: str, tmp_path: Path) -> None:
    shutil.copy(ORGANIZATIONS / "hostile" / f"{name}.yaml", tmp_path / "platform.yaml")
    assert_refused(run(tmp_path), f"{code} platform.yaml")


def test_a_stage_that_is_not_built_is_refused(tmp_path: Path) -> None:
    account = '  experimentation: "012345678901"\n'
    purposes = ("experimentation", "development", "tooling", "data", "staging", "production", "governance")
    accounts = "".join(account.replace("experimentation", purpose) for purpose in purposes)
    minimal_with(tmp_path, (account, accounts), ("stage: initial", "stage: scalable"))
    assert_refused(run(tmp_path), "PLT-401 platform.yaml:4: stage\n")


def test_a_region_that_lacks_what_the_stage_needs_is_refused(tmp_path: Path) -> None:
    minimal_with(tmp_path, ("eu-central-1", "eu-north-1"))
    assert_refused(run(tmp_path), "PLT-403 platform.yaml:3: region\n")


def test_what_a_construct_refuses_is_told_without_a_traceback(tmp_path: Path) -> None:
    app = with_stacks(tmp_path, REFUSED_BY_A_CONSTRUCT)
    assert_refused(run(tmp_path, app), "INI-010: Zone: a landing zone needs at least one data classification\n")


def test_a_fault_of_the_code_keeps_its_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, with_stacks(tmp_path, BROKEN))
    assert done.code == 1
    assert done.err.startswith("Traceback")
    assert done.err.endswith("ValueError: FND-1 is no code, and neither is this\n")
    assert done.written == []

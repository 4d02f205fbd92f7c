"""`mlops-stages preflight`: what it prints, and that nothing ends in a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.cli.preflight import check
from mlops_stages.errors import UserError
from tests import commands
from tests.local.clients import LocalAws
from tests.preflight.world import World

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def directory(world: Callable[[str], World]) -> Path:
    """The directory of a platform, with its assembly."""
    return world("reference").file.parent


def run(directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nobody = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    here = {"AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": str(ROOT / "constructs")}
    done = commands.run(directory, ["preflight", *arguments], {**clean, **nobody, **here, **variables})
    assert "Traceback" not in done.stderr
    return done


def test_without_credentials_nothing_is_taken_for_fine(directory: Path) -> None:
    done = run(directory, "--app", "cdk.out")
    assert done.returncode == 3
    assert "Not seen, and so not known to be fine:" in done.stdout
    assert "PRE-001 everything of the account\n      Unable to locate credentials" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 checks in 8 accounts: 0 errors, 0 warnings, 0 notes, 8 not seen."


def test_json_has_all_that_is_not_seen(directory: Path) -> None:
    done = run(directory, "--app", "cdk.out", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["counts"]["not_seen"], told["schema"]) == (3, 8, 1)


def test_an_empty_local_aws_is_not_bootstrapped(directory: Path, local_aws: LocalAws, local_state: Path) -> None:
    assert local_aws.endpoint
    (directory / ".mlops-stages").mkdir(mode=0o700)
    shutil.copy(local_state / "local.json", directory / ".mlops-stages")
    done = run(directory, "--app", "cdk.out", "--local")
    assert done.returncode == 2
    blocks = done.stdout.split("\n\n")
    (bootstrap,) = [block for block in blocks if block.startswith("error PRE-050: `cdk deploy` stops at once")]
    assert bootstrap.count("is not bootstrapped with the qualifier hnb659fds") == 8


@pytest.mark.parametrize("given", ["data", "data=", "staging-1=x", "12345=x", "=x"])
def test_a_profile_of_no_account_is_refused(directory: Path, given: str) -> None:
    with pytest.raises(UserError) as told:
        check(directory, directory / "cdk.out", [given], local=False, as_json=False)
    assert (told.value.code, told.value.where, told.value.exit_code) == ("PRE-102", f"--profile {given}", 2)
    assert "experimentation, development, tooling, data, staging, production, governance, management" in told.value.fix


def test_a_profile_that_does_not_exist_is_told_of_its_account(directory: Path) -> None:
    done = run(directory, "--app", "cdk.out", "--profile", "management=nobody", "--json")
    messages = [item["message"] for item in json.loads(done.stdout)["not_seen"]]
    assert [message for message in messages if "profile (nobody) could not be found" in message]


@pytest.mark.parametrize("content", [None, "no", "{}", '{"artifacts": 1}', '{"artifacts": {"a": 1}}', "[]"])
def test_a_directory_that_is_no_assembly_is_refused(directory: Path, content: str | None) -> None:
    other = directory / "other"
    other.mkdir()
    if content is not None:
        (other / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as told:
        check(directory, other, [], local=False, as_json=False)
    assert (told.value.code, told.value.where, told.value.exit_code) == ("PRE-101", str(other), 2)


def test_an_assembly_of_other_accounts_is_refused(world: Callable[[str], World], directory: Path) -> None:
    strange = world("one_account").file.parent / "cdk.out"
    with pytest.raises(UserError, match="of accounts that platform") as told:
        check(directory, strange, [], local=False, as_json=False)
    assert (told.value.code, told.value.where) == ("PRE-101", str(strange))


def test_a_local_aws_that_does_not_run_is_told(directory: Path) -> None:
    with pytest.raises(UserError) as told:
        check(directory, directory / "cdk.out", [], local=True, as_json=False)
    assert (told.value.code, told.value.where, told.value.exit_code) == ("CLI-010", str(directory), 1)


def test_a_wrong_platform_file_is_told_before_anything_is_asked(directory: Path) -> None:
    (directory / "platform.yaml").write_text("name: acme\n", encoding="utf-8")
    done = run(directory, "--app", "cdk.out")
    assert done.returncode == 2
    assert "PLT-102" in done.stderr
